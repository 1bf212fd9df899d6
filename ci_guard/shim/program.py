"""What each shim starts: it takes the shims off the PATH and guards the real program, once.

`python -P program.py GUARD TOOL [ARG]...`; GUARD is `-` where ci-guard is installed for this Python, else its
`.pyz`. A copy of this file lies beside the shims, and imports nothing of ci-guard: where that is gone, the
real program runs as if there were no shim.
"""

import importlib.util
import os
import runpy
import shutil
import subprocess
import sys

INSTALLED = "-"
MARK = ".ci-guard-shims"  # a file that makes a folder one of shims
_NOT_FOUND = 127  # as every shell says it


def without_shims(path: str) -> str:
    """The search path without the folders of shims, whoever has made them: no shim ever starts another."""
    folders = path.split(os.pathsep)
    return os.pathsep.join(each for each in folders if not os.path.exists(os.path.join(each, MARK)))


def main(guard: str, tool: str, *words: str) -> int:
    """Guard the tool; the exit status."""
    os.environ["PATH"] = without_shims(os.environ.get("PATH", os.defpath))
    there = importlib.util.find_spec("ci_guard") if guard == INSTALLED else os.path.isfile(guard)
    if not there:
        return _unguarded(tool, words)
    sys.argv = ["ci-guard", "--", tool, *words]
    if guard == INSTALLED:
        runpy.run_module("ci_guard", run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(guard, run_name="__main__")
    return 0  # not reached: ci-guard ends the process


def _unguarded(tool: str, words: tuple[str, ...]) -> int:
    sys.stderr.write(f"ci-guard: warning: `{tool}` runs without a guard: ci-guard is no longer installed\n")
    program = shutil.which(tool)
    if program is None:
        sys.stderr.write(f"ci-guard: error: there is no program `{tool}`\n")
        return _NOT_FOUND
    return subprocess.run([program, *words]).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
