"""Makes the Windows rig ready, or runs a Windows program in it; see the package."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from rig import tools
from rig.wine import debian, prefix, system


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m rig.wine", description=__doc__)
    parser.add_argument(
        "program", nargs=argparse.REMAINDER, help="`python`, `uv` or C:\\PATH, with arguments"
    )
    program = parser.parse_args(argv).program
    try:
        _ready(quiet=bool(program))
        return _run(program) if program else 0
    except (RuntimeError, OSError) as error:
        print(f"no Windows here: {error}", file=sys.stderr)
        return 1


def _ready(*, quiet: bool) -> None:
    begun = time.monotonic()
    if debian.incomplete():
        if sys.platform != "linux":
            raise RuntimeError(debian.missing())
        print("installing Wine ...", file=sys.stderr)
        try:
            debian.install()
        except RuntimeError:
            if debian.missing():
                raise  # without the rest only the test that needs it is skipped
    if reason := debian.missing():
        raise RuntimeError(reason)
    installed = time.monotonic()
    made = prefix.template()
    if not quiet:
        print(f"{debian.version()}: {installed - begun:.1f} s")
        print(f"drive C in {made}: {time.monotonic() - installed:.1f} s")


def _run(program: list[str]) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="wine-") as scratch,
        system.opened(Path(scratch, "prefix")) as wine,
    ):
        known = {"python": wine.guard, "uv": wine.uv(tools.NEWEST_UV)}
        done = wine.run(known.get(program[0], program[0]), *program[1:])
        sys.stdout.buffer.write(done.stdout)
        sys.stderr.buffer.write(done.stderr)
        return done.status & 0xFF


sys.exit(main(sys.argv[1:]))
