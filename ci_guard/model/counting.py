"""How many of what, and how long, as people say it."""

MINUTE, HOUR = 60.0, 3600.0  # seconds
MANY_HOURS = 100 * HOUR  # of which nobody wants tenths


def lasting(seconds: float) -> str:
    """Such as `0.4 s`, `12 s`, `3.5 min`, `2.1 h`, `1,267 h`."""
    if seconds >= MANY_HOURS:
        return f"{seconds / HOUR:,.0f} h"
    if seconds >= HOUR:
        return f"{seconds / HOUR:.1f} h"
    if seconds >= 2 * MINUTE:
        return f"{seconds / MINUTE:.1f} min"
    return f"{seconds:.0f} s" if seconds >= 10 or seconds == 0 else f"{seconds:.1f} s"


def counted(number: int, noun: str, several: str | None = None) -> str:
    """`1 package`, `2 packages`, `2,000 packages`; `several`: a plural that no rule makes."""
    return f"{number:,} {noun if number == 1 else several or _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
