"""Words of POSIX tools that a lock and missing rights have in common: the machine is asked, not the words."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.judge import judge
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System
from ci_guard.model.evidence import Evidence

KNOWLEDGE = load_knowledge()
EXTRACTED = 'Cannot extract "riga/a.php", could not {} "/srv/app/vendor/composer/0a1b2c3d/riga/a.php"'
CASES = [
    ("composer", "  Could not delete /srv/app/vendor/inner/riga:", "/srv/app/vendor/inner/riga"),
    ("composer", "  /srv/app/vendor does not exist and could not be created.", "/srv/app/vendor"),
    ("composer", EXTRACTED.format("create directory"), "/srv/app/vendor/composer/0a1b2c3d/riga/a.php"),
    ("composer", EXTRACTED.format("open for writing"), "/srv/app/vendor/composer/0a1b2c3d/riga/a.php"),
    (
        "make",
        "install: cannot change permissions of 'tools/bin': No such file or directory\nmake: *** [x] Error 1",
        "tools/bin",
    ),
]


@pytest.mark.parametrize(("program", "text", "path"), CASES)
@pytest.mark.parametrize(
    ("allowed", "category"),
    [(True, Category.ANTIVIRUS_LOCK), (False, Category.PERMISSION), (None, Category.PERMISSION)],
)
@pytest.mark.parametrize("system", [System.LINUX, System.MACOS])
def test_the_machine_decides(
    program: str, text: str, path: str, allowed: bool | None, category: Category, system: System
) -> None:
    said = classify_text(text, exit_status=1, argv=(program, "install"), knowledge=KNOWLEDGE, system=system)
    assert said.match is not None
    assert (said.ambiguous, said.category, said.match.path) == (True, Category.PERMISSION, path)

    judged = judge(said, Evidence(path=path, allowed=allowed, sentences=()), system)

    assert (judged.category, judged.ambiguous) == (category, allowed is None)
