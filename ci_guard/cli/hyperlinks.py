"""Whether a terminal shows links (OSC 8), by the marks that such terminals set.

https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda; there is no way to ask.
"""

from collections.abc import Mapping

from ci_guard.annotation import TextIO

_MARKS = (
    "WT_SESSION",
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "WEZTERM_PANE",
    "GHOSTTY_RESOURCES_DIR",
    "DOMTERM",
)
_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "Hyper", "ghostty", "Tabby", "rio"})
_TERMS = ("xterm-kitty", "foot", "alacritty", "wezterm", "xterm-ghostty")
_FIRST_VTE = 5000  # VTE 0.50: GNOME Terminal, Tilix, Terminator
FORCE = "FORCE_HYPERLINK"  # 0: never; anything else: always, as other programs have it


def shows_links(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether a link may be written to the stream."""
    if forced := environ.get(FORCE):
        return forced != "0"
    if not stream.isatty() or environ.get("TERM") == "dumb" or environ.get("CI"):
        return False
    vte = environ.get("VTE_VERSION", "")
    return (
        any(environ.get(mark) for mark in _MARKS)
        or environ.get("TERM_PROGRAM", "") in _PROGRAMS
        or environ.get("TERM", "").startswith(_TERMS)
        or (vte.isdecimal() and int(vte) >= _FIRST_VTE)
    )
