"""Composer: every package of `vendor/composer/installed.json` there, with a proxy for each of its programs.

A plain second run writes again what is missing, so nothing is taken away.
Source: Composer's manual, "Vendor binaries" and "composer.json: config"; InstalledFilesystemRepository.php.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Fault
from ci_guard.recover.family import Installation, Step, Survey, Surveyed, Trail
from ci_guard.recover.json_object import json_object

INSTALL = frozenset({"install", "i", "update", "u", "upgrade", "require", "r", "remove", "rm", "reinstall"})
VALUE_OPTIONS = frozenset({"-d", "--working-dir"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor(Surveyed):
    """The folder that Composer installs into."""

    folder: str
    programs: str  # the folder of the programs' proxies

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that Composer writes to."""
        return tuple(each for each in (self.folder, self.programs) if os.path.isdir(each))

    def survey(self, trail: Trail) -> Survey:
        """Compare what is there with what Composer has noted."""
        note = os.path.join(self.folder, "composer", "installed.json")
        packages = (json_object(note) or {}).get("packages")
        if not isinstance(packages, list):
            there = os.path.exists(note)
            fault = Fault(project=None, path=note, what="cut off")
            return Survey(examined=there, faults=(fault,) if there and trail.touched(note) else ())
        names = {str(each.get("name")) for each in packages if isinstance(each, dict)}
        faults = tuple(fault for each in packages if isinstance(each, dict) for fault in self._package(each))
        loader = os.path.join(self.folder, "autoload.php")
        if not os.path.isfile(loader):
            faults = (*faults, Fault(project=None, path=loader, what="missing"))
        fresh = trail.touched(note) or trail.touched(self.folder)
        return Survey.of(names, ((fault, fresh) for fault in faults))

    def _package(self, package: Mapping[str, Any]) -> Iterator[Fault]:
        name, place = str(package.get("name")), package.get("install-path")
        if not isinstance(place, str):  # a metapackage has no files
            return
        folder = os.path.normpath(os.path.join(self.folder, "composer", place))
        if not os.path.isdir(folder) or not os.listdir(folder):
            yield Fault(project=name, path=folder, what="missing")
            return
        programs = package.get("bin")
        for file in programs if isinstance(programs, list) else ():
            proxy = os.path.join(self.programs, os.path.basename(str(file)))
            if os.path.exists(os.path.join(folder, *str(file).split("/"))) and not os.path.exists(proxy):
                yield Fault(project=name, path=proxy, what="missing")


class Composer:
    """The family of Composer."""

    programs: frozenset[str] = frozenset({"composer"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The `vendor` folder of the project."""
        directory, words = _command(step)
        if not words or words[0] not in INSTALL:
            return
        manifest = step.environment.get("COMPOSER") or "composer.json"
        configured = (json_object(os.path.join(directory, manifest)) or {}).get("config")
        config = configured if isinstance(configured, dict) else {}
        vendor = step.environment.get("COMPOSER_VENDOR_DIR") or str(config.get("vendor-dir") or "vendor")
        folder = os.path.join(directory, vendor)
        programs = step.environment.get("COMPOSER_BIN_DIR") or config.get("bin-dir")
        place = os.path.join(directory, str(programs)) if programs else os.path.join(folder, "bin")
        yield Vendor(folder=os.path.normpath(folder), programs=os.path.normpath(place))


def _command(step: Step) -> tuple[str, list[str]]:
    """Where Composer works, and its words without options."""
    directory, words = step.directory, []
    left = iter(step.words)
    for word in left:
        if word in VALUE_OPTIONS:
            directory = os.path.join(directory, next(left, ""))
        elif word.startswith("--working-dir="):
            directory = os.path.join(directory, word.partition("=")[2])
        elif not word.startswith("-"):
            words.append(word)
    return directory, words
