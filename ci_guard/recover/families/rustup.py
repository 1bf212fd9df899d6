"""rustup: every file that the components of a toolchain note, in those toolchains that the run has changed.

`lib/rustlib/components` names the components, `lib/rustlib/manifest-NAME` their files (`file:bin/cargo`) and
folders (`dir:share/doc/rust/html`). rustup undoes a failed installation itself, so nothing is taken away.
The installations of this family are not run in this project's tests: they are laid out as documented.
Source: rust-installer's README; rustup's src/dist/component/components.rs.
"""

import os
from collections.abc import Iterable, Iterator

from ci_guard.dataclass import dataclass
from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Fault
from ci_guard.recover.family import Installation, Step, Survey, Surveyed, Trail

INSTALL = frozenset({"toolchain", "install", "update", "component", "target", "default", "up"})
NOTES = os.path.join("lib", "rustlib")
KINDS = frozenset({"file", "dir"})
DOCUMENTATION = "share/"  # whoever wants small images removes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain(Surveyed):
    """One toolchain."""

    folder: str

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that rustup writes to."""
        places = (os.path.join(self.folder, *place) for place in (("bin",), ("lib",), ("lib", "rustlib")))
        return tuple(place for place in places if os.path.isdir(place))

    def survey(self, trail: Trail) -> Survey:
        """Compare what is there with what rustup has noted."""
        faults: list[tuple[Fault, bool]] = []
        names = _lines(os.path.join(self.folder, NOTES, "components"))
        files = 0
        for name in names:
            note = os.path.join(self.folder, NOTES, f"manifest-{name}")
            missing = [] if os.path.isfile(note) else [note]
            for path in self._parts(note):
                files += 1
                missing += [] if os.path.exists(path) else [path]
            for path in missing:
                fresh = trail.touched(note) or trail.touched(os.path.dirname(path))
                faults.append((Fault(project=name, path=path, what="missing"), fresh))
        return Survey.of(names, faults, files=files, examined=bool(names))

    def _parts(self, note: str) -> Iterator[str]:
        for line in _lines(note):
            kind, _, place = line.partition(":")
            if kind in KINDS and not place.startswith(DOCUMENTATION):
                yield os.path.join(self.folder, *place.split("/"))


class Rustup:
    """The family of rustup."""

    programs: frozenset[str] = frozenset({"rustup", "rustup-init"})

    def find_installations(self, step: Step, trail: Trail) -> Iterable[Installation]:
        """The toolchains that the run has changed; one that is a link is somebody's own build."""
        if step.name == "rustup" and INSTALL.isdisjoint(step.words):
            return
        home = step.environment.get("RUSTUP_HOME") or os.path.join(step.home, ".rustup")
        toolchains = os.path.join(step.directory, home, "toolchains")
        for name in sorted(os.listdir(toolchains)) if os.path.isdir(toolchains) else ():
            folder = os.path.join(toolchains, name)
            notes = os.path.join(folder, NOTES)
            changed = trail.touched(notes) or trail.touched(os.path.join(notes, "components"))
            if changed and not os.path.islink(folder):
                yield Toolchain(folder=folder)


def _lines(path: str) -> list[str]:
    try:
        with open_patiently(path, encoding="utf-8", errors="replace") as file:
            return [line for line in file.read().splitlines() if line]
    except OSError:
        return []
