"""What goes wrong at one installation costs the verdict on it alone: each kind, and each step of its work."""

import gc
import importlib
import json
import os
import pkgutil
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import ci_guard.recover
from ci_guard.model.history import Verification
from ci_guard.recover import promise
from ci_guard.recover.families.cargo import Crates, Programs
from ci_guard.recover.families.composer import Vendor
from ci_guard.recover.families.conda import CondaEnvironment
from ci_guard.recover.families.direct import DirectDependencies
from ci_guard.recover.families.dotnet import Restored, Tool
from ci_guard.recover.families.git import WorkingTree
from ci_guard.recover.families.maven import LocalRepository
from ci_guard.recover.families.npm import NodeModules
from ci_guard.recover.families.npm import PutsBack as NpmPutsBack
from ci_guard.recover.families.rustup import Toolchain
from ci_guard.recover.families.uv_pythons import Pythons
from ci_guard.recover.family import Installation, Owed, RepairOutcome, Survey, Surveyed, Trail
from ci_guard.recover.git.repository import Repository
from ci_guard.recover.node.settings import Settings
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.target import TargetKind, plain_directory, virtual_environment
from ci_guard.recover.stumbles import Stumbles
from unit.recover.drive import BEGUN, trail

pytestmark = pytest.mark.table

ROOM = os.path.dirname(ci_guard.recover.__file__)
# they drive the installations, so that a defect of theirs is none of an installation
DRIVERS = frozenset({"promise.py", "stumbles.py", "installer_lock.py"})
SECOND = "rigs"  # the package of the second installation
# steps of one kind that are tried, spread over all; under Wine each takes ten times as long
MOST = 40 if os.name == "posix" else 5


class Stumbled(Exception):
    """A defect."""


@contextmanager
def stumbling(at: int) -> Iterator[list[str]]:
    """Raise at this one of the calls that the room makes inside (0: at none); gives the calls so far."""
    calls: list[str] = []
    begun: set[FrameType] = set()  # a generator that goes on may be one that is ended, where raising is lost

    def trace(frame: FrameType, event: str, _arg: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ROOM) and frame not in begun:
            begun.add(frame)
            name = os.path.basename(code.co_filename)
            if name not in DRIVERS:
                calls.append(f"{name}:{code.co_name}")
                if len(calls) == at:
                    raise Stumbled

    before = sys.gettrace()
    gc.disable()  # what it ends are generators of earlier steps: calls as well
    sys.settrace(trace)
    try:
        yield calls
    finally:
        sys.settrace(before)
        gc.enable()


class Stumbling:
    """An installation at which something goes wrong, at this call of its work."""

    def __init__(self, inner: Installation, at: int) -> None:
        self.inner, self.at = inner, at
        self.folder, self.folders = inner.folder, inner.folders
        self.calls: list[str] = []

    def survey(self, seen: Trail) -> Survey:
        with stumbling(self.at) as self.calls:
            return self.inner.survey(seen)

    def verify(self, seen: Trail) -> Survey:
        with stumbling(self.at) as self.calls:
            return self.inner.verify(seen)

    def repair(self, seen: Trail) -> Iterator[RepairOutcome]:
        with stumbling(self.at) as self.calls:
            yield from self.inner.repair(seen)


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8", newline="\n")
    return folder


def packages(folder: Path, name: str = "riga", *, whole: bool = False) -> Installation:
    """What `pip install --target` leaves; cut off before it notes who has installed it."""
    info = f"{name}-1.0.dist-info"
    files = {f"{name}/__init__.py": "1\n", f"{info}/METADATA": f"Name: {name}\nVersion: 1.0\n"}
    files |= {f"{info}/INSTALLER": "pip"} if whole else {}
    rows = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    written(folder, {**files, f"{info}/RECORD": rows})
    return PythonEnvironment(target=plain_directory(str(folder)), habits=Habits(puts_back=PutsBack.PACKAGES))


def environment(folder: Path) -> Installation:
    written(folder, {"bin/activate": "", "bin/python3": "", "Scripts/activate": "", "Scripts/python.exe": ""})
    target = virtual_environment(str(folder), TargetKind.PROJECT)
    return PythonEnvironment(target=target, habits=Habits(puts_back=PutsBack.WANTED))


