"""What a text without an exit status is taken for, as `explain` asks, with all that ci-guard knows."""

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category

KNOWLEDGE = load_knowledge()


def category(text: str, command: str = "") -> Category:
    return classify_text(text, knowledge=KNOWLEDGE, argv=command.split()).category
