"""What ci-guard says reaches any stream in any encoding, in one piece and never as a failure."""

import io
import os
import subprocess
import sys

import pytest

from ci_guard.ci_server.plain import say
from ci_guard.redact.values import RedactedText

TEXT = RedactedText("`größe` … 拒绝访问 \udc84 ✓")


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp850", "cp1252", "cp932", "utf-8", "utf-16"])
def test_no_encoding_refuses_a_line(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    say(TEXT, stream)
    written = raw.getvalue().decode(encoding)
    assert written.startswith("ci-guard: `gr")
    assert written.endswith("\n")


def test_a_program_without_streams_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    say(TEXT)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp437"},
        {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONUTF8": "1"},
    ],
)
def test_the_program_s_own_lines_survive_every_setting(environment: dict[str, str], tmp_path: object) -> None:
    code = (
        "from ci_guard.cli import main; import sys; "
        "sys.exit(main(['--name', 'größe ✓', '--dry-run', '--', sys.executable, '拒绝']))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code.encode("ascii", "backslashreplace").decode()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert b"ci-guard" in said
    assert b"Traceback" not in said
