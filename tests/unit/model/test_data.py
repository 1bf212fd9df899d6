"""What rooms hand to each other cannot be changed on the way."""

import dataclasses
import importlib
import pkgutil

import pytest

import ci_guard.model

NAMES = [info.name for info in pkgutil.iter_modules(ci_guard.model.__path__)]
MODULES = [importlib.import_module(f"ci_guard.model.{name}") for name in NAMES]
VALUES = [
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__
]


def test_there_is_a_value_for_each_story() -> None:
    assert {"Invocation", "Policy", "Outcome", "Run"} <= {value.__name__ for value in VALUES}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_a_value_is_frozen_and_small(value: type) -> None:
    parameters = value.__dataclass_params__
    assert parameters.frozen
    assert "__slots__" in vars(value)
