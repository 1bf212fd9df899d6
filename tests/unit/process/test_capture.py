"""The bounded copy is exact to the byte, whatever the sizes of the writes."""

import pytest

from ci_guard.model.process import CaptureLimits
from ci_guard.process.capture import BLOCK, HeadAndTail

pytestmark = pytest.mark.program


@pytest.mark.parametrize("size", [1, 3, 7, 64, 5000, BLOCK + 1])
@pytest.mark.parametrize(
    ("head", "tail"), [(0, 0), (0, 10), (10, 0), (10, 20), (BLOCK, 2 * BLOCK), (10**9, 1)]
)
def test_head_tail_and_dropped_are_exact(size, head, tail):
    data = bytes(range(251)) * 1200
    kept = HeadAndTail(CaptureLimits(head=head, tail=tail))
    for start in range(0, len(data), size):
        kept.add(data[start : start + size])
    found = kept.capture("stdout")
    rest = data[head:]
    assert found.head == data[:head]
    assert found.tail == (rest[-tail:] if tail else b"")
    assert found.dropped == len(data) - len(found.head) - len(found.tail)


def test_nothing_is_kept_of_nothing():
    found = HeadAndTail(CaptureLimits()).capture("output")
    assert (found.stream, found.head, found.tail, found.dropped) == ("output", b"", b"", 0)
