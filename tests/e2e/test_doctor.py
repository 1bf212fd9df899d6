"""`ci-guard doctor --probe` against files that are really refused, for a known time."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.policy.table import KEYS
from rig.events import HANG
from rig.injector import Injector
from rig.requirement import needs_injection

pytestmark = [needs_injection(), pytest.mark.traced]
HELD = 2  # seconds


def test_it_measures_what_is_really_refused(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with Injector([f"rename:*/.tmp*:EBUSY:secs={HELD}"], tmp_path) as injector:
        doctor = (
            sys.executable,
            "-m",
            "ci_guard",
            "doctor",
            "--in",
            place,
            "--format",
            "json",
        )
        done = subprocess.run(
            injector.command(*map(str, doctor)), cwd=place, capture_output=True, text=True, timeout=HANG
        )
        assert injector.seen()
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["probe"]
    (renamed,) = [each for each in told["distribution"] if each["operation"] == "rename"]
    assert renamed["refused"] >= 1
    assert renamed["maximum"] >= HELD / 2
    assert renamed["stuck"] == 0
    assert {each["code"] for each in told["samples"] if each["refused"]} == {errno.EBUSY}
    assert not {"link", "delete"} & {each["operation"] for each in told["samples"] if each["refused"]}
    assert not list(place.iterdir())


@pytest.mark.skipif(not any("patience" in key.name for key in KEYS), reason="the policy has no patience yet")
def test_what_was_measured_goes_into_the_policy(tmp_path: Path) -> None:
    policy = tmp_path / ".ci-guard.yml"
    policy.write_text("# ours\nversion: 1\nattempts: 3 # three\n")
    with Injector([f"rename:*/.tmp*:EBUSY:secs={HELD}"], tmp_path) as injector:
        doctor = (sys.executable, "-m", "ci_guard", "doctor", "--in", str(tmp_path), "--write-policy")
        done = subprocess.run(
            injector.command(*doctor), cwd=tmp_path, capture_output=True, text=True, timeout=HANG
        )
    assert done.returncode == 0, done.stderr
    text = policy.read_text()
    assert text.startswith("# ours\nversion: 1\nattempts: 3 # three\n")
    assert "patience: {limit: 30s}" in text


def test_an_exclusion_that_works_is_told(tmp_path: Path) -> None:
    for name in ("usual", "excluded"):
        (tmp_path / name).mkdir()
    with Injector([f"rename:*/usual/*/.tmp*:EBUSY:secs={HELD}"], tmp_path) as injector:
        doctor = (sys.executable, "-m", "ci_guard", "doctor", "--format", "json")
        places = ("--in", str(tmp_path / "usual"), "--excluded", str(tmp_path / "excluded"))
        done = subprocess.run(
            injector.command(*doctor, *places), cwd=tmp_path, capture_output=True, text=True, timeout=HANG
        )
        assert injector.seen()
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["probe"]["exclusion"]
    assert (told["verdict"], told["there"]) == ("works", 0.0)
    assert told["elsewhere"] >= HELD / 2
