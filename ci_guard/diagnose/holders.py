"""Who holds a file, where a tool says so: `MsMpEng.exe (4120), devenv (77)`."""

from collections.abc import Sequence

from ci_guard.command_line.programs import program_name
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.knowledge import Product

_BETWEEN = expression(r"\)?\s*[,;]\s*")
_NUMBER = expression(r"\s*\((?:pid )?\d{1,10}(?:, service [^)]{0,80})?\)?$|^PID \d{1,10}$")
_MOST = 20
_BY_HOLDER = frozenset({Category.ANTIVIRUS_LOCK, Category.FILE_IN_USE, Category.UNKNOWN})


def holders_in(written: str) -> tuple[str, ...]:
    """The names of the processes, in the order in which they were printed."""
    names = (_NUMBER.sub("", " ".join(name.split())).strip(" \"'") for name in _BETWEEN.split(written))
    return tuple(dict.fromkeys(name for name in names if name))[:_MOST]


def category_by(holders: Sequence[str], category: Category, products: Sequence[Product]) -> Category:
    """A lock if one of them is a scanner, else a file that another program uses."""
    if not holders or category not in _BY_HOLDER:
        return category
    scanner = any(product_of(holder, products) for holder in holders)
    return Category.ANTIVIRUS_LOCK if scanner else Category.FILE_IN_USE


def without_scanners(holders: Sequence[str], products: Sequence[Product]) -> tuple[str, ...]:
    """The holders, each perhaps with its number; none if a scanner is among them, since that lets go."""
    names = (_NUMBER.sub("", holder) for holder in holders)
    return () if any(product_of(name, products) for name in names) else tuple(holders)


def product_of(holder: str, products: Sequence[Product]) -> Product | None:
    """The antivirus product that a process belongs to."""
    name = program_name(holder)
    for product in products:
        for process in product.processes:
            known = process.lower().removesuffix(".exe")
            if name == program_name(process) or (known.endswith("*") and name.startswith(known[:-1])):
                return product
    return None