def npm(folder: Path, puts_back: NpmPutsBack = NpmPutsBack.PACKAGES) -> Installation:
    note = {"lockfileVersion": 3, "packages": {f"node_modules/{name}": {"version": "1"} for name in "ab"}}
    files = {"package.json": "{}", "node_modules/.package-lock.json": json.dumps(note)}
    files |= {
        "node_modules/a/package.json": '{"name": "a", "version": "1"}',
        "node_modules/b/package.json": "{",
    }
    settings = Settings([], {"npm_config_cache": str(folder / "cache"), "HOME": str(folder)}, str(folder))
    return NodeModules(root=str(written(folder, files)), settings=settings, puts_back=puts_back)


def npx(folder: Path) -> Installation:
    return npm(folder, NpmPutsBack.FOLDER)


def bun(folder: Path) -> Installation:
    noted, cached = '{"name": "riga", "version": "2.0.0"}', "cache/riga@2.0.0@@registry.example@@@1"
    files = {
        "package.json": '{"dependencies": {"riga": "2.0.0"}}',
        "node_modules/riga/package.json": noted,
    }
    files |= {f"{cached}/package.json": noted, f"{cached}/index.js": "", "node_modules/riga/old.js": ""}
    root = str(written(folder, files))
    return DirectDependencies(root=root, production=False, cache=str(folder / "cache"))


def pnpm(folder: Path) -> Installation:
    hidden = "node_modules/.pnpm/node_modules/rigb"
    hoisted = json.dumps({"hoistedDependencies": {"rigb@2.0.0": {"rigb": "private"}}})
    files = {"package.json": "{}", f"{hidden}/package.json": '{"name": "rigb", "bin": "cli.js"}'}
    files |= {
        f"{hidden}/cli.js": "",
        "node_modules/.pnpm/lock.yaml": "",
        "node_modules/.modules.yaml": hoisted,
    }
    return DirectDependencies(root=str(written(folder, files)), production=False)


def working_tree(folder: Path, *, made: bool) -> Installation:
    written(folder, {".git/HEAD": "ref: refs/heads/main\n", ".git/index.lock": "", "file": "1\n"})
    git = shutil.which("git") or "git"
    return WorkingTree(
        repository=Repository(git=git, root=str(folder), environment=dict(os.environ)), made=made
    )


def clone(folder: Path) -> Installation:
    return working_tree(folder, made=True)


def checkout(folder: Path) -> Installation:
    return working_tree(folder, made=False)


def crates(folder: Path) -> Installation:
    written(folder, {f"src/index/{name}/.cargo-ok": "" for name in ("riga-1", "rigb-1")})
    return Crates(folder=str(folder))


def programs(folder: Path) -> Installation:
    written(folder, {f"debug/{name}": "" for name in ("riga", "riga.d", "rigb", "rigb.d")})
    return Programs(folder=str(folder))


def maven(folder: Path) -> Installation:
    written(folder, {f"inner/{name}/1.0/{name}.jar.lastUpdated": "" for name in ("riga", "rigb")})
    return LocalRepository(folder=str(folder))


def pythons(folder: Path) -> Installation:
    written(folder, {f"{name}/BUILD": "" for name in ("cpython-3.12", "cpython-3.13")})
    return Pythons(folder=str(folder))


def conda(folder: Path) -> Installation:
    written(folder, {"conda-meta/riga.json": '{"name": "riga", "files": ["lib/riga.py"]}'})
    return CondaEnvironment(folder=str(folder))


def composer(folder: Path) -> Installation:
    noted = '{"packages": [{"name": "inner/riga", "install-path": "../inner/riga", "bin": ["bin/riga"]}]}'
    written(folder, {"composer/installed.json": noted, "inner/riga/bin/riga": ""})
    return Vendor(folder=str(folder), programs=str(folder / "bin"))


def restored(folder: Path) -> Installation:
    library = {"type": "package", "path": "riga/1.0.0"}
    assets = {"packageFolders": {str(folder / "packages"): {}}, "libraries": {"Riga/1.0.0": library}}
    written(folder, {"obj/project.assets.json": json.dumps(assets), "packages/riga/1.0.0/riga.nuspec": ""})
    return Restored(folder=str(folder))


def dotnet_tool(folder: Path) -> Installation:
    xml = '<a><Commands><Command Name="riga" EntryPoint="riga.dll"/></Commands></a>'
    written(folder, {"1/riga/1/tools/net8/any/DotnetToolSettings.xml": xml})
    return Tool(folder=str(folder), shims=str(folder / "shims"), name="riga")


def toolchain(folder: Path) -> Installation:
    notes = {"components": "cargo-x86\n", "manifest-cargo-x86": "file:bin/cargo\ndir:lib/rustlib/src\n"}
    written(folder, {f"lib/rustlib/{name}": text for name, text in notes.items()})
    return Toolchain(folder=str(folder))


