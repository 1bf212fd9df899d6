"""Each line of ours begins with the prefix, whatever the command left behind: every server, real programs."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.ci_server.detect import PLAIN, SERVERS
from rig.events import HANG

pytestmark = pytest.mark.program

# what the program does before it ends: which streams it writes to, whether the last line ends
ENDS = {
    "stderr": "e.write('foo')",
    "stderr, ended": "e.write('foo\\n')",
    "stdout": "o.write('foo')",
    "stdout, ended": "o.write('foo\\n')",
    "stderr, then stdout": "e.write('a\\n'); o.write('foo')",
    "stdout, then stderr": "o.write('a\\n'); e.write('foo')",
    "nothing": "pass",
    "a carriage return": "e.write('10%\\r20%')",
    "more than is kept": "e.write('x' * 3_000_000)",
}
PROGRAM = """
import os, sys
class Stream:
    def __init__(self, number): self.number = number
    def write(self, text):
        data = text.encode()
        while data:
            data = data[os.write(self.number, data):]
o, e = Stream(1), Stream(2)
"""
POLICY = """\
version: 1
attempts: 2
backoff: {initial: 1ms, maximum: 1ms}
verify: false
signatures:
  - id: packer.busy
    category: antivirus_lock
    pattern: 'packer: artifact (?P<path>\\S{1,300}) is busy'
    reference: the tests
    examples: ['packer: artifact out/app.msi is busy']
"""
# fails at the first attempt as by a lock, then as told; each attempt leaves the line as it was told to
RETRIED = "e.write('packer: artifact out/app.msi is busy\\n')"


def guarded(folder: Path, code: str, *options: str, one_pipe: bool) -> str:
    """What reaches stderr; stdout too if both are one pipe."""
    (folder / ".ci-guard.yml").write_text(POLICY, encoding="utf-8")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CI_GUARD", "GITHUB"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "ci_guard", *options, "--", sys.executable, "-c", PROGRAM + code],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if one_pipe else subprocess.PIPE,
        timeout=HANG,
    )
    return (done.stdout if one_pipe else done.stderr).decode("utf-8", "replace")  # on Windows a code page


CASES = [
    *((end, one_pipe, PLAIN) for end, one_pipe in itertools.product(ENDS, (True, False))),
    *(("stderr", True, host) for host in SERVERS),
]


@pytest.mark.parametrize(("end", "one_pipe", "host"), CASES)
def test_our_lines_begin_lines_after_a_failure_and_after_a_recovery(
    end: str, one_pipe: bool, host: str, tmp_path: Path
) -> None:
    code = (
        "again = os.environ['CI_GUARD_ATTEMPT'] == '2'\n"
        f"again or {RETRIED}\n{ENDS[end]}\nsys.exit(0 if again else 3)"
    )
    written = guarded(tmp_path, code, "--host", host, one_pipe=one_pipe)
    lines = written.replace("\r\n", "\n").split("\n")
    assert any(line.startswith("ci-guard: attempt 1 of 2 failed") for line in lines), written[-600:]
    assert any(line.startswith("ci-guard: recovered at attempt 2 of 2") for line in lines), written[-600:]


def test_a_warning_after_a_pass_begins_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    written = guarded(tmp_path, "e.write('foo')", "--junit", "file/report.xml", one_pipe=False)
    assert "foo\nci-guard: warning: " in written.replace("\r\n", "\n")
