"""Files that ci-guard itself writes, reads and removes at the end of a run, held by somebody for a moment."""

import builtins
import errno
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ci_guard.ci_server import azure, github
from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.machine.held import waiting
from ci_guard.model.category import RunOutcome
from ci_guard.recover.node import cacache, log
from ci_guard.recover.removal import prune
from ci_guard.redact import secrets
from ci_guard.redact.values import RedactedText
from ci_guard.run.console import Console

REFUSALS = 3
SUMMARY = RunSummary(outcome=RunOutcome.FLAKY, attempts=2, exit_status=0, summary=RedactedText("it was held"))


class Holder:
    """Refuses a file as one that is held, some times, then does what it is asked for."""

    def __init__(self, real: Callable[..., object], folder: Path) -> None:
        self._real, self._folder = real, str(folder)
        self.refused = 0

    def __call__(self, path: object, *given: object, **named: object) -> object:
        if self._folder in str(path) and self.refused < REFUSALS:
            self.refused += 1
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))
        return self._real(path, *given, **named)


def of_github(folder: Path) -> bool:
    steps = github.Host({"GITHUB_STEP_SUMMARY": str(folder / "summary.md")}).closing_steps()
    steps[1](SUMMARY)
    return (folder / "summary.md").read_text("utf-8").strip() == "it was held"


def of_azure(folder: Path) -> bool:
    steps = azure.Host({"AGENT_TEMPDIRECTORY": str(folder)}).closing_steps()
    steps[1](SUMMARY)
    return [path.read_text("utf-8") for path in folder.glob("*.md")] == ["it was held"]


def of_npm_s_log(folder: Path) -> bool:
    return log.refused(str(folder), lambda path: True) == ("/ws/a.js",)


def of_npm_s_tarball(folder: Path) -> bool:
    return cacache.members(str(folder / "package.tgz")) == {"a.js": 1}


def of_an_empty_folder(folder: Path) -> bool:
    prune(str(folder / "gone" / "below"), frozenset({str(folder)}))
    return not (folder / "gone").exists()


@pytest.mark.parametrize(
    ("act", "module", "name"),
    [
        (of_github, builtins, "open"),
        (of_azure, builtins, "open"),
        (of_npm_s_log, builtins, "open"),
        (of_npm_s_tarball, builtins, "open"),
        (of_an_empty_folder, os, "rmdir"),
    ],
)
def test_what_is_held_for_a_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], bool], module: object, name: str
) -> None:
    refused = "1 npm warn tar TAR_ENTRY_ERROR EACCES: permission denied, open '/ws/a.js'\n"
    (tmp_path / "1-debug-0.log").write_text(refused, "utf-8")
    (tmp_path / "gone" / "below").mkdir(parents=True)
    (tmp_path / "x").write_bytes(b"1")
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        archive.add(tmp_path / "x", "package/a.js")
    holder = Holder(getattr(module, name), tmp_path)
    with monkeypatch.context() as patch, waiting(lambda seconds: False):
        patch.setattr(module, name, holder)
        patch.setattr(Path, "read_text", lambda path, encoding: bytes(_read(path)).decode(encoding))
        assert act(tmp_path)
    assert holder.refused == REFUSALS


def _read(path: Path) -> bytes:
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 4096)
    finally:
        os.close(file)


def test_the_console_waits_for_a_file_of_our_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = secrets.redact_text
    refused: list[str] = []

    def redact(text: str, known: secrets.Secrets) -> object:
        if len(refused) < REFUSALS:
            refused.append(text)
            raise PermissionError(errno.EACCES, "held")
        return real(text, known)

    monkeypatch.setattr(secrets, "redact_text", redact)
    with waiting(lambda seconds: False):
        Console({}, (), quiet=False, verbose=False).announce("it goes on")
    assert capsys.readouterr().err == "ci-guard: it goes on\n"
    assert len(refused) == REFUSALS
