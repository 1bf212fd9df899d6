"""What it costs to prove that an environment of Python, or a `node_modules`, is whole."""

import base64
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Figure, Program, Scale, medians
from ci_guard.model.history import Verification
from ci_guard.recover import promise
from ci_guard.recover.beginning import Beginning
from ci_guard.recover.families.npm import NodeModules, Npm
from ci_guard.recover.family import Step, Trail
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.target import TargetKind, virtual_environment
from ci_guard.recover.stumbles import Stumbles
from rig.npm_registry import Package

PACKAGES, FILES = 300, 96  # with what lies beside them 30,000 files
NODE_PACKAGES, NODE_FILES = 1500, 8
MOST_PYTHON, MOST_NODE = 500, 1000  # milliseconds
FAR = 1e6  # seconds between the run and the files
FLOOR = "one stat of each file"


def _make_python(prefix: Path, packages: int, files: int) -> None:
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


def _make_node(root: Path, packages: int) -> None:
    """Write a project as npm leaves it: packages, its notes, and their tarballs in its cache."""
    entries = {}
    for number in range(packages):
        name = f"package{number:04}"
        program = {name: "bin/run.js"}
        files = {f"lib/module{each}.js": f"{number};\n" for each in range(NODE_FILES)} | {
            "bin/run.js": "#!node\n"
        }
        package = Package(name=name, version="1.0.0", files=files, bin=program)
        folder = root / "node_modules" / name
        for path, text in {"package.json": json.dumps(package.manifest(), indent=2), **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        (folder / "bin" / "run.js").chmod(0o755)
        link = root / "node_modules" / ".bin" / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(Path("..", name, "bin", "run.js"))
        tarball = package.tarball()
        digest = hashlib.sha512(tarball).digest()
        first, second, rest = digest.hex()[:2], digest.hex()[2:4], digest.hex()[4:]
        stored = root / "cache" / "_cacache" / "content-v2" / "sha512" / first / second / rest
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_bytes(tarball)
        integrity = f"sha512-{base64.b64encode(digest).decode()}"
        entries[f"node_modules/{name}"] = {"version": "1.0.0", "integrity": integrity, "bin": program}
    lock = json.dumps({"lockfileVersion": 3, "packages": entries})
    (root / "node_modules" / ".package-lock.json").write_text(lock)
    (root / "package-lock.json").write_text(lock)
    (root / "package.json").write_text('{"name": "benchmark"}')


def figures(_program: Program, scale: Scale) -> Iterator[Figure]:
    """Verification after a run that has touched everything, and after one that has touched nothing."""
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder).resolve()
        _make_python(prefix, scale.of(PACKAGES), FILES)
        python = PythonEnvironment(
            target=virtual_environment(str(prefix), TargetKind.ENVIRONMENT),
            habits=Habits(puts_back=PutsBack.WANTED),
        )
        yield from _measured("packages of Python", python, "uv", prefix, MOST_PYTHON, scale)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        _make_node(root, scale.of(NODE_PACKAGES))
        environment = {"npm_config_cache": str(root / "cache"), "HOME": str(root)}
        step = Step(
            name="npm", program="npm", words=("install",), environment=environment, directory=str(root)
        )
        (node,) = Npm().find_installations(step, Trail(beginning=_beginning(-FAR)))
        assert isinstance(node, NodeModules)
        yield from _measured("packages of npm", node, "npm", root / "node_modules", MOST_NODE, scale)


def _beginning(shift: float) -> Beginning:
    return Beginning(time.time() + shift, time.monotonic() + shift)


def _measured(
    what: str, target: PythonEnvironment | NodeModules, tool: str, folder: Path, most: int, scale: Scale
) -> Iterator[Figure]:
    every = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]

    def verify(shift: float) -> Verification:
        return promise.verify([target], Trail(beginning=_beginning(shift)), (), tool, Stumbles())

    found = verify(-FAR)
    if not found.whole:
        raise RuntimeError(f"what the benchmark has made is not whole: {found}")
    cases: dict[str, Callable[[], object]] = {
        FLOOR: lambda: [os.stat(path) for path in every],
        "all touched": lambda: verify(-FAR),
        "none touched": lambda: verify(FAR),
    }
    times = medians(cases, scale.rounds)
    for case, seconds in times.items():
        yield Figure(
            subject=f"verify: {found.packages} {what}, {len(every)} files",
            case=case,
            value=seconds * 1000,
            unit="ms",
            ratio=seconds / times[FLOOR],
            most_value=None if case == FLOOR else most,
        )
