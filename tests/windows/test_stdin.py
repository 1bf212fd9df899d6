"""Standard input on Windows: each attempt reads the same pipe."""

import json

import pytest

# fails once with a lock, after it has read all; writes what each attempt has read
PROGRAM = r"""
import os, pathlib, sys
data = sys.stdin.buffer.read()
pathlib.Path("read-" + os.environ["CI_GUARD_ATTEMPT"]).write_bytes(data)
if not os.path.exists("locked"):
    open("locked", "w").close()
    sys.exit("error: failed to rename file from C:\\x\\.tmpAbC to C:\\x\\tool: busy (os error 32)")
"""
DRIVER = r"""
import json, pathlib, subprocess, sys
data = b"0123456789abcde\n" * (int(sys.argv[1]) // 16)
pathlib.Path(".ci-guard.yml").write_text("version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\n")
pathlib.Path("program.py").write_text(sys.argv[2])
guard = [sys.executable, "-m", "ci_guard", "--", sys.executable, "-I", "program.py"]
done = subprocess.run(guard, input=data, capture_output=True, timeout=200)
reads = [path.read_bytes() == data for path in sorted(pathlib.Path().glob("read-*"))]
print(json.dumps([done.returncode, reads, done.stderr.decode("utf-8", "replace")]))
"""


@pytest.mark.parametrize("size", [0, 16, 100_000])
def test_each_attempt_reads_the_same_pipe(workshop, size: int) -> None:
    done = workshop.system.run(
        workshop.system.guard, "-I", "-c", DRIVER, str(size), PROGRAM, folder=workshop.project
    )
    status, reads, said = json.loads(done.stdout)
    assert (status, reads) == (0, [True, True]), said
