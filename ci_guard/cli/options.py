"""The guard's options read from their table, without click: the good path opens no file more than it needs.

Whatever is unusual (help, a mistake, a word without dashes) is left to click, which reads the same table.
"""

from collections.abc import Sequence

from ci_guard.policy.table import options

DASHES = "--"


def read(words: Sequence[str]) -> dict[str, object] | None:
    """What the options say, by name, as click would tell it; None if click has to say something itself."""
    table = {name: option for option in options() for name in (option.flag, option.short) if name}
    given: dict[str, object] = {}
    rest = list(reversed(words))
    while rest:
        flag, equals, value = rest.pop().partition("=")
        option = table.get(flag)
        if option is None:
            return None
        if option.metavar is None:
            if equals:
                return None
            given[option.name] = True
            continue
        if not equals:
            if not rest or rest[-1].startswith("-"):
                return None
            value = rest.pop()
        before = given.get(option.name)
        if option.repeatable:
            given[option.name] = (*(before if isinstance(before, tuple) else ()), value)
        else:
            given[option.name] = value
    return given
