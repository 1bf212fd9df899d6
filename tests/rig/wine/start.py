r"""start.py REQUEST ANSWER PID   (in Windows Python): start a program as its Windows parent would.

REQUEST is JSON: `argv`, `folder` and `environment` (null removes a variable; Wine itself would overrule TEMP,
USERPROFILE, APPDATA and PATH). The program has our three streams. The file PID receives its process
identifier of Windows, ANSWER its exit status, of which Unix sees 8 bits of 32 only.
"""

import json
import os
import subprocess
import sys

NOT_STARTED = 127
ALL_BITS, LOW_BITS = 0xFFFFFFFF, 0xFF


def main(request: str, answer: str, pid: str) -> int:
    with open(request, encoding="utf-8") as stream:
        asked = json.load(stream)
    environment = {name.upper(): value for name, value in os.environ.items()}
    environment |= {name.upper(): value for name, value in asked["environment"].items()}
    kept = {name: value for name, value in environment.items() if value is not None}
    try:
        program = subprocess.Popen(
            asked["argv"],
            cwd=asked["folder"],
            env=kept,
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
    except OSError as error:
        sys.stderr.write(f"cannot start {asked['argv'][0]}: {error}\n")
        return NOT_STARTED
    _write(pid, program.pid)
    status = program.wait()
    _write(answer, status & ALL_BITS)
    return status & LOW_BITS


def _write(path: str, number: int) -> None:
    """So that a reader finds the whole number or no file."""
    with open(path + ".part", "w", encoding="utf-8") as stream:
        stream.write(str(number))
    os.replace(path + ".part", path)


sys.exit(main(*sys.argv[1:]))
