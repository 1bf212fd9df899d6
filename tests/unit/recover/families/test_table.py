"""The table of the families says of each what the family says of itself."""

import importlib
import pkgutil

from ci_guard.recover import families
from ci_guard.recover.families import FAMILIES, unread


def test_each_program_is_served_by_the_family_that_names_it() -> None:
    assert all(program in family.programs for program, family in FAMILIES.items())
    served = {program for family in FAMILIES.values() for program in family.programs}
    assert served == set(FAMILIES)


def test_each_module_with_a_family_is_in_the_table() -> None:
    modules = [
        importlib.import_module(f"{families.__name__}.{found.name}")
        for found in pkgutil.iter_modules(families.__path__)
    ]
    there = {
        each.__module__
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type)
        and each.__module__ == module.__name__
        and hasattr(each, "find_installations")
    }
    assert there == {type(each).__module__ for each in (*FAMILIES.values(), unread())}
