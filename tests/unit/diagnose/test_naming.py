"""Which file a message is about, and where it was to go."""

import pytest

from ci_guard.diagnose.naming import files_named
from ci_guard.diagnose.reading import read


@pytest.mark.parametrize(
    ("words", "line"),
    [
        # the paths stand within the words that were found, behind them, and before them
        ('failed to copy "/a/one.whl" to "/b/two.whl"', 'failed to copy "/a/one.whl" to "/b/two.whl"'),
        ("failed to copy", 'failed to copy "/a/one.whl" to "/b/two.whl"'),
        ("is denied", 'copying "/a/one.whl" to "/b/two.whl" is denied'),
    ],
)
def test_a_message_names_where_the_file_was_to_go(words: str, line: str) -> None:
    reading = read(f"begun\n{line}\nended\n")
    start = reading.text.index(words)
    named = files_named(reading, start, start + len(words))
    assert (named.path, named.target) == ("/a/one.whl", "/b/two.whl")
