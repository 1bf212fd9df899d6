"""The whole demonstration, as a person runs it: alone, offline, without rights, against hostile settings."""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

import ci_guard
from ci_guard.demo import landlock, story
from ci_guard.errors import GuardError
from rig import python
from rig.events import HANG

NOBODY = 65534
DEAD = "http://127.0.0.1:9"
ROOT = sys.platform != "win32" and os.geteuid() == 0
CLAIMS = (
    "pip fails with exit status 1",
    "exit status 0, and `demo-app` is missing: green, but broken",
    "the first attempt was diagnosed: antivirus_lock",
    "the result is verified complete",
    "| demo-app 1.0 works",
    "the launcher is there and starts",
    "the reports call it flaky",
)
IMPORTABLE = os.pathsep.join(
    dict.fromkeys(str(Path(str(module.__file__)).parents[1]) for module in (ci_guard, click))
)
needs_a_lock = pytest.mark.skipif(
    ROOT and not landlock.version(), reason="root without Landlock: nothing here can refuse a write"
)


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that every user can reach (the folders of pytest are closed to others)."""
    folder = Path(tempfile.mkdtemp()).resolve()
    folder.chmod(0o777)
    for name in ("temporary", "home"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def variables(ground: Path) -> dict[str, str]:
    """Settings that would make another program of pip or ci-guard do something else."""
    return {
        **os.environ,
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(ground / "temporary")),
        **dict.fromkeys(("HOME", "USERPROFILE"), str(ground / "home")),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy"), DEAD),
        "PYTHONPATH": IMPORTABLE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "PIP_INDEX_URL": DEAD,
        "PIP_TARGET": str(ground / "home" / "target"),
        "PIP_REQUIRE_HASHES": "1",
        "CI_GUARD": "1",
        "CI_GUARD_ATTEMPTS": "1",
        "CI_GUARD_POLICY": str(ground / "there is none.yml"),
    }


def demo(
    command: list[str], environment: Mapping[str, str], folder: Path, user: int | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, "-m", "ci_guard", "demo"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=HANG,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


@functools.cache
def without_network() -> list[str]:
    """A prefix that takes the network away, where the system allows that; the dead proxies stay anyway."""
    prefix = ["unshare", "-n"] if ROOT else ["unshare", "-rn"]
    if shutil.which(prefix[0]) is None:
        return []
    return prefix if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0 else []


@needs_a_lock
def test_it_keeps_its_promises_offline_and_leaves_nothing_behind(ground: Path) -> None:
    ended = demo([*without_network(), sys.executable], variables(ground), ground)
    assert ended.returncode == 0, ended.stdout
    assert "NOT SO" not in ended.stdout
    assert [claim for claim in CLAIMS if claim not in ended.stdout] == []
    assert list((ground / "temporary").iterdir()) == []
    assert list((ground / "home").iterdir()) == []


@pytest.mark.skipif(not ROOT, reason="only root can become another user; the test above ran without rights")
def test_it_keeps_its_promises_for_an_ordinary_user(ground: Path) -> None:
    interpreter = str(python.clone(ground / "python"))
    (ground / "python").chmod(0o755)
    asked = subprocess.run(
        [interpreter, "-c", "import ci_guard, click, junit_xml, tenacity, yaml"],
        env=variables(ground),
        cwd=ground,
        user=NOBODY,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    if asked.returncode:
        pytest.skip(f"another user cannot read ci-guard here: {asked.stderr.splitlines()[-1]}")
    ended = demo([interpreter], variables(ground), ground, NOBODY)
    assert ended.returncode == 0, ended.stdout
    assert "takes the write permission" in ended.stdout
    # on a machine that is slow to diagnose, the lock is gone before the file is asked
    assert re.search(
        r"attempt 2 of \d+ starts after [\d.]+ s \((the file has come free|backoff)\)", ended.stdout
    )
    assert [claim for claim in CLAIMS if claim not in ended.stdout] == []
    assert list((ground / "temporary").iterdir()) == []


class NoLock:
    """A lock that does not work."""

    how = "it does not work"
    late = False

    def hold(self) -> None:
        """Nothing is refused."""

    def release(self) -> None:
        """Nothing is given back."""


def test_what_did_not_happen_is_not_told(
    ground: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(ground / "temporary"))
    monkeypatch.setattr(story, "choose_lock", lambda **_: NoLock())
    assert story.show(keep=True) == 1
    told = capsys.readouterr().out
    assert "NOT SO: pip fails with exit status 0" in told
    assert "NOT SO: the first attempt was diagnosed: None" in told
    assert "the demonstration went differently" in told
    kept = Path(told.splitlines()[-1].removeprefix("kept: "))
    assert (kept / "run.json").is_file()
    assert kept.parent == ground / "temporary"


def test_a_machine_that_does_not_allow_it_is_named(
    ground: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise OSError("no such thing here")

    monkeypatch.setattr(tempfile, "tempdir", str(ground / "temporary"))
    monkeypatch.setattr(story, "choose_lock", refuse)
    with pytest.raises(GuardError, match="stopped early: no such thing here"):
        story.show()
    assert list((ground / "temporary").iterdir()) == []
