"""What was escaped on its way into the log: by rustc what a linker said, by YAML the quotes in a quoted text.

rustc escapes the bytes of a code page of the system, and doubles backslashes (rustc_codegen_ssa back/link.rs,
`escape_linker_output`). Which code page the words and the quotes are in is not known, and does not matter:
the number and the path decide. YAML, in which Ansible shows results, doubles single quotes.
"""

import re

from ci_guard.expression import expression

MARK = "Non-UTF-8 output: "
_UNKNOWN = "\ufffd"
_ESCAPED = expression(r"\\(?:x(?P<byte>[0-9A-Fa-f]{2})|(?P<named>.))")
_NAMED = {"n": " ", "r": "", "t": " "}
_FIRST_UNKNOWN = 0x80
_QUOTED = expression(
    rf"{_UNKNOWN}+((?:[A-Za-z]:)?[\w.~\\/ ()+-]{{1,300}}?\.(?:exe|dll|pdb|ilk|lib|obj|pyd|exp)){_UNKNOWN}+"
)
_QUOTE = "'"
_SCALAR = expression(  # of YAML: a key and a text in single quotes, the whole line
    rf"^([ -]{{0,80}}[\w.-]{{1,60}}: {_QUOTE})"
    rf"([^{_QUOTE}\n]{{0,2000}}(?:{_QUOTE}{{2}}[^{_QUOTE}\n]{{0,2000}}){{1,40}})(?={_QUOTE}$)",
    re.MULTILINE,
)


def unescaped(text: str) -> str:
    """The text with such bytes as unknown characters, and as quotes around a path; and with single quotes."""
    if _QUOTE * 2 in text:
        text = _SCALAR.sub(lambda found: found[1] + found[2].replace(_QUOTE * 2, _QUOTE), text)
    if MARK not in text:
        return text
    return "\n".join(_plain(line) if MARK in line else line for line in text.split("\n"))


def _plain(line: str) -> str:
    return _QUOTED.sub(r'"\1"', _ESCAPED.sub(_character, line))


def _character(found: re.Match[str]) -> str:
    if found["byte"]:
        number = int(found["byte"], 16)
        return chr(number) if number < _FIRST_UNKNOWN else _UNKNOWN
    return _NAMED.get(found["named"], found["named"])
