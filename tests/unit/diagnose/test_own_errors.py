"""What fails by itself, whatever was refused before it; and what only follows from a refusal."""

from itertools import product

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

pytestmark = pytest.mark.table

LOCK = Category.ANTIVIRUS_LOCK
BUILD, RESOLUTION, CONFIGURATION = Category.BUILD_FAILURE, Category.RESOLUTION, Category.CONFIGURATION
REFUSALS = (
    "rm: cannot remove 'C:/ws/out/a.exe': Device or resource busy",
    "C:\\ws\\out\\a.exe\nAccess is denied.",
    "cleanup failed: EBUSY: resource busy or locked, unlink 'C:\\ws\\a.exe'",
)
OWN = [
    ("src\\a.cs(12,9): error CS0103: The name 'foo' does not exist [C:\\ws\\a.csproj]\nBuild FAILED.", BUILD),
    ("a.cc(3): error C2065: 'foo': undeclared identifier", BUILD),
    ("src/a.ts(3,5): error TS2304: Cannot find name 'foo'.", BUILD),
    ("error[E0425]: cannot find value `foo` in this scope\n --> src\\main.rs:3:5", BUILD),
    (
        "a.c:3:5: error: 'foo' undeclared (first use in this function)\nmake: *** [Makefile:3: a.o] Error 1",
        BUILD,
    ),
    ("./main.go:3:2: undefined: foo", BUILD),
    ("C:\\ws\\A.java:3: error: cannot find symbol\n1 error", BUILD),
    ("npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree", RESOLUTION),
    ("ERROR: Could not find a version that satisfies the requirement a==9 (from versions: 1.0)", RESOLUTION),
    ("error: unexpected argument '--frob' found", CONFIGURATION),
    (
        "error: Failed to parse: `pyproject.toml`\n  Caused by: TOML parse error at line 12, column 1",
        CONFIGURATION,
    ),
    ("MSBUILD : error MSB1009: Project file does not exist.\nSwitch: a.sln", CONFIGURATION),
]
FOLLOWS = (  # what a file looks like to a compiler that nobody could write, and summaries
    "a.c:3:10: fatal error: foo.h: No such file or directory",
    "CSC : error CS0006: Metadata file 'C:\\ws\\a.dll' could not be found",
    "error[E0463]: can't find crate for `foo`",
    'error: could not compile `riga` (bin "riga") due to 1 previous error',
    "make: *** [Makefile:3: a.o] Error 1",
    "ERROR: Failed building wheel for riga",
    "conftest.c:3:5: error: 'foo' undeclared",
)


@pytest.mark.parametrize(("refusal", "own"), list(product(REFUSALS, OWN)))
@pytest.mark.parametrize("between", ["", "compiling\n" * 40], ids=["near", "far"])
def test_an_error_of_its_own_needs_no_refusal(refusal: str, between: str, own: tuple[str, Category]) -> None:
    words, expected = own
    assert category(f"begin\n{refusal}\n{between}{words}\n") is expected
    assert category(f"begin\n{words}\n{between}{refusal}\n") is LOCK


@pytest.mark.parametrize(("refusal", "follows"), list(product(REFUSALS, FOLLOWS)))
def test_what_follows_from_a_refusal_is_none(refusal: str, follows: str) -> None:
    assert category(f"begin\n{refusal}\n{follows}\n") is LOCK


@pytest.mark.parametrize(
    "tidies",
    [
        "go: unlinkat C:\\Users\\ci\\AppData\\Local\\Temp\\go-build1\\b001\\a.a: Access is denied.",
        "Error: EPERM: operation not permitted, unlink 'C:\\Users\\ci\\AppData\\Local\\Temp\\x\\a.js'",
    ],
)
def test_what_tidies_up_after_an_error_of_its_own_is_none(tidies: str) -> None:
    assert category(f"{OWN[5][0]}\n{tidies}\n") is BUILD
    assert category(f"{tidies}\n") is LOCK
