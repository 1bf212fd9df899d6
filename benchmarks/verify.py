"""What the verification of an environment costs: `python benchmarks/verify.py [PACKAGES [FILES]]`.

Makes an environment of that many packages and prints the time of the verification, and its ratio to the
least that any could do: one stat of every file. Both are medians, taken in turn in one run.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ci_guard.model.history import Verification
from ci_guard.recover import promise
from ci_guard.recover.beginning import Beginning
from ci_guard.recover.family import Trail
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.target import Kind, virtual_environment

ROUNDS = 9
FAR = 1e6  # seconds between the run and the files


def make(prefix: Path, packages: int, files: int) -> None:
    """Write an environment as an installer leaves it."""
    site = prefix / "lib" / "python3.11" / "site-packages"
    scripts = prefix / "bin"
    scripts.mkdir(parents=True)
    (prefix / "pyvenv.cfg").touch()
    for number in range(packages):
        name = f"package{number:03}"
        info = site / f"{name}-1.0.dist-info"
        paths = [site / name / f"module{each:03}.py" for each in range(files)]
        paths += [scripts / name, info / "METADATA", info / "INSTALLER", info / "entry_points.txt"]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        (info / "entry_points.txt").write_text(f"[console_scripts]\n{name} = {name}:main\n")
        (scripts / name).chmod(0o755)
        rows = [f"{Path(os.path.relpath(path, site)).as_posix()},sha256=x," for path in paths]
        (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/RECORD,,"]))


def verify(target: PythonEnvironment, beginning: Beginning) -> Verification:
    """Verify it as a run does that began then."""
    return promise.verify([target], Trail(beginning=beginning), (), "uv")


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def main() -> None:
    """Measure and tell."""
    packages, files = (int(word) for word in (*sys.argv[1:], "300", "60")[:2])
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder)
        make(prefix, packages, files)
        target = PythonEnvironment(
            target=virtual_environment(str(prefix), Kind.ENVIRONMENT),
            habits=Habits(puts_back=PutsBack.WANTED),
        )
        long_ago, in_future = (
            Beginning(time.time() + shift, time.monotonic() + shift) for shift in (-FAR, FAR)
        )
        every = [os.path.join(parent, name) for parent, _, names in os.walk(prefix) for name in names]
        cases: dict[str, Callable[[], object]] = {
            "least": lambda: [os.stat(path) for path in every],
            "verification, all touched": lambda: verify(target, long_ago),
            "verification, none touched": lambda: verify(target, in_future),
        }
        if not verify(target, long_ago).whole:
            raise RuntimeError("the environment of the benchmark is not whole")
        times: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(ROUNDS):
            for name, action in cases.items():
                times[name].append(seconds(action))
        least = statistics.median(times["least"])
        print(f"{packages} packages, {len(every)} files")
        for name, each in times.items():
            middle = statistics.median(each)
            print(f"{name:22} {middle * 1000:8.0f} ms  {middle / least:5.1f} x")


if __name__ == "__main__":
    main()
