"""How many of what, as people say it."""


def counted(number: int, noun: str, several: str | None = None) -> str:
    """`1 package`, `2 packages`, `2,000 packages`; `several`: a plural that no rule makes."""
    return f"{number:,} {noun if number == 1 else several or _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
