"""A word that nobody else has: for scratch folders, marks, sections and tokens."""

import os

_BYTES = 8


def random_word(length: int = _BYTES) -> str:
    """Hexadecimal digits of `length` bytes from the operating system; two of eight bytes never meet."""
    return os.urandom(length).hex()
