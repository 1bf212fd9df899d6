"""Held files on Windows, or under Wine: a scanner that opens each fresh file, and holders of old ones."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks import locks_npm
from benchmarks.locks import Case
from rig import tools, wheels, windows
from rig.windows import Started, Windows
from windows.conftest import Workshop

RIG = Path(wheels.__file__).parent / "wine"
LAUNCHERS = 2
LAUNCHER, OLD, METADATA = "launchers", "an old launcher", "metadata"
CACHE, TEMPORARY = "the cache", "the temporary folder"
THROUGH_PIPES = """
import subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True)
sys.stdout.buffer.write(done.stdout + done.stderr)
sys.exit(done.returncode)
"""
EACH, FIRST, SEEN, STAYS = "each fresh file", "the first touch only", "content once seen", "an old file"
SHARED = "rw"  # what a scanner shares: the tool can finish writing, and neither rename nor remove
LIMIT = 900.0  # seconds for one command
# the seed's own case first: longer than uv's ten seconds, each fresh file
ORDER = (15.0, 3.0, 30.0, 1.0, 10.0, 60.0, 0.2)


class Installation:
    """One command in a place of its own, and a scanner beside it."""

    def __init__(self, system: Windows, case: Case, root: Path) -> None:
        root.mkdir(parents=True)
        self._case = case
        self.shop = Workshop(system, root)
        (self.shop.project / ".ci-guard.yml").write_text("version: 1\n", "utf-8")
        self._log = root / "scanner.log"
        self._beside: list[Started] = []

    def end(self) -> None:
        """End what runs beside it."""
        for started in self._beside:
            started.done(LIMIT)
        self._beside.clear()

    def _hold(self, file: Path) -> None:
        self._start("hold.py", self.shop.system.spelled(file), "", f"{self._case.seconds:g}", ready=b"HELD")

    def _start(self, script: str, *words: str, ready: bytes) -> None:
        system = self.shop.system
        started = system.start([system.guard, "-I", RIG / script, *words], folder=system.drive)
        self._beside.append(started)
        assert started.process.stdout is not None
        if started.process.stdout.readline().strip() != ready:
            raise RuntimeError(f"{script} does not begin")

    def _status(self, argv: Sequence[str | Path]) -> int:
        shop = self.shop
        return shop.system.run(*argv, folder=shop.project, environment=shop.variables, timeout=LIMIT).status

    def _guarded(self, *words: str) -> int:
        return self._status([self.shop.system.guard, "-m", "ci_guard", "--quiet", "--", *words])


class NpmInstallation(Installation):
    """npm of Windows's own Node, which replaces a package; what is held is a command file that it renames."""

    def __init__(self, system: Windows, case: Case, root: Path) -> None:
        super().__init__(system, case, root)
        shop, node = self.shop, locks_npm.windows_node()
        shop.variables["PATH"] = f"{system.spelled(node)};{shop.variables['PATH']}"
        shop.variables["npm_config_cache"] = system.spelled(root / "npm-cache")
        (shop.project / "package.json").write_text('{"name": "app", "version": "1.0.0"}\n', "utf-8")
        old, self._new = (locks_npm.tarball(root, version) for version in (locks_npm.OLD, locks_npm.NEW))
        self._npm = system.spelled(node / "npm.cmd")
        if self._plain(old):
            raise RuntimeError("npm cannot install undisturbed")

    def begin(self) -> None:
        self._hold(self.shop.project / "node_modules" / ".bin" / f"{locks_npm.NAME}.cmd")

    def run(self, *, guarded: bool) -> int:
        words = ("install", *locks_npm.OPTIONS, self.shop.system.spelled(self._new))
        return self._guarded("npm", *words) if guarded else self._plain(self._new)

    def whole(self) -> bool:
        self.end()
        shims = self.shop.project / "node_modules" / ".bin"
        return locks_npm.is_whole(self.shop.project) and (shims / f"{locks_npm.NAME}.cmd").exists()

    def locks(self) -> float:
        return self._case.seconds

    def _plain(self, tarball: Path) -> int:
        """Node takes no stream from Linux: a program of Windows gives it pipes."""
        words = ["cmd", "/c", self._npm, "install", *locks_npm.OPTIONS, self.shop.system.spelled(tarball)]
        return self._status([self.shop.system.guard, "-c", THROUGH_PIPES, *words])


