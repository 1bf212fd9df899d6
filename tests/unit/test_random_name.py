"""Words that nobody else has."""

from ci_guard.random_name import random_word


def test_no_two_words_are_the_same() -> None:
    words = {random_word() for _ in range(1000)}
    assert len(words) == 1000
    assert {len(word) for word in words} == {16}
    assert len(random_word(16)) == 32
