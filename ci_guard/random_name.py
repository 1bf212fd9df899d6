"""What nobody else has: a word for scratch folders, marks, sections and tokens; a fraction for pauses."""

import os

_BYTES = 8
_DIGITS = 48  # binary ones: all of a fraction's, so that it never becomes 1


def random_word(length: int = _BYTES) -> str:
    """Hexadecimal digits of `length` bytes from the operating system; two of eight bytes never meet."""
    return os.urandom(length).hex()


def random_fraction() -> float:
    """From 0 to less than 1."""
    return int.from_bytes(os.urandom(_DIGITS // 8), "big") / (1 << _DIGITS)
