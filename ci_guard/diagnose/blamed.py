"""Whether a tool that names an antivirus means a file, or guesses why a server could not be reached."""

from collections.abc import Sequence

from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.category import Category

# signatures that go by the name alone
BLAMES = frozenset({"general.antivirus-named", "general.scanner-blamed"})
_NEAR = 400  # characters between the failure and what a tool guesses about it
_OF_A_SERVER = frozenset({Category.NETWORK, Category.AUTHENTICATION, Category.INTEGRITY})
_ABOUT_A_SERVER = expression(
    r"(?i)\b(?:https?://|certificates?|[ts]sl|tls|proxy|firewall|download\w{0,3}|connect\w{0,4}|requests?"
    r"|internet|network|url|ports?|websites?|registry|remote|e(?:timedout|conn\w{4,8}|notfound))\b"
)


def believed(causes: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """Without guesses about an antivirus where what failed was no file."""
    servers = [cause for cause in causes if cause.category in _OF_A_SERVER]
    return [cause for cause in causes if not (_blames(cause) and _of_a_server(cause, servers, reading))]


def _blames(cause: Candidate) -> bool:
    return cause.signature.id in BLAMES


def _of_a_server(cause: Candidate, servers: Sequence[Candidate], reading: Reading) -> bool:
    low = reading.extent(reading.index(cause.start))[0]
    high = reading.extent(reading.index(max(cause.end - 1, cause.start)))[1]
    if _ABOUT_A_SERVER.search(reading.text, low, high):
        return True
    return any(max(cause.start - each.end, each.start - cause.end, 0) <= _NEAR for each in servers)
