"""Our classes of values behave as the standard library's do: the same table for both."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ci_guard import dataclass as ours
from ci_guard.model.history import Code, Namespace


def _defined(kit: Any) -> tuple[type, type, type]:
    @kit.dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        a: int
        b: str = "b"
        c: dict[str, int] = kit.field(default_factory=dict)
        d: tuple[int, ...] = kit.field(default=(), repr=False)

        @property
        def twice(self) -> int:
            return self.a * 2

    @kit.dataclass(frozen=True, slots=True)
    class Placed:
        x: int
        y: int = 2

    @kit.dataclass(slots=True)
    class Mutable:
        only: list[int] = kit.field(default_factory=list)

    return Named, Placed, Mutable


STANDARD, OURS = _defined(dataclasses), _defined(ours)
CASES: dict[str, Callable[[type, type, type, Any], object]] = {
    "shown": lambda named, placed, mutable, kit: (named(a=1), placed(1), placed(x=1, y=3), mutable()),
    "equal": lambda named, placed, mutable, kit: (
        named(a=1) == named(a=1), named(a=1) == named(a=2), placed(1) == placed(1, 2), placed(1) == (1, 2)
    ),
    "hash": lambda named, placed, mutable, kit: (
        hash(placed(1)) == hash(placed(1, 2)), {placed(1), placed(1, 2)}
    ),
    "unhashable": lambda named, placed, mutable, kit: hash(mutable()),
    "own members": lambda named, placed, mutable, kit: named(a=4).twice,
    "a factory makes a new one": lambda named, placed, mutable, kit: mutable().only is mutable().only,
    "missing": lambda named, placed, mutable, kit: named(),
    "missing, by place": lambda named, placed, mutable, kit: placed(),
    "unexpected": lambda named, placed, mutable, kit: named(a=1, z=2),
    "unexpected, all given": lambda named, placed, mutable, kit: placed(1, 2, z=3),
    "too many": lambda named, placed, mutable, kit: placed(1, 2, 3),
    "twice": lambda named, placed, mutable, kit: placed(1, x=1),
    "by place where names are due": lambda named, placed, mutable, kit: named(1),
    "set": lambda named, placed, mutable, kit: setattr(named(a=1), "a", 2),
    "set another": lambda named, placed, mutable, kit: setattr(mutable(), "other", 2),
    "delete": lambda named, placed, mutable, kit: delattr(placed(1), "x"),
    "replace": lambda named, placed, mutable, kit: kit.replace(named(a=1, b="x"), a=2),
    "replace what is not there": lambda named, placed, mutable, kit: kit.replace(named(a=1), z=2),
    "standard replace": lambda named, placed, mutable, kit: dataclasses.replace(placed(1), y=5),
    "standard as dictionary": lambda named, placed, mutable, kit: dataclasses.asdict(named(a=1, c={"k": 1})),
    "standard fields": lambda named, placed, mutable, kit: [
        (each.name, each.default, each.repr) for each in dataclasses.fields(named)
    ],
    "fields": lambda named, placed, mutable, kit: [
        (each.name, each.default is kit.MISSING) for each in kit.fields(named(a=1))
    ],
    "told from others": lambda named, placed, mutable, kit: (
        kit.is_dataclass(named), kit.is_dataclass(placed(1)), kit.is_dataclass(int),
        dataclasses.is_dataclass(named),
    ),
    "copied": lambda named, placed, mutable, kit: (copy.copy(placed(1)), copy.deepcopy(named(a=1))),
    "matched": lambda named, placed, mutable, kit: (named.__match_args__, placed.__match_args__),
    "slots": lambda named, placed, mutable, kit: (named.__slots__, hasattr(mutable(), "__dict__")),
    "no weak references": lambda named, placed, mutable, kit: hasattr(placed(1), "__weakref__"),
}  # fmt: skip


def _told(case: Callable[..., object], classes: tuple[type, type, type], kit: Any) -> str:
    try:
        return repr(case(*classes, kit))
    except (TypeError, AttributeError) as error:
        return type(error).__name__


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_class_of_values_does_what_the_standard_library_does(case: Callable[..., object]) -> None:
    assert _told(case, OURS, ours) == _told(case, STANDARD, dataclasses)


def test_a_value_survives_pickling() -> None:
    code = Code(Namespace.WIN32, 5)
    assert pickle.loads(pickle.dumps(code)) == code


def test_nothing_of_the_standard_library_is_imported_for_it() -> None:
    program = (
        "import sys; before = {*sys.modules}; import ci_guard.dataclass; print(*{*sys.modules} - before)"
    )
    added = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert {*added.stdout.split()} <= {"_operator", "ci_guard", "ci_guard.dataclass"}  # the first is built in
