"""Files, folders, patterns and archives lead to the same answers; what is no log is said to be none."""

import glob
import gzip
import io
import json
import lzma
import os
import sys
import zipfile
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.config import inputs
from ci_guard.explain.endings import foreign_format
from ci_guard.explain.log_explainer import LogExplainer
from ci_guard.explain.sources import _matching

LOCK = "PermissionError: [WinError 32] In use: 'C:\\\\ws\\\\a.exe'\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links, FIFOs and devices")


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def explained(*arguments: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert main(["explain", "--format", "json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_folder_is_every_log_below_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("logs/b.log", "logs/sub/a.txt", "logs/sub/picture.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(LOCK)
    found = explained("logs", capsys=capsys)
    assert [str(one["file"]).replace("\\", "/") for one in found] == ["logs/b.log", "logs/sub/a.txt"]


def test_patterns_are_read_where_the_shell_left_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.log", "b.log", "c.txt"):
        (tmp_path / name).write_text(LOCK)
    assert [one["file"] for one in explained("*.log", capsys=capsys)] == ["a.log", "b.log"]
    (tmp_path / "odd[1].log").write_text(LOCK)
    assert [one["file"] for one in explained("odd[1].log", capsys=capsys)] == ["odd[1].log"]


LAID_OUT = ("a.log", "x/a.log", "x/y/b.log", "x/y/.hidden/c.log", "odd[1]/d.log", "x/y/e.txt")


@pytest.mark.parametrize(
    "pattern",
    [
        "**",
        "**/*.log",
        "**/**/*.log",
        "x/**/*.log",
        "x/**",
        "**/y/**/*.log",
        "**/y/*",
        "*/**/*.log",
        "no/**/*.log",
    ],
)
@pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute"])
def test_any_depth_means_what_it_means_to_python(tmp_path: Path, pattern: str, absolute: bool) -> None:
    for name in LAID_OUT:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    meant = str(tmp_path / pattern) if absolute else pattern
    expected = {os.path.normpath(path) for path in glob.glob(meant, recursive=True) if Path(path).is_file()}
    assert {os.path.normpath(path) for path in _matching(meant) if Path(path).is_file()} == expected


@posix
def test_links_that_lead_to_each_other_are_not_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As pnpm and npm link the packages of a workspace."""
    names = "abcdef"
    for name in names:
        (tmp_path / name / "node_modules").mkdir(parents=True)
        (tmp_path / name / "a.log").write_text(LOCK)
        for other in names:
            (tmp_path / name / "node_modules" / other).symlink_to(tmp_path / other)
    found = explained("**/*.log", capsys=capsys)
    assert [one["file"] for one in found] == [f"{name}/a.log" for name in names]


@posix
@pytest.mark.parametrize("name", ["a.log", "a.gz", "a.xz", "a.zip", "a.json", "a.xml", "a.jsonl"])
@pytest.mark.parametrize("command", ["explain", "report", "evidence"])
def test_what_never_ends_is_passed_over_in_a_folder_and_refused_by_name(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    name: str,
) -> None:
    monkeypatch.setattr(inputs, "WRITER_MILLISECONDS", 50)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "good.log").write_text(LOCK)
    for make in (os.mkfifo, lambda path: os.symlink("/dev/zero", path)):
        path = tmp_path / "logs" / name
        make(path)
        main([command, "logs"])
        assert name not in capsys.readouterr().err
        assert main([command, f"logs/{name}"]) != 0
        assert f"`logs/{name}`" in capsys.readouterr().err
        path.unlink()


def test_every_packing_is_undone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(LOCK.encode()))
    (tmp_path / "a.xz").write_bytes(lzma.compress(LOCK.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("2_test.txt", LOCK)
        archive.writestr("1_build.txt", "BUILD SUCCESSFUL in 3s\n")
    found = explained("a.gz", "a.xz", "a.zip", capsys=capsys)
    assert [one["file"] for one in found] == ["a.gz", "a.xz", "a.zip!1_build.txt", "a.zip!2_test.txt"]
    assert [one["category"] for one in found] == ["antivirus_lock"] * 2 + ["unknown", "antivirus_lock"]
    assert found[2]["ending"] == "passed"


@pytest.mark.parametrize("name", ["missing.log", "*.nothing", "empty", "broken.zip", "broken.xz"])
def test_what_cannot_be_read_is_said(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK no archive")
    (tmp_path / "broken.xz").write_bytes(b"no archive at all")
    assert main(["explain", name]) == 125
    assert name in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        ("", None, "empty: the log holds nothing"),
        ("\n\n", None, "empty: the log holds nothing"),
        ("all is quiet\n", None, "unknown: nothing in it tells of a failure"),
        ("all is quiet\n", 0, "passed: the log ends without a failure"),
        (
            "all is quiet\n",
            3,
            "unknown: it failed, and the cause is not one that ci-guard knows (exit status 3)",
        ),
        (
            "all is quiet\n",
            143,
            "unknown: it failed, and the cause is not one that ci-guard knows (exit status 143: signal 15)",
        ),
        (
            "curl: (6) Could not resolve host: index.example\n",
            6,
            "network: a server could not be reached, or gave a bad answer (exit status 6); the policy may let"
            " ci-guard try again: `--retry-on network`",
        ),
        ("added 3 packages in 2s\n", None, "passed: the log ends without a failure"),
        (
            "error: the gizmo is sad\n",
            None,
            "unknown: it failed, and the cause is not one that ci-guard knows",
        ),
        ("", 1, "unknown: it failed, and the cause is not one that ci-guard knows (exit status 1)"),
        ("\xfd7zXZ\x00x", None, "not a text log (xz)"),
    ],
)
def test_what_is_not_known_is_said(text: str, status: int | None, sentence: str, tmp_path: Path) -> None:
    answers = LogExplainer(None, None, {}, str(tmp_path), exit_status=status)
    told = answers.of("a.log", io.BytesIO(text.encode("latin-1")), "text")
    assert told.split("\n")[0] == f"a.log: {sentence}"


def test_the_last_errors_are_shown(tmp_path: Path) -> None:
    answers = LogExplainer(None, None, {}, str(tmp_path))
    text = "step\nerror: the gizmo is sad\nmore\nFAILED gizmo\n"
    told = answers.of("a.log", io.BytesIO(text.encode()), "text")
    assert "> 2 | error: the gizmo is sad" in told
    assert "> 4 | FAILED gizmo" in told


def test_markdown_and_colour_say_the_same(tmp_path: Path) -> None:
    log = LOCK.encode()
    plain = LogExplainer(None, None, {}, str(tmp_path)).of("a.log", io.BytesIO(log), "text")
    bright = LogExplainer(None, None, {}, str(tmp_path), colour=True).of("a.log", io.BytesIO(log), "text")
    written = LogExplainer(None, None, {}, str(tmp_path)).of("a.log", io.BytesIO(log), "markdown")
    assert "\x1b[" not in plain
    assert "\x1b[1mantivirus lock" in bright
    assert written.startswith("### `a.log`\n\n**antivirus lock")
    assert "| path | `C:\\ws\\a.exe` |" in written


@pytest.mark.parametrize(
    ("start", "name"),
    [(b"PK\x03\x04", "zip"), (b"BZh9", "bzip2"), (b"\x00" * 100, "binary"), (b"text\n", None), (b"", None)],
)
def test_formats_by_their_beginning(start: bytes, name: str | None) -> None:
    assert foreign_format(start) == name
