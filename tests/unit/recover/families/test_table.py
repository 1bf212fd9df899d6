"""The table of the families says of each what the family says of itself."""

import pkgutil

from ci_guard.recover import families
from ci_guard.recover.families import FAMILIES, unread


def test_each_program_is_served_by_the_family_that_names_it() -> None:
    assert all(program in family.programs for program, family in FAMILIES.items())
    served = {program for family in FAMILIES.values() for program in family.programs}
    assert served == set(FAMILIES)


def test_each_module_is_in_the_table() -> None:
    there = {module.name for module in pkgutil.iter_modules(families.__path__)}
    used = {type(FAMILIES[program]).__module__.rpartition(".")[2] for program in FAMILIES}
    assert there == used | {type(unread()).__module__.rpartition(".")[2]}
