"""Whatever stands in a policy, a record, a log or an archive: one clear line, and never a traceback.

The examples are the same in each run, so that a red CI means a change. `FUZZ_EXAMPLES=5000` looks at others.
"""

import contextlib
import gzip
import io
import json
import lzma
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci_guard.cli import main
from ci_guard.policy.table import KEYS

EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
bounded = settings(
    max_examples=int(EXAMPLES or 25),
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
READ, REFUSED = 0, 125
LOCK = "error: failed to rename file from `C:\\a\\b.tmp` to `C:\\a\\b.exe`: Access is denied. (os error 5)\n"
RECORD = {
    "schema": "ci-guard/run/1",
    "command": ["uv", "sync"],
    "name": "uv sync",
    "outcome": "flaky",
    "exit_status": 0,
    "started": "2026-01-02T03:04:05.678+00:00",
    "duration": 12.5,
    "host": "plain",
    "agent": "agent-1",
    "attempts": [],
}
KEY_NAMES = [key.name.partition(".")[0] for key in KEYS] + ["version", "commands", "match", "on", "no", "<<"]
BARE = st.sampled_from(
    [
        *("1", "0", "-1", "2s", "15m", "1:30", "on", "off", "null", "~", "auto", "never", "1e999", "0x10"),
        *("010", "2026-01-02", "antivirus_lock", "[]", "{}", "*a", "&a b", "!!python/object:os.system x"),
        *(
            "'",
            '"',
            "|",
            ">",
            "- x",
            "? x",
            "\t",
            "(a+)+$",
            "[",
            "{id: x}",
            "{1: 2}",
            "'(?P<path>'",
            "9" * 400,
        ),
        *("9" * 400, "é", "\u2028", "\ufeff", "\x00", "%", "@x", "`x`"),
    ]
)
WORDS = st.one_of(BARE, st.text(max_size=12))
LINES = st.tuples(
    st.sampled_from(["", "", "  ", "    ", "- ", "  - ", "\t", "# "]),
    st.one_of(st.sampled_from(KEY_NAMES), WORDS),
    st.sampled_from([": ", ": ", ": ", ":", "", " : "]),
    WORDS,
).map("".join)
POLICIES = st.lists(LINES, max_size=8).map(lambda lines: "\n".join(["version: 1", *lines]) + "\n")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
TEXT = st.lists(
    st.one_of(
        st.just(LOCK.encode()),
        st.binary(max_size=60),
        st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.sampled_from(
            [b"\r", b"\n", b"\x1b[31m", b"::error::x\n", b"]]>", b"\xff\xfe", b"\x1f\x8b", b"a" * 5000]
        ),
        st.sampled_from(
            [b"[Pipeline] sh\n", b"##[group]Run x\n", b"+ uv sync\n", b"\xef\xbb\xbf", b"\x00" * 9]
        ),
    ),
    max_size=12,
).map(b"".join)


def _zipped(content: bytes) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1_build.txt", content)
    return told.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "a.gz": gzip.compress,
    "a.xz": lzma.compress,
    "a.zip": _zipped,
}


def told_by(*words: str) -> tuple[int, str, str]:
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
        out.flush()
        err.flush()
    return status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()


def refused_clearly(name: str, *words: str) -> bool:
    """Whether it is refused, with a line that names the file; else it was read."""
    status, _, said = told_by(*words)
    assert status in (READ, REFUSED), (status, said)
    assert "defect in ci-guard" not in said, said
    assert "Traceback" not in said, said
    assert status == READ or name in said, said
    return status == REFUSED


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()  # no policy above counts
    monkeypatch.chdir(tmp_path)
    return tmp_path


@bounded
@given(text=POLICIES)
def test_a_policy_is_read_or_refused_at_its_place(folder: Path, text: str) -> None:
    (folder / "p.yml").write_bytes(text.encode("utf-8", "surrogatepass"))
    refused = refused_clearly("p.yml", "policy", "check", "p.yml")
    status, _, _ = told_by("--dry-run", "--policy", "p.yml", "--", sys.executable)
    assert (status != READ) == refused


@bounded
@given(base=st.sampled_from(sorted(RECORD)), value=JSON, data=st.binary(max_size=20), at=st.integers(0, 400))
def test_a_record_is_read_or_left_out_by_name(
    folder: Path, base: str, value: object, data: bytes, at: int
) -> None:
    changed = json.dumps({**RECORD, base: value}).encode("utf-8", "surrogatepass")
    for content in (changed, changed[:at] + data + changed[at:], data):
        (folder / "r.json").write_bytes(content)
        refused_clearly("r.json", "report", "r.json")


@bounded
@given(content=TEXT)
def test_a_log_is_read_whatever_stands_in_it(folder: Path, content: bytes) -> None:
    (folder / "a.log").write_bytes(content)
    for form in ("text", "json", "markdown"):
        refused_clearly("a.log", "explain", "--format", form, "a.log")


@bounded
@given(content=TEXT, name=st.sampled_from(sorted(PACKERS)), at=st.floats(0, 1), data=st.binary(max_size=9))
def test_a_damaged_archive_is_read_in_part_or_refused(
    folder: Path, content: bytes, name: str, at: float, data: bytes
) -> None:
    packed = PACKERS[name](content * 3)
    place = int(at * len(packed))
    for damaged in (packed[:place] + data + packed[place + len(data) :], packed[:place]):
        (folder / name).write_bytes(damaged)
        refused_clearly(name, "explain", name)
