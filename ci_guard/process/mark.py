"""The mark that every process of one attempt carries in its environment, so that it can be found again."""

from collections.abc import Mapping

from ci_guard.random_name import random_word

MARK = "CI_GUARD_RUN"


def marked(environment: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the environment with the mark, and the mark; those of guards around us stay before it."""
    own = random_word()
    outer = environment.get(MARK)
    return {**environment, MARK: f"{outer}:{own}" if outer else own}, f"{MARK}={own}"
