"""The last resort: what the last lines speak of that tell of a failure, whoever wrote them, in plain words.

It never makes a lock of anything: the words name a category, not what was refused.
"""

from collections.abc import Iterable, Iterator, Sequence

from ci_guard.diagnose.candidate import Candidate, Lookup
from ci_guard.diagnose.candidates import find_candidates, without_overlaps
from ci_guard.diagnose.last_words import last_errors, plain_failures
from ci_guard.diagnose.rank import select_candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.settled import not_taken_back
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.knowledge import Signature

_ABOVE = 40  # lines before the last errors that tell what they are part of
_HINT = expression(r"(?:\W{0,3}[Hh]int: |[Tt]ip: )?(?:If|In case) \w")  # says what may be, not what is


def spoken_of(
    reading: Reading, words: Sequence[Signature], lookup: Lookup
) -> Iterator[tuple[Candidate, Reading]]:
    """What the last error lines speak of, and what plain sentences near them do; with the text around it."""
    for lines in (last_errors(reading), plain_failures(reading)):
        if not lines:
            continue
        above = max(lines[0] - _ABOVE, 0)
        end = reading.since(above)
        found = [cause for cause in find_candidates(end, words, lookup) if not cause.nonfatal]
        said = [cause for cause in found if above + end.index(cause.end - 1) in lines]
        said = not_taken_back(said, end)
        stated = [cause for cause in said if not _HINT.match(end.text, end.starts[end.index(cause.start)])]
        chosen = select_candidate(without_overlaps(_most_telling(stated or said, end)))
        if chosen is not None:
            yield chosen, end


def _most_telling(said: Sequence[Candidate], reading: Reading) -> Iterable[Candidate]:
    """Without those that say no more than that something is wrong, in lines that say what."""
    told = {reading.index(cause.end - 1) for cause in said if cause.category is not Category.CONFIGURATION}
    return (
        cause
        for cause in said
        if cause.category is not Category.CONFIGURATION or reading.index(cause.end - 1) not in told
    )