class PythonInstallation(Installation):
    """uv or pip, which installs a package with launchers."""

    def __init__(self, system: Windows, case: Case, root: Path) -> None:
        super().__init__(system, case, root)
        self._names = [f"many-{number:02}" for number in range(LAUNCHERS)]
        code = b"def main():\n    print('many of them')\n"
        project = wheels.Project(
            name="rigmany",
            version="1.0",
            files={"rigmany/__init__.py": code},
            scripts=dict.fromkeys(self._names, "rigmany:main"),
        )
        wheels.write(project, self.shop.wheels)
        if case.tool == "uv":
            self.shop.use_uv(tools.NEWEST_UV)
            self.shop.make_venv()
        else:
            self.shop.make_venv(tools.NEWEST_PIP)

    def begin(self) -> None:
        """Let the scanner, or the holder, begin."""
        shop, case = self.shop, self._case
        if case.held == OLD:
            old = shop.scripts / f"{self._names[-1]}.exe"
            old.write_bytes(b"left over")
            self._hold(old)
            return
        folder, pattern = {
            LAUNCHER: (shop.scripts, ".tmp*"),
            METADATA: (shop.site / "rigmany-1.0.dist-info", "*.tmp"),
            CACHE: (shop.root / "cache-uv", ".tmp*"),
            TEMPORARY: (shop.root / "scratch", "pip-*"),
        }[case.held]
        words = [f"{case.seconds:g}", SHARED, shop.system.spelled(self._log)]
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        remembers = {FIRST: "+first", SEEN: "+content"}.get(case.model, "")
        words[1] += remembers
        self._start("scanner.py", *words, rf"{shop.system.spelled(folder)}\{pattern}", ready=b"READY")
        if made:
            folder.rmdir()

    def run(self, *, guarded: bool) -> int:
        words: tuple[str, ...] = ("pip", "install", "rigmany")
        words = ("uv", *words) if self._case.tool == "uv" else words
        if guarded:
            return self._guarded(*words)
        return self._status([self.shop._programs[words[0]], *words[1:]])

    def whole(self) -> bool:
        self.end()
        for name in self._names:
            program = self.shop.scripts / f"{name}.exe"
            if not program.exists() or b"many of them" not in self.shop.plain(program).stdout:
                return False
        # pip and uv write these last: without them nothing can be upgraded or removed any more
        info = self.shop.site / "rigmany-1.0.dist-info"
        return all(
            (info / name).exists() and (info / name).stat().st_size for name in ("INSTALLER", "RECORD")
        )

    def locks(self) -> float:
        if self._case.held == OLD:
            return self._case.seconds
        with suppress(OSError):
            lines = self._log.read_text("utf-8").splitlines()
            held = {line.split(" ", 2)[2] for line in lines if line.split(" ")[1] == "held"}
            return self._case.seconds * len(held)
        return 0.0


class WindowsRig:
    """uv.exe, pip and npm of Windows."""

    def __init__(self, system: Windows, folder: Path) -> None:
        self._system, self._folder = system, folder
        self._count = 0

    def cases(self, *, quick: bool) -> Sequence[Case]:
        kinds: tuple[tuple[str, str, str], ...] = (
            ("uv", LAUNCHER, EACH),
            ("pip", METADATA, EACH),
            ("uv", OLD, STAYS),
            ("uv", LAUNCHER, FIRST),
            ("uv", LAUNCHER, SEEN),
            ("pip", METADATA, FIRST),
            ("npm", OLD, STAYS),
            ("pip", TEMPORARY, EACH),
        )
        # Wine refuses the renaming of a held folder with 32, for which uv does not try again; Windows with 5
        kinds += (("uv", CACHE, EACH),) if self._system.native else ()
        found = [
            Case(system="windows", tool=tool, held=held, model=model, seconds=seconds)
            for seconds in ORDER
            for tool, held, model in kinds
        ]
        return [Case(system="windows", tool="uv", held=LAUNCHER, model=EACH, seconds=1.0)] if quick else found

    @contextmanager
    def scene(self, case: Case, *, disturbed: bool) -> Iterator[NpmInstallation | PythonInstallation]:
        self._count += 1
        root = self._folder / f"scene-{self._count}-{time.time_ns()}"
        made: NpmInstallation | PythonInstallation
        if case.tool == "npm":
            made = NpmInstallation(self._system, case, root)
        else:
            made = PythonInstallation(self._system, case, root)
        if disturbed:
            made.begin()
        try:
            yield made
        finally:
            made.end()
            shutil.rmtree(root, ignore_errors=True)


@contextmanager
def rig() -> Iterator[WindowsRig]:
    """The rig on drive C."""
    if reason := windows.missing():
        raise RuntimeError(f"no Windows programs here: {reason}")
    with tempfile.TemporaryDirectory() as scratch, windows.opened(Path(scratch, "windows")) as system:
        folder = Path(scratch) if system.native else system.drive / "w"
        folder.mkdir(parents=True, exist_ok=True)
        yield WindowsRig(system, folder)
