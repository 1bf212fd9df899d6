"""Which package and which file a failure is about: what is named near it, in the order of how near."""

import pytest

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.rank import NEAR_PACKAGE, ONE_MESSAGE, packages_beside, select_candidate
from ci_guard.model.category import Category
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import Signature

ANY = Signature(id="", category=None, namespace=Namespace.ERRNO, pattern="", reference="", examples=())
AT, LENGTH = 10_000, 100  # where the failure stands, in characters
FAR = NEAR_PACKAGE + 1


def candidate(start: int, end: int, package: str | None = None) -> Candidate:
    return Candidate(signature=ANY, start=start, end=end, category=Category.ANTIVIRUS_LOCK, package=package)


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ({}, ()),
        ({"near before": -500}, ("near before",)),
        ({"earlier": -900, "near before": -500}, ("near before",)),
        ({"as far as it goes": -NEAR_PACKAGE}, ("as far as it goes",)),
        ({"too far before": -FAR}, ()),
        ({"just after": LENGTH}, ("just after",)),
        ({"just after": LENGTH, "later": LENGTH + 50}, ("just after",)),
        ({"too far after": LENGTH + FAR}, ()),
        ({"near before": -500, "just after": LENGTH}, ("near before",)),
        ({"too far before": -FAR, "just after": LENGTH}, ("just after",)),
        ({"too far before": -FAR, "too far after": LENGTH + FAR}, ()),
    ],
)
def test_it_is_named_near_the_failure(places: dict[str, int], found: tuple[str, ...]) -> None:
    named = [candidate(AT + offset, AT + offset + 10, package) for package, offset in places.items()]
    chosen = candidate(AT, AT + LENGTH)
    assert packages_beside(chosen, [*named, chosen]) == found


def test_the_message_itself_names_it_best() -> None:
    chosen = candidate(AT, AT + LENGTH)
    around = candidate(AT - 50, AT + LENGTH + 50, "in the same message")
    assert packages_beside(chosen, [candidate(AT - 10, AT - 1, "before"), around]) == ("in the same message",)


@pytest.mark.parametrize(
    ("category", "apart", "path"),
    [
        (Category.PERMISSION, ONE_MESSAGE, "a.exe"),
        (Category.FILE_IN_USE, ONE_MESSAGE, "a.exe"),
        (Category.PERMISSION, ONE_MESSAGE + 1, None),
        (Category.NETWORK, ONE_MESSAGE, None),  # has failed of something else
    ],
)
def test_a_refusal_is_of_the_file_that_another_reading_of_its_message_names(
    category: Category, apart: int, path: str | None
) -> None:
    names = replace(candidate(AT, AT + LENGTH), path="a.exe")
    refused = replace(candidate(AT + LENGTH + apart, AT + 2 * LENGTH + apart), category=category)
    found = select_candidate([names, refused])
    assert found is not None
    assert (found.category, found.path) == (category, path)
