"""Secrets in text: credentials in URLs, headers, options and tokens of known shape, and known values.

Knows no run-time patterns of its own invention: each is a convention of a service or of the shell. All
patterns are linear: every repetition is bounded, or can begin at one place of a run of characters only.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from ci_guard.errors import PolicyError
from ci_guard.redact.text import strip_ansi
from ci_guard.redact.values import RedactedText

MASK = "***"
SHORTEST_SECRET = 6  # characters; shorter values ("1", "true") stand everywhere without being a secret

_WORDS = (
    r"(?:password|passwd|passphrase|(?<=_)pwd|token|secret|credentials?|(?<![a-z])auth(?!or(?!iz))"
    r"|(?:api|access|private|signing|encryption|deploy|ssh|gpg|master|account|license)[_-]?key)"
)
_SECRET_NAME = re.compile(rf"(?i){_WORDS}")
_PLACE_NAME = re.compile(r"(?i)(?:_|^)(?:file|path|dir|directory|home|store|sock|type|name|id)$")
_SECRET_OPTION = re.compile(rf"(?i)^--?[\w-]{{0,40}}{_WORDS}$")
_USER_OPTION = re.compile(r"^(?:-u|-U|--user|--proxy-user)$")
_VALUE = r"""(?:"[^"\r\n]{0,4096}"|'[^'\r\n]{0,4096}'|[^\s"'&;,<>]{1,4096})"""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern whose match is replaced; what its group 1 holds stays."""

    hints: tuple[str, ...]  # in lower case; where none is found, the pattern (1 s for 10 MB) is not tried
    pattern: re.Pattern[str]

    def apply(self, text: str, lowered: str) -> str:
        if not any(hint in lowered for hint in self.hints):
            return text
        return self.pattern.sub(lambda found: f"{found[1] or ''}{MASK}", text)


