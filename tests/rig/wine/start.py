r"""start.py REQUEST ANSWER   (in Windows Python): start a program as its Windows parent would.

REQUEST is JSON: `argv`, `folder` and `environment` (null removes a variable; Wine itself would overrule TEMP,
USERPROFILE, APPDATA and PATH). The program has our three streams. ANSWER receives its exit status, of which
Unix sees 8 bits of 32 only.
"""

import json
import os
import subprocess
import sys

NOT_STARTED = 127


def main(request: str, answer: str) -> int:
    with open(request, encoding="utf-8") as stream:
        asked = json.load(stream)
    environment = {name.upper(): value for name, value in os.environ.items()}
    environment |= {name.upper(): value for name, value in asked["environment"].items()}
    kept = {name: value for name, value in environment.items() if value is not None}
    try:
        done = subprocess.run(
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
    with open(answer, "w", encoding="utf-8") as stream:
        stream.write(str(done.returncode & 0xFFFFFFFF))
    return done.returncode & 0xFF


sys.exit(main(*sys.argv[1:]))