KINDS: tuple[Callable[[Path], Installation], ...] = (
    packages, environment, npm, npx, bun, pnpm, clone, checkout, crates, programs, maven, pythons, conda,
    composer, restored, dotnet_tool, toolchain,
)  # fmt: skip
# files that the failures of the run have named, below the installation
NAMED = ("src/index/riga-1/src/lib.rs", "src/index/rigb-1/src/lib.rs", "file")


def test_each_kind_of_installation_is_here(tmp_path: Path) -> None:
    found = set()
    for module in pkgutil.walk_packages(ci_guard.recover.__path__, f"{ci_guard.recover.__name__}."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and {"survey", "repair", "verify"} <= set(dir(each)):
                found.add(each)
    kinds = {type(make(tmp_path / make.__name__)) for make in KINDS}
    assert found - {Surveyed, Installation} == kinds


def steps_of(work: Callable[[int], list[str]]) -> range:
    """The calls at which something may go wrong, as far as they are tried."""
    count = len(work(0))
    assert count, "it does nothing"
    return range(1, count + 1, -(-count // MOST))


class Pair:
    """An installation at which something goes wrong, with a second one that is cut off in its middle."""

    def __init__(self, folder: Path, make: Callable[[Path], Installation], at: int) -> None:
        self.first, self.root = make(folder / "first"), folder / "first"
        self.stumbles_at = Stumbling(self.first, at)
        self.second, self.target = packages(folder / "second", SECOND), folder / "second"
        self.seen = trail(BEGUN, paths=[self.root / name for name in NAMED])
        self.before = self._files()
        self.owed: tuple[Owed, ...] = ()

    def repair(self) -> Stumbles:
        stumbles = Stumbles()
        outcome = promise.repair([self.stumbles_at, self.second], self.seen, stumbles)
        self.owed = outcome.owed
        assert SECOND in {each.project for each in outcome.repairs}
        assert SECOND in {each.project for each in outcome.owed}
        assert not (self.target / SECOND).exists()
        return stumbles

    def put_back(self) -> None:
        """As the next attempt does it; nothing of the first one comes back."""
        packages(self.target, SECOND, whole=True)

    def verify(self, first: Installation) -> Verification:
        return promise.verify([first, self.second], self.seen, self.owed, "tool", Stumbles())

    @property
    def lost(self) -> set[str]:
        """What the repair has taken away of the first one."""
        return self.before - self._files()

    def _files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*")}


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_a_repair_that_goes_wrong_costs_no_other_repair_and_no_promise(
    tmp_path: Path, make: Callable[[Path], Installation]
) -> None:
    whole = Pair(tmp_path / "0", make, 0)
    assert whole.repair().all == []
    whole.put_back()
    unproved = whole.verify(whole.first).whole is not True  # without what its repair has taken away
    for at in steps_of(lambda at: _repaired(Pair(tmp_path / "counted", make, at))):
        pair = Pair(tmp_path / str(at), make, at)
        stumbles = pair.repair()
        assert [each.place for each in stumbles.all] == [pair.first.folder], pair.stumbles_at.calls
        assert pair.verify(pair.first).whole is False, "the second one is not back"
        pair.put_back()
        found = pair.verify(pair.first)
        if unproved and pair.lost:
            assert found.whole is not True, pair.stumbles_at.calls
        assert str(pair.target) in found.environments


def _repaired(pair: Pair) -> list[str]:
    pair.repair()
    return pair.stumbles_at.calls


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_a_verification_that_goes_wrong_leaves_the_others_proved_and_nothing_called_whole(
    tmp_path: Path, make: Callable[[Path], Installation]
) -> None:
    pair = Pair(tmp_path, make, 0)
    pair.repair()

    def verified(at: int) -> list[str]:
        pair.stumbles_at.at = at
        pair.verify(pair.stumbles_at)
        return pair.stumbles_at.calls

    steps = steps_of(verified)
    for at in steps:
        pair.stumbles_at.at = at
        assert pair.verify(pair.stumbles_at).whole is False, "the second one is not back"
    pair.put_back()
    gone = [each for each in pair.owed if not os.path.lexists(each.path)]
    for at in steps:
        pair.stumbles_at.at = at
        found = pair.verify(pair.stumbles_at)
        assert found.whole is (False if gone else None), pair.stumbles_at.calls
        assert pair.first.folder in {fault.path for fault in found.warnings}
        assert found.environments == (str(pair.target),)
        if not gone:
            assert found.reason == (
                f"ci-guard could not examine `{pair.first.folder}` (Stumbled); all else is whole"
            )
