"""Names of builds that lead to their pages, in terminals that show links (OSC 8)."""

from ci_guard.model.build import Build
from ci_guard.redact.text import make_visible

_LINK, _END = "\x1b]8;;", "\x1b\\"  # OSC 8, and the string terminator


def linked(text: str, page: str) -> str:
    """The text as a link; what could end the escape sequence, or is no address of the web, makes none."""
    shown = make_visible(page)
    if not page.startswith(("https://", "http://")) or shown != page or not page.isascii():
        return text
    return f"{_LINK}{page}{_END}{text}{_LINK}{_END}"


def build_name(build: Build, *, links: bool) -> str:
    """The build's name, as a link where the terminal shows links."""
    return linked(build.name, build.url) if links else build.name
