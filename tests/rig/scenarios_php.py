"""The installation by Composer that the sweep disturbs, from little archives beside it."""

import io
import json
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.few_programs import BarePlace
from rig.scenarios import Place, Scenario, absent

PROGRAMS = ("php", "sh", "env", "uname", "unzip", "which", "stty")
PACKAGES = {"riga": 4, "rigb": 3}
VERSIONS = ("1.0.0", "2.0.0")
PROGRAM = """\
#!/usr/bin/env php
<?php
require $GLOBALS['_composer_autoload_path'] ?? __DIR__ . '/../../../autoload.php';
echo 'riga ', Riga\\M0::SAID, ' rigb ', Rigb\\M0::SAID, PHP_EOL;
"""
CLASS = "<?php\nnamespace {space};\nclass M{number} {{ const SAID = '{version}'; }}\n"


class PhpPlace(BarePlace):
    """A project of PHP with its own home and cache, and the archives of its packages."""

    NAMES = PROGRAMS

    def variables(self) -> dict[str, str]:
        return {
            **super().variables(),
            "COMPOSER_HOME": str(self.state / "home" / "composer"),
            "COMPOSER_CACHE_DIR": str(self.state / "cache-composer"),
            "COMPOSER_ALLOW_SUPERUSER": "1",
            "COMPOSER_NO_INTERACTION": "1",
            "COMPOSER_DISABLE_NETWORK": "1",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PhpScenario(Scenario):
    """One command of Composer."""

    @property
    def installable(self) -> bool:
        """PHP is on few machines, and large: the rows run where it is."""
        return False

    def lacking(self) -> str | None:
        return absent(("php", "composer"))

    def place(self, root: Path, wheels: Path) -> PhpPlace:
        return PhpPlace(root, wheels)

    def real(self, place: Place) -> list[str | Path]:
        return [Path(shutil.which(name) or name).resolve() for name in ("php", "composer")]


def _archive(folder: Path, name: str, version: str) -> Path:
    """What a registry would hand out for one version of a package."""
    space = name.capitalize()
    files = {"composer.json": json.dumps({"name": f"inner/{name}"})}
    for number in range(PACKAGES[name]):
        files[f"src/M{number}.php"] = CLASS.format(space=space, number=number, version=version)
    if version == VERSIONS[0]:
        files["src/Legacy.php"] = f"<?php\nnamespace {space};\nclass Legacy {{}}\n"
    if name == "riga":
        files["bin/riga"] = PROGRAM
    path = folder / f"{name}-{version}.tar"
    with tarfile.open(path, "w") as archive:
        for inside, text in files.items():
            member = tarfile.TarInfo(f"{name}/{inside}")
            member.size = len(text.encode())
            member.mode = 0o755 if inside.startswith("bin/") else 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def _manifest(place: Place, version: str) -> None:
    archives = place.root / "archives"
    archives.mkdir(exist_ok=True)
    packages = [
        {
            "name": f"inner/{name}",
            "version": each,
            "dist": {"type": "tar", "url": str(_archive(archives, name, each))},
            "autoload": {"psr-4": {f"{name.capitalize()}\\": "src/"}},
            "bin": ["bin/riga"] if name == "riga" else [],
        }
        for name in PACKAGES
        for each in VERSIONS
    ]
    content = {
        "name": "inner/demo",
        "config": {"autoloader-suffix": "Demo"},
        "require": {f"inner/{name}": version for name in PACKAGES},
        "repositories": [{"packagist.org": False}, {"type": "package", "package": packages}],
    }
    (place.project / "composer.json").write_text(json.dumps(content), "utf-8")


def _fresh(place: Place) -> None:
    _manifest(place, "2.0.0")
    place.run(*_row("", _fresh).real(place), "update", "--no-install")


def _over_old(place: Place) -> None:
    """Version 1.0.0 is installed; the lock file asks for 2.0.0, as after a `git pull`."""
    _manifest(place, "1.0.0")
    place.run(*_row("", _fresh).real(place), "update")
    _fresh(place)


def _row(name: str, beginning: Callable[[Place], None]) -> PhpScenario:
    return PhpScenario(
        name=name,
        tool="composer",
        arguments=("install", "--no-progress"),
        prepare=beginning,
        trees=("project",),
        program="project/vendor/bin/riga",
        expected="riga 2.0.0 rigb 2.0.0",
    )


SCENARIOS: Sequence[PhpScenario] = (
    _row("composer install", _fresh),
    _row("composer install (1.0 to 2.0)", _over_old),
)
