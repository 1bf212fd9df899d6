"""Makes GitHub's workflow commands harmless in what a background process prints after its step's end.

The runner takes `::NAME` for a command at the beginning of a line, white space apart, and `##[NAME` anywhere
in a line (actions/runner, ActionCommand.cs, TryParseV2 and TryParse). A space is put between the signs.
"""

from ci_guard.expression import expression

# what the runner trims has more forms than white space of ASCII: nothing that is no sign of ASCII may hide it
_AT_FIRST = expression(rb"\A([^\x21-\x7e\r\n]*:)(?=:)")
_AT_LINE_START = expression(rb"([\r\n][^\x21-\x7e\r\n]*:)(?=:)")
_ANYWHERE = expression(rb"(?i)#(?=#[a-z]*\[)")
_PERHAPS_BEGUN = expression(rb"(?i)(?:##?|##[a-z]{1,20})\Z")
_BLANK = expression(rb"[^\x21-\x7e]*")


class LateOutput:
    """A `Sieve` of one stream."""

    def __init__(self) -> None:
        self._held = b""
        self._blank = True  # whether this line has only white space so far, for all we know

    def pass_on(self, chunk: bytes) -> bytes:
        """The next bytes without commands; those that may be half of one are held back."""
        text = self._held + chunk
        whole = text[: len(text) - self._unfinished(text)]
        self._held = text[len(whole) :]
        return self._harmless(whole)

    def rest(self) -> bytes:
        """What is held back; it is the beginning of a command and no more."""
        held, self._held = self._held, b""
        return held

    def _unfinished(self, text: bytes) -> int:
        begun = _PERHAPS_BEGUN.search(text)
        if begun:
            return len(begun[0])
        return 1 if text.endswith(b":") and self._is_blank(text[:-1]) else 0

    def _is_blank(self, text: bytes) -> bool:
        """Whether the line that the text ends in has nothing but white space."""
        line = text[max(text.rfind(b"\n"), text.rfind(b"\r")) + 1 :]
        return bool(_BLANK.fullmatch(line)) and (len(line) < len(text) or self._blank)

    def _harmless(self, text: bytes) -> bytes:
        blank = self._is_blank(text)
        if self._blank:
            text = _AT_FIRST.sub(rb"\1 ", text)
        self._blank = blank
        return _ANYWHERE.sub(b"# ", _AT_LINE_START.sub(rb"\1 ", text))
