"""The forms in which a secret turns up in output: as shells, programs and files write it.

Jenkins' Credentials Binding masks the forms of its shells, too (its classes BashSecretPatternFactory,
DashSecretPatternFactory, BatchSecretPatternFactory and PowerShellSecretPatternFactory).
"""

import json
import re
from collections.abc import Callable, Iterator

from ci_guard.expression import expression

SHORTEST_SECRET = 6  # characters; shorter values ("1", "true") stand everywhere without being a secret
# sh(1), `printf %q` of bash: what it puts a backslash before
_FOR_SHELLS = expression(r"[^\w@%+=:,./-]")
_IN_DOUBLE_QUOTES = expression(r'[$"\\`]')  # Shell Command Language, 2.2.3
_FOR_CMD = expression(
    r'[&|<>^()"!]'
)  # learn.microsoft.com/windows-server/administration/windows-commands/cmd
_FOR_POWERSHELL = expression(r'["$`]')  # about_Quoting_Rules
_PERCENT = expression(r"%[0-9A-F]{2}")
_XML_DOUBLE = ('"', "&quot;", "&#34;")
_XML_SINGLE = ("'", "&apos;", "&#39;", "&#x27;")


def list_forms(value: str) -> set[str]:
    """Every form of a value, and of each of its lines; those that are too short to be told are left out."""
    forms = {form for line in (value, *value.splitlines()) for form in _forms_of(line.strip())}
    data = value.encode("utf-8", "surrogateescape")
    forms |= {data.hex(), data.hex().upper()}
    forms |= _list_base64(data) | _list_base64(value.encode("utf-16-le", "surrogatepass"))  # PowerShell's
    return {form for form in forms if len(form) >= SHORTEST_SECRET}


def _forms_of(text: str) -> Iterator[str]:
    yield text
    if text.isalnum() and text.isascii():  # which nobody has to quote
        return
    for write in (_for_addresses, _for_programs, _for_shells, _for_xml):
        yield from write(text)


def _for_addresses(text: str) -> Iterator[str]:
    from urllib.parse import quote, quote_plus  # opens files: for a run with secrets only

    for form in (quote(text, safe="", errors="replace"), quote(text, errors="replace")):
        yield form
        yield _PERCENT.sub(lambda found: found[0].lower(), form)
    yield quote_plus(text, errors="replace")


def _for_programs(text: str) -> Iterator[str]:
    """As JSON, JSON within JSON, and what Python prints of a text and of bytes."""
    for is_ascii in (True, False):
        once = json.dumps(text, ensure_ascii=is_ascii)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=is_ascii)[1:-1]
    for printed in (repr(text), ascii(text), repr(text.encode("utf-8", "surrogateescape"))[1:]):
        form = printed[1:-1].replace("\\'", "'")
        yield form
        yield form.replace("'", "\\'")


def _for_shells(text: str) -> Iterator[str]:
    yield text.replace("'", "'\\''")  # bash -x
    yield text.replace("'", "'\"'\"'")  # dash -x, Python's shlex
    yield text.replace("'", "''")  # PowerShell, SQL, YAML
    yield text.replace('"', '""')  # cmd, CSV
    yield _FOR_SHELLS.sub(_with("\\"), text)
    yield _IN_DOUBLE_QUOTES.sub(_with("\\"), text)
    yield _FOR_POWERSHELL.sub(_with("`"), text)
    for form in (text, text.replace("%", "%%"), text.replace("%", "^%")):
        yield form
        yield _FOR_CMD.sub(_with("^"), form)


def _for_xml(text: str) -> Iterator[str]:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    for form in (escaped, escaped.replace(">", "&gt;")):
        for double in _XML_DOUBLE:
            for single in _XML_SINGLE:
                yield form.replace('"', double).replace("'", single)


def _with(before: str) -> Callable[[re.Match[str]], str]:
    return lambda found: before + found[0]


def _list_base64(value: bytes) -> set[str]:
    """The part of any base64 text that is this value's alone, at each of the three places in a group."""
    import base64  # as above

    forms = set()
    for offset, first in enumerate((0, 2, 3)):  # characters that also depend on the bytes before
        whole = (offset + len(value)) * 8 // 6
        text = base64.b64encode(bytes(offset) + value).decode("ascii")[first:whole]
        forms |= {text, text.translate(str.maketrans("+/", "-_"))}
    return forms
