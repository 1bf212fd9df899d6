"""Own files that a scanner has locked: whichever it is, the command runs and its own status comes out.

Every file of ci-guard and of its libraries that a run opens is refused in turn, as the operating system does
it. A few of them, the same at each run, so that a red CI is a change's doing; all of them where OWN_FILES=all
is set.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ci_guard.model.process import Capture, Exit, Outcome, Stop
from ci_guard.run import _unjudged
from rig import guard
from rig.events import HANG

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(sys.platform == "win32", reason="the command is a shell's"),
    pytest.mark.timeout(1800),  # all of them take minutes
]

SAMPLE, SEED = 5, 9531
STATUS = 7
LOCK = "error: failed to rename file /tmp/x: Text file busy (os error 26)"
# refuses one file, or writes down which ones are opened
WATCH = """
import os, sys
_refused, _told = os.environ.get("REFUSED"), os.environ.get("OPENED")
def _note(event, args):
    if event != "open" or not isinstance(args[0], str):
        return
    folder, name = os.path.split(args[0])
    stem = name.split(".")[0] + ".py" if ".pyc" in name else name  # also Python's temporary name of one
    path = os.path.join(folder.removeprefix(sys.pycache_prefix or "").removesuffix("__pycache__"), stem)
    if _told is not None:
        os.write(int(_told), (path + "\\n").encode())
    elif path == _refused:
        raise PermissionError(13, "held by a scanner", path)
sys.addaudithook(_note)
"""
POLICY = """
version: 1
attempts: 2
backoff: {initial: 0s, maximum: 0s}
signatures: [{id: own, category: antivirus_lock, pattern: 'own words'}]
"""


class Scene(NamedTuple):
    """A command and what stands around it."""

    script: str
    status: frozenset[int]  # the command's own
    options: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    policy: str | None = None


REPORTS = ("--report", "junit=r.xml", "--report", "json=r.json", "--report", "markdown=r.md")
SCENES = {
    "passes": Scene("echo 'npm warn'", frozenset({0})),
    "passes with reports": Scene("echo well", frozenset({0}), REPORTS, (("GITHUB_ACTIONS", "true"),)),
    "fails": Scene(f"echo '{LOCK}' >&2; exit {STATUS}", frozenset({STATUS}), REPORTS, (), POLICY),
    # a retry that passes may be left out, but is never said to have passed where nobody could look
    "recovers": Scene(
        f"if test -e once; then exit 0; fi; touch once; echo '{LOCK}' >&2; exit {STATUS}",
        frozenset({0, STATUS}),
        ("--attempts", "2"),
        (("TEAMCITY_VERSION", "1"),),
        POLICY,
    ),
    "is not there": Scene("", frozenset({127}), REPORTS),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of ci-guard that loads file by file: it can keep nothing beside itself."""
    place = tmp_path_factory.mktemp("program")
    guard.install(place)
    (place / "ci_guard" / "__pycache__").touch()
    return place


def guarded(scene: Scene, folder: Path, program: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    (folder / "watch").mkdir(parents=True)
    (folder / "watch" / "sitecustomize.py").write_text(WATCH)
    if scene.policy is not None:
        (folder / ".ci-guard.yml").write_text(scene.policy)
    command = ("sh", "-c", f"echo run >> runs; {scene.script}") if scene.script else ("there-is-none-such",)
    left_out = ("CI_GUARD", "COVERAGE", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return subprocess.run(
        [sys.executable, "-m", "ci_guard", *scene.options, "--", *command],
        cwd=folder,
        env=environment
        | dict(scene.environment)
        | {
            "PYTHONPATH": os.pathsep.join((str(folder / "watch"), str(program))),
            "PYTHONPYCACHEPREFIX": str(program / "cache"),
        }
        | more,
        capture_output=True,
        text=True,
        timeout=HANG,
        pass_fds=(int(more["OPENED"]),) if "OPENED" in more else (),
    )


def opened(scene: Scene, folder: Path, program: Path) -> Iterator[str]:
    """The files of ours and of our libraries that a run opens once `ci_guard.__main__` stands."""
    with (folder / "opened").open("w+") as told:
        guarded(scene, folder / "first", program, OPENED=str(told.fileno()))
        told.seek(0)
        paths = told.read().splitlines()
    begin = next(index for index, path in enumerate(paths) if path.endswith("ci_guard/__main__.py"))
    ours = ("/ci_guard/", "/click/", "/yaml/", "/tenacity/", "/junit_xml/")
    # `-m` reads the module once more; that one file is what nothing of ours can stand in for
    for path in dict.fromkeys(paths[begin:]):
        inside = path.partition("site-packages")[2] or path
        if any(part in inside for part in ours) and not path.endswith("ci_guard/__main__.py"):
            yield path


@pytest.mark.parametrize("name", SCENES)
def test_whichever_file_is_locked_the_commands_own_status_comes_out(
    name: str, program: Path, tmp_path: Path
) -> None:
    scene = SCENES[name]
    files = list(opened(scene, tmp_path, program))
    assert len(files) > SAMPLE
    if os.environ.get("OWN_FILES") != "all":
        files = random.Random(SEED).sample(files, SAMPLE)
    wrong = []
    for number, path in enumerate(files):
        folder = tmp_path / str(number)
        cache = path.endswith(".bin")  # a copy of the byte code, which saves time and nothing else
        done = guarded(scene, folder, program, REFUSED=path)
        runs = folder / "runs"
        times = len(runs.read_text().splitlines()) if runs.exists() else 0
        trouble = [
            what
            for what, bad in {
                f"status {done.returncode}": done.returncode not in scene.status,
                "a traceback": "Traceback" in done.stderr,
                "not run": bool(scene.script) and not times,
                "run again": times > (2 if scene.policy else 1),
                "no warning": not cache and "ci-guard: warning: " not in done.stderr,
                "does not name it": not cache
                and Path(path).stem not in done.stderr.replace("__init__", Path(path).stem),
            }.items()
            if bad
        ]
        if trouble:
            wrong.append(f"{path}: {', '.join(trouble)}\n{done.stderr[-600:]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("outcome", "admitted", "status"),
    [
        ({"exit": Exit(code=0)}, False, 0),
        ({"exit": Exit(code=0)}, True, 1),  # its own output says that it has failed
        ({"exit": Exit(code=3)}, True, 3),
        ({"exit": Exit(code=125)}, True, 125),
        ({"exit": Exit(signal=9)}, True, 137),
        ({"exit": Exit(signal=15), "stopped": Stop(timeout=3.0)}, True, 124),
        ({"exit": Exit(code=0), "stopped": Stop(signal=15)}, True, 0),
        ({"exit": Exit(code=0), "captures": (Capture("stdout", broken=28),)}, True, 1),
    ],
)
def test_the_status_of_what_cannot_be_judged(outcome: dict[str, Any], admitted: bool, status: int) -> None:
    values: dict[str, Any] = {"started": 0.0, "duration": 1.0, "captures": (), **outcome}
    assert _unjudged(Outcome(**values), admitted=admitted) == status
