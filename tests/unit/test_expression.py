"""Expressions that wait until they are used: all of the program's compile, and do what compiled ones do."""

import contextlib
import gc
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ci_guard
from ci_guard.expression import Expression, expression


def test_every_expression_of_the_program_compiles() -> None:
    for module in pkgutil.walk_packages(ci_guard.__path__, "ci_guard."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError, AttributeError, AssertionError):  # of the other system
                importlib.import_module(module.name)
    found = [each for each in gc.get_objects() if type(each) is Expression]
    assert len(found) > 100
    for each in found:
        re.compile(each.pattern, each._given)


def test_an_expression_does_what_a_compiled_one_does() -> None:
    pattern = r"(?P<first>a+)b"
    waiting, compiled = expression(pattern, re.IGNORECASE), re.compile(pattern, re.IGNORECASE)
    text = "xAAb aab"
    assert waiting.pattern == compiled.pattern
    assert waiting.groupindex == compiled.groupindex
    assert waiting.flags == compiled.flags
    for method in ("search", "match", "fullmatch"):
        assert repr(getattr(waiting, method)(text)) == repr(getattr(compiled, method)(text))
    assert waiting.findall(text) == compiled.findall(text)
    assert waiting.split(text) == compiled.split(text)
    assert waiting.sub("-", text) == compiled.sub("-", text)
    with pytest.raises(AttributeError):
        getattr(waiting, "nothing of that name")


def test_nothing_is_imported_before_an_expression_is_used() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from ci_guard.expression import expression;"
        "made = expression('a'); print('re' in sys.modules); made.match('a'); print('re' in sys.modules)"
    )
    folder = str(Path(ci_guard.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-c", program, folder]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]
