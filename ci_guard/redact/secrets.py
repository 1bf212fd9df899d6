"""Secrets in text: credentials in URLs, headers, options and tokens of known shape, and known values.

What the shapes of secrets are is data, in `shapes`; which values are known is `environment`'s.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from ci_guard.dataclass import dataclass, field
from ci_guard.errors import PolicyError
from ci_guard.expression import expression
from ci_guard.redact.environment import secret_values
from ci_guard.redact.forms import SHORTEST_SECRET, list_forms
from ci_guard.redact.shapes import MASK, OPTION, WORDS, program_arguments, program_options, rules
from ci_guard.redact.text import strip_ansi
from ci_guard.redact.values import RedactedText
from ci_guard.time_limit import MOST_SECONDS, TimeIsUp, within

LINE_LENGTH = 1024  # characters before a word that may say what it is
ALWAYS_SEARCHED = 500  # characters; a longer text is not even begun on with a pattern that was too slow once
_SECRET_OPTION = expression(
    rf"(?i)^(?:--?(?:[\w-]{{0,40}}{WORDS}|(?:[\w-]{{1,40}}-)?(?:pass|pwd)|key|(?:store|key)pass)"
    rf"|/(?:{WORDS}|pass|pwd|key))$"
)
_COMPOUND = expression(r"[:,%/@=]")  # between a name and its secret
_USER_OPTION = expression(r"^(?:-u|-U|--user|--proxy-user)$")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one run must not show, beside what every run must not show."""

    values: tuple[str, ...] = ()  # the longest first
    patterns: tuple[re.Pattern[str], ...] = ()
    slow: set[re.Pattern[str]] = field(default_factory=set)  # that have taken too long


def find_secrets(environment: Mapping[str, str], patterns: Sequence[str] = ()) -> Secrets:
    """The values of variables whose name looks secret, in all forms that output may hold, and the patterns.

    Raises PolicyError for a pattern that does not compile.
    """
    forms = {
        form
        for value in secret_values(environment)
        if len(value.strip()) >= SHORTEST_SECRET
        for form in list_forms(value.strip())
    }
    return Secrets(tuple(sorted(forms, key=lambda form: (-len(form), form))), tuple(map(_compile, patterns)))


def redact_text(text: str, secrets: Secrets) -> RedactedText:
    """The text with `***` in the place of each secret; colours are removed, because they can hide one."""
    text = strip_ansi(text)
    for value in secrets.values:
        text = text.replace(value, MASK)
    lowered = text.lower()
    for rule in rules():
        text = rule.apply(text, lowered)
    for pattern in secrets.patterns:
        text = _redact_own(text, pattern, secrets)
    return RedactedText(text)


def _redact_own(text: str, pattern: re.Pattern[str], secrets: Secrets) -> str:
    """By a pattern of the user's; nothing of the text is shown if that takes too long."""
    if len(text) <= ALWAYS_SEARCHED or pattern not in secrets.slow:
        try:
            return within(MOST_SECONDS, lambda: pattern.sub(lambda found: MASK if found[0] else "", text))
        except TimeIsUp:
            secrets.slow.add(pattern)
    number = secrets.patterns.index(pattern) + 1
    return f"{MASK} (pattern {number} of `redact` takes too long in this text)"


def redact_argv(argv: Iterable[str], redact: Callable[[str], str]) -> tuple[str, ...]:
    """The words of a command line; a secret may be the word after its option."""
    shown: list[str] = []
    words: list[str] = []  # those before, as programs are called
    before = line = ""
    for word in argv:
        if _SECRET_OPTION.match(before) and not word.startswith("-"):
            shown.append(MASK)
        elif _USER_OPTION.match(before) and ":" in word:
            shown.append(f"{redact(word.partition(':')[0])}:{MASK}")
        elif (masked := _redact_by_program(word, before, words)) is not None:
            shown.append(masked)
        else:
            shown.append(_redact_in_line(word, line, redact))
        line = f"{line} {word}"[-LINE_LENGTH:].lstrip()
        words.append(re.split(r"[\\/]", word)[-1].lower().removesuffix(".exe"))
        before = word
    return tuple(shown)


def _redact_in_line(word: str, line: str, redact: Callable[[str], str]) -> str:
    """A word after those before it: `-E client.pem:X` holds a secret only after `curl`."""
    alone = redact(word)
    if alone != word or not line or not _COMPOUND.search(word):
        return alone
    start, whole = redact(line), redact(f"{line} {word}")
    return whole[len(start) + 1 :] if whole.startswith(f"{start} ") else MASK


def _redact_by_program(word: str, before: str, words: list[str]) -> str | None:
    """A word as an option or argument of a program that takes a secret there; None if it is none."""
    for each in program_options():
        if each.separate and before in each.options and not word.startswith("-") and each.concerns(words):
            return MASK
        option = next((option for option in each.options if word.startswith(option)), None)
        if each.attached and option is not None and word != option and each.concerns(words):
            return f"{option}{MASK}"
    plain = not word.startswith(OPTION)
    return MASK if plain and any(each.holds(words, before) for each in program_arguments()) else None


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise PolicyError(
            f"the `redact` pattern `{pattern}` does not compile: {error}", hint="correct it in the policy"
        ) from error