_NAMES = ("pass", "pwd", "token", "secret", "credential", "auth", "key")
_RULES = tuple(
    _Rule(hints, re.compile(pattern))
    for hints, pattern in (
        # https://user:password@host, https://token@host (RFC 3986, section 3.2.1); git@ is no secret
        (("://",), r"(://)(?!git@)[^\s/?#\"'<>]{1,1024}(?=@)"),
        # ?token=, &access_token=, ?sig= (Azure SAS), X-Amz-Signature=, X-Amz-Credential=
        (
            ("sig", *_NAMES),
            r"(?i)([?&](?:[\w.%-]{0,40}[_.-])?(?:token|sig|signature|api[_-]?key|key|secret|password|passwd|pwd"
            r"|credential|auth)=)[^&\s\"'<>#]{1,4096}",
        ),
        # request headers, as curl -v and HTTP libraries log them
        (
            ("authorization", "-token", "-key", "cookie"),
            r"(?i)((?<![\w-])(?:proxy-authorization|authorization|private-token|job-token|deploy-token|x-api-key"
            r"|x-auth-token|x-jfrog-art-api|set-cookie|cookie)[\"']?\s{0,4}:\s{0,4})[^\r\n]{1,8192}",
        ),
        (("bearer",), r"(?i)((?<![\w-])bearer[ \t]{1,4})[\w.~+/=-]{8,8192}"),
        # --password x, --token=x, --api-key "x"
        (_NAMES, rf"(?i)((?<![\w-])--[\w-]{{0,40}}{_WORDS}(?:=|[ \t]{{1,8}}))(?!-){_VALUE}"),
        # curl -u user:password
        (
            ("-u", "-user"),
            r"((?<!\S)(?:-u|--user|--proxy-user)[ \t=]{1,8}[\"']?[^\s:\"']{1,256}:)[^\s\"']{1,1024}",
        ),
        # assignments of shells and of INI files, JSON, then YAML and prompts: there `token:` and `auth:` are
        # words of error texts
        (
            _NAMES,
            rf"(?i)({_WORDS}(?:[\"']?\s?=\s?|[\"']\s{{0,4}}:\s{{0,4}})"
            rf"|(?:password|passwd|passphrase|secret|api[_-]?key)\s{{0,4}}:[ \t]{{1,4}}){_VALUE}",
        ),
        # GitHub, GitLab, PyPI, AWS, npm, Docker, Slack, Hugging Face, Google
        (
            ("gh", "gl", "pypi-age", "akia", "asia", "npm_", "dckr_", "xox", "hf_", "aiza"),
            r"()(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{16,255}|github_pat_\w{20,255}"
            r"|gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|imt)-[\w.-]{16,255}|pypi-AgE[\w-]{8,1024}"
            r"|(?:AKIA|ASIA)[0-9A-Z]{16}|npm_[A-Za-z0-9]{16,255}|dckr_pat_[\w-]{16,255}|xox[abeprs]-[\w-]{10,255}"
            r"|hf_[A-Za-z0-9]{20,255}|AIza[\w-]{35})",
        ),
        # JSON web tokens
        (("eyj",), r"()(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{8,8192}\.[\w-]{8,4096}"),
        (("private key",), r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)[^-]{1,16384}"),
    )
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one run must not show, beside what every run must not show."""

    values: tuple[str, ...] = ()  # the longest first
    patterns: tuple[re.Pattern[str], ...] = ()


def find_secrets(environment: Mapping[str, str], patterns: Sequence[str] = ()) -> Secrets:
    """The values of variables whose name looks secret, in all forms that output may hold, and the patterns.

    Raises PolicyError for a pattern that does not compile.
    """
    forms = {
        form
        for name, value in environment.items()
        if looks_secret(name) and len(value.strip()) >= SHORTEST_SECRET
        for form in _list_forms(value.strip())
    }
    return Secrets(tuple(sorted(forms, key=lambda form: (-len(form), form))), tuple(map(_compile, patterns)))


def looks_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret: `NPM_TOKEN` does, `TOKEN_FILE` says where one is."""
    return bool(_SECRET_NAME.search(name)) and not _PLACE_NAME.search(name)


def redact_text(text: str, secrets: Secrets) -> RedactedText:
    """The text with `***` in the place of each secret; colours are removed, because they can hide one."""
    text = strip_ansi(text)
    for value in secrets.values:
        text = text.replace(value, MASK)
    lowered = text.lower()
    for rule in _RULES:
        text = rule.apply(text, lowered)
    for pattern in secrets.patterns:
        text = pattern.sub(lambda found: MASK if found[0] else "", text)
    return RedactedText(text)


def redact_argv(argv: Iterable[str], redact: Callable[[str], str]) -> tuple[str, ...]:
    """The words of a command line; a secret may be the word after its option."""
    shown: list[str] = []
    before = ""
    for word in argv:
        if _SECRET_OPTION.match(before) and not word.startswith("-"):
            shown.append(MASK)
        elif _USER_OPTION.match(before) and ":" in word:
            shown.append(f"{redact(word.partition(':')[0])}:{MASK}")
        else:
            shown.append(redact(word))
        before = word
    return tuple(shown)


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise PolicyError(
            f"the `redact` pattern `{pattern}` does not compile: {error}", hint="correct it in the policy"
        ) from error


def _list_forms(value: str) -> set[str]:
    lines = {line.strip() for line in value.splitlines()}
    forms = {value} | lines
    for text in tuple(forms):
        forms |= {quote(text, safe=""), quote(text), quote_plus(text), json.dumps(text)[1:-1]}
    forms |= _list_base64(value.encode("utf-8", "surrogateescape"))
    return {form for form in forms if len(form) >= SHORTEST_SECRET}


def _list_base64(value: bytes) -> set[str]:
    """The part of any base64 text that is this value's alone, at each of the three places in a group."""
    forms = set()
    for offset, first in enumerate((0, 2, 3)):  # characters that also depend on the bytes before
        whole = (offset + len(value)) * 8 // 6
        text = base64.b64encode(bytes(offset) + value).decode("ascii")[first:whole]
        forms |= {text, text.translate(str.maketrans("+/", "-_"))}
    return forms
