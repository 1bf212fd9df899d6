"""What was refused before the last word that all is done was survived; before one step's word it was not."""

from itertools import product

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

pytestmark = pytest.mark.table

REFUSALS = (
    "Error: EBUSY: resource busy or locked, unlink 'C:\\ws\\a.exe'",
    "PermissionError: [WinError 5] Access is denied: 'C:\\\\ws\\\\a.exe'",
    "C:\\ws\\a.dll - Access is denied.",
    "Failed to delete C:\\ws\\a.exe: The process cannot access the file because it is being used by another"
    " process.",
)
ALL_DONE = (
    "[INFO] BUILD SUCCESS",
    "✨  Done in 12.31s.",
    "✓ built in 3.21s",
    "Compiled successfully.",
    "Build complete.",
    "riga Setup completed successfully!",
    "Installation was successful.",
    "Successfully tagged riga:1.0",
    "Process finished with exit code 0",
    "Exit code: 0",
    "0 Warning(s)\n    0 Error(s)",
    "Test Run Successful.",
    "Tests:       12 passed, 12 total",
    "OK (12 tests)",
    "changed 214 packages in 19s",
    "Bundle complete! 12 Gemfile dependencies, 60 gems now installed.",
    "#\n# To activate this environment, use\n#     $ conda activate riga",
    "Executing transaction: done",
    "The install of riga was successful.",
    "'riga' (7.9.2) was installed successfully!",
    "Package riga has been successfully updated.",
)
ONE_STEP = (
    "        1 file(s) copied.",
    "HEAD is now at 1a2b3c4 mend",
    "Uploading artifacts ... ok",
    "Post job cleanup.",
)
FAILED = ("ERROR: the job failed", "Error: Process completed with exit code 1.", "exited with code 3")


@pytest.mark.parametrize(("refusal", "ending"), list(product(REFUSALS, ALL_DONE)))
def test_a_refusal_before_the_last_word_was_survived(refusal: str, ending: str) -> None:
    assert category(f"starting\n{refusal}\nworking on it\n{ending}\n") is Category.UNKNOWN
    assert category(f"starting\n{refusal}\nworking on it\n{ending}\nCleaning up\n") is Category.UNKNOWN


@pytest.mark.parametrize(("refusal", "ending"), list(product(REFUSALS, ONE_STEP)))
def test_one_step_that_went_well_says_nothing_of_the_others(refusal: str, ending: str) -> None:
    assert category(f"starting\n{refusal}\nworking on it\n{ending}\n") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(("ending", "failed"), list(product(ALL_DONE, FAILED)))
def test_what_fails_after_the_last_word_may_be_what_was_refused(ending: str, failed: str) -> None:
    assert category(f"{REFUSALS[0]}\n{ending}\nthe next step\n{failed}\n") is Category.ANTIVIRUS_LOCK
