"""A rung that made things worse is stepped back from; the run goes on as if it had never been."""

import sys
from pathlib import Path

import pytest

from ci_guard.model.category import Category
from ci_guard.model.history import AppliedTweak, Attempt, Diagnosis
from ci_guard.recover.tweaks import made_worse
from unit.run.contexts import ended

LOCK = Category.ANTIVIRUS_LOCK
COPY = AppliedTweak(tweak="uv.copy", set={"UV_LINK_MODE": "copy"})
CACHE = AppliedTweak(tweak="uv.cache", set={"UV_CACHE_DIR": "/elsewhere"})
KEPT = AppliedTweak(tweak="uv.kept", kept=("TMP",))


def attempt(category: Category | None, *tweaks: AppliedTweak) -> Attempt:
    said = Diagnosis(category=category) if category is not None else None
    return Attempt(number=1, argv=("uv",), outcome=ended(1), diagnosis=said, tweaks=tweaks)


FIRST = attempt(LOCK)


@pytest.mark.parametrize(
    ("attempts", "worse"),
    [
        ([FIRST, attempt(Category.CONFIGURATION, CACHE)], {"uv.cache"}),
        ([FIRST, attempt(LOCK, COPY), attempt(Category.DISK_FULL, COPY, CACHE)], {"uv.cache"}),
        ([FIRST, attempt(Category.NETWORK, COPY, CACHE)], {"uv.copy", "uv.cache"}),
        ([FIRST, attempt(Category.UNKNOWN, CACHE)], {"uv.cache"}),
        ([attempt(Category.UNKNOWN, CACHE)], {"uv.cache"}),  # what was remembered, at the first attempt
        ([FIRST, attempt(LOCK, CACHE)], set()),
        ([FIRST, attempt(None, CACHE)], set()),
        ([FIRST, attempt(Category.NETWORK, KEPT)], set()),  # nothing was changed
        ([FIRST, attempt(Category.NETWORK)], set()),
        ([FIRST, attempt(LOCK, CACHE), attempt(Category.NETWORK, CACHE)], set()),  # it was not new
        ([attempt(Category.NETWORK), attempt(Category.NETWORK, CACHE)], set()),  # so it was before
        # no folder and no option brings these about
        ([FIRST, attempt(Category.ANTIVIRUS_BLOCK, CACHE)], set()),
        ([FIRST, attempt(Category.BUILD_FAILURE, CACHE)], set()),
        ([FIRST, attempt(Category.INTERRUPTED, CACHE)], set()),
        ([FIRST, attempt(Category.TIMEOUT, CACHE)], set()),
        ([FIRST, attempt(Category.AUTHENTICATION, CACHE)], set()),
    ],
)
def test_what_made_it_worse(attempts: list[Attempt], worse: set[str]) -> None:
    assert {each.tweak for each in made_worse(attempts)} == worse


UV = """
import os, sys
number = int(os.environ["CI_GUARD_ATTEMPT"])
print(f"attempt {number}: {os.environ.get('UV_LINK_MODE')}", flush=True)
if os.environ.get("UV_LINK_MODE"):
    sys.exit("error: failed to rename file from /a/x to /b/x: Invalid cross-device link (os error 18)")
if number < 4:
    sys.exit("error: failed to hardlink file from /w/a.py to /c/a.py: Device or resource busy (os error 16)")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the errors are those of POSIX")
def test_another_volume_is_stepped_back_from_and_the_step_recovers(tmp_path: Path, capfd) -> None:
    from ci_guard.model.invocation import Invocation
    from ci_guard.run import run

    program = tmp_path / "uv"
    program.write_text(f"#!{sys.executable}\n{UV}", "utf-8")
    program.chmod(0o755)
    policy = tmp_path / ".ci-guard.yml"
    policy.write_text("version: 1\nwait_for_unlock: false\nbackoff: {initial: 1ms, maximum: 1ms}\n", "utf-8")
    status = run(Invocation(command=(str(program), "sync")), {"PATH": "/usr/bin:/bin"}, str(tmp_path))
    out, err = capfd.readouterr()
    assert status == 0, err
    assert out.splitlines() == ["attempt 1: None", "attempt 2: None", "attempt 3: copy", "attempt 4: None"]
    assert "without UV_CONCURRENT_BUILDS=1" in err or "without UV_LINK_MODE=copy" in err
    assert "UV_LINK_MODE=copy" not in err[err.index("attempt 4 of 6") :]
