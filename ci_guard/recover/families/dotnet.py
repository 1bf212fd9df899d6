"""NuGet and .NET tools: every package that a restore has noted, and the commands of an installed tool.

`obj/project.assets.json` names the folders of packages and what the project takes from them. NuGet writes
`.nupkg.metadata` last of all: a package's folder without it is unfinished. A tool lies in `.store` beside its
shims, and `DotnetToolSettings.xml` names its commands. Both tools put back what is missing, and nobody says
what else, so nothing is taken away. Neither is run in this project's tests: they are laid out as documented.
Source: learn.microsoft.com, "Troubleshooting Installed Packages", "dotnet tool install"; NuGet's wiki, "Nupkg
Metadata File"; the .NET SDK's ToolPackageStoreAndQuery.cs.
"""

import glob
import os
import xml.etree.ElementTree
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Fault
from ci_guard.recover.family import Installation, Step, Survey, Surveyed, Trail
from ci_guard.recover.json_object import json_object
from ci_guard.recover.python.target import option

FINISHED = ".nupkg.metadata"
ASSETS = "project.assets.json"
SETTINGS = "DotnetToolSettings.xml"
RESTORES = frozenset({"restore", "build", "publish", "test", "pack", "run", "add", "msbuild"})
# of `dotnet tool install`; what follows any other option may be its value
WITHOUT_VALUE = frozenset(
    {"-g", "--global", "--no-cache", "--prerelease", "--disable-parallel", "--ignore-failed-sources"}
    | {"--interactive", "--allow-downgrade", "--allow-roll-forward", "--no-http-cache"}
)
PROJECTS = (".csproj", ".fsproj", ".vbproj", ".proj", ".sln", ".slnx", ".slnf")
DEPTH = 5  # folders below that of a solution
FOLDERS = 2000  # looked into in all
SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", "bin", ".venv", "packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Surveyed):
    """The packages of the projects below a folder."""

    folder: str

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of packages that the projects name."""
        return tuple(
            dict.fromkeys(
                place for note in _assets(self.folder) for place in _places(json_object(note) or {})
            )
        )

    def survey(self, trail: Trail) -> Survey:
        """Look for the mark of each package that NuGet has finished it."""
        found: dict[str, str] = {}
        faults: list[tuple[Fault, bool]] = []
        for note in _assets(self.folder):
            for name, path in _packages(json_object(note) or {}):
                mark = os.path.join(path, FINISHED)
                if path not in found and not os.path.isfile(mark):
                    # what a project once restored may be gone for good reasons
                    fresh = trail.touched(path) or trail.touched(note)
                    faults.append((Fault(project=name, path=mark, what="missing"), fresh))
                found[path] = name
        return Survey.of(found.values(), faults, examined=bool(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Surveyed):
    """One .NET tool, installed for the user or into a folder."""

    folder: str  # the tool's own in `.store`
    shims: str
    name: str

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that are written to."""
        return tuple(each for each in (self.shims, self.folder) if os.path.isdir(each))

    def survey(self, trail: Trail) -> Survey:
        """Look for the package, its commands, and a shim for each."""
        place = glob.escape(self.folder)
        settings = sorted(glob.glob(os.path.join(place, "*", "*", "*", "tools", "*", "*", SETTINGS)))
        faults = tuple(dict.fromkeys(fault for each in settings for fault in self._commands(each)))
        if not settings:
            faults = (Fault(project=self.name, path=self.folder, what=f"has no {SETTINGS}"),)
        fresh = trail.touched(self.shims) or trail.touched(self.folder) or not os.path.isdir(self.folder)
        return Survey.of({self.name}, ((fault, fresh) for fault in faults), files=len(settings))

    def _commands(self, settings: str) -> Iterator[Fault]:
        try:
            commands = xml.etree.ElementTree.parse(settings).getroot().findall("./Commands/Command")
        except (OSError, xml.etree.ElementTree.ParseError):
            yield Fault(project=self.name, path=settings, what="cut off")
            return
        for command in commands:
            entry, shim = command.get("EntryPoint"), os.path.join(self.shims, command.get("Name") or "")
            program = os.path.join(os.path.dirname(settings), *(entry or ".").split("/"))
            shim += ".exe" if os.name == "nt" else ""
            yield from (
                Fault(project=self.name, path=path, what="missing")
                for path in (program, shim)
                if not os.path.exists(path)
            )


class Dotnet:
    """The family of dotnet."""

    programs: frozenset[str] = frozenset({"dotnet"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The projects of a restore, or the tool that the line names."""
        if step.words[:1] == ("tool",):
            yield from _tool(step, [*step.words[1:]])
        elif step.words and step.words[0] in RESTORES:
            named = [word for word in step.words[1:] if word.lower().endswith(PROJECTS)]
            places = [os.path.dirname(word) for word in named] or [""]
            for place in dict.fromkeys(places):
                yield Restored(folder=os.path.normpath(os.path.join(step.directory, place)))


def _tool(step: Step, words: list[str]) -> Iterator[Installation]:
    """The tool of `dotnet tool install NAME`, where it is not one of a project's own manifest."""
    if len(words) < 2 or words[0] not in ("install", "update"):
        return
    home = step.environment.get("DOTNET_CLI_HOME") or step.home
    shims = option(words, "--tool-path")
    if shims is None and {"-g", "--global"}.isdisjoint(words):
        return
    shims = os.path.join(step.directory, shims or os.path.join(home, ".dotnet", "tools"))
    names = [
        word
        for before, word in pairwise(words)
        if not word.startswith("-")
        and (not before.startswith("-") or "=" in before or before in WITHOUT_VALUE)
    ]
    for name in names[:1]:
        project = name.partition("@")[0].lower()
        folder = os.path.join(shims, ".store", project)
        if step.alone or os.path.isdir(folder):  # a later command of the line may have uninstalled it
            yield Tool(folder=folder, shims=shims, name=project)


def _assets(root: str) -> Iterator[str]:
    """The notes of the restored projects below a folder."""
    for looked, (folder, below, names) in enumerate(os.walk(root)):
        deep = os.path.relpath(folder, root).count(os.sep) >= DEPTH
        below[:] = [] if deep or looked > FOLDERS else sorted({*below} - SKIPPED)
        if ASSETS in names:
            yield os.path.join(folder, ASSETS)


def _places(assets: Mapping[str, Any]) -> list[str]:
    """The folders of packages: the one that is written to, then the fallback folders."""
    found = assets.get("packageFolders")
    return [os.path.normpath(place) for place in found] if isinstance(found, dict) else []


def _packages(assets: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each package with its folder, but for those in a fallback folder: they are marked otherwise."""
    libraries, places = assets.get("libraries"), _places(assets)
    for name, library in libraries.items() if isinstance(libraries, dict) and places else ():
        path = library.get("path") if isinstance(library, dict) else None
        if isinstance(path, str) and library.get("type") == "package":
            own, *fallbacks = (os.path.join(place, *path.split("/")) for place in places)
            if os.path.isdir(own) or not any(map(os.path.isdir, fallbacks)):
                yield name.partition("/")[0].lower(), own
