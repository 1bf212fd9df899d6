"""A `node_modules` as npm writes it, broken in one place: what is found, what is taken away, what is left."""

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ci_guard.recover.beginning import Beginning
from ci_guard.recover.families.npm import NodeModules, Npm, PutsBack
from ci_guard.recover.family import Step, Trail
from rig.npm_registry import Package
from unit.recover.drive import mended

posix = pytest.mark.skipif(os.name == "nt", reason="npm writes command files instead of links on Windows")
SMALL = {"riga": ("1.0.0", {"riga": "bin/riga.js"}), "@inner/rigb": ("2.0.0", {}), "rigc": ("3.0.0", {})}


@dataclass
class Project:
    """A project whose packages are installed, with a cache that has their tarballs."""

    root: Path

    @property
    def modules(self) -> Path:
        return self.root / "node_modules"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def environment(self) -> dict[str, str]:
        return {"npm_config_cache": str(self.cache), "HOME": str(self.root)}

    def install(self) -> "Project":
        entries = {}
        for name, (version, programs) in SMALL.items():
            entries[f"node_modules/{name}"] = self._package(name, version, programs)
        self.note.write_text(json.dumps({"lockfileVersion": 3, "packages": entries}), "utf-8")
        (self.root / "package.json").write_text('{"name": "demo"}', "utf-8")
        return self

    @property
    def note(self) -> Path:
        return self.modules / ".package-lock.json"

    def _package(self, name: str, version: str, programs: dict[str, str]) -> dict[str, object]:
        files = {"index.js": "1;\n", "lib/deep/a.js": "2;\n", **dict.fromkeys(programs.values(), "#!node\n")}
        package = Package(name=name, version=version, files=files, bin=programs)
        folder = self.modules / name
        for path, text in {"package.json": json.dumps(package.manifest(), indent=2), **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8", newline="\n")
        for program, path in programs.items():
            link = self.modules / ".bin" / program
            link.parent.mkdir(exist_ok=True)
            (folder / path).chmod(0o755)
            if os.name == "nt":
                for suffix in ("", ".cmd", ".ps1"):
                    link.with_name(program + suffix).write_text("shim", "utf-8")
            else:
                link.symlink_to(Path("..", name, path))
        tarball = package.tarball()
        digest = hashlib.sha512(tarball).digest()
        stored = self.cache / "_cacache" / "content-v2" / "sha512" / digest.hex()[:2] / digest.hex()[2:4]
        stored.mkdir(parents=True)
        (stored / digest.hex()[4:]).write_bytes(tarball)
        integrity = f"sha512-{base64.b64encode(digest).decode()}"
        return {"version": version, "integrity": integrity, "bin": programs}

    def log(self, *lines: str) -> None:
        (self.cache / "_logs").mkdir(exist_ok=True)
        (self.cache / "_logs" / "2024-01-01T00_00_00_000Z-debug-0.log").write_text("\n".join(lines), "utf-8")

    def installation(self, *words: str) -> NodeModules:
        step = Step(
            name="npm",
            program="/usr/bin/npm",
            words=words or ("install",),
            environment=self.environment,
            directory=str(self.root),
        )
        (found,) = Npm().find_installations(step, trail())
        assert isinstance(found, NodeModules)
        return found


def trail(**more: object) -> Trail:
    return replace(Trail(beginning=Beginning(0.0, 0.0)), **more)  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project").install()


def test_a_whole_tree_has_no_fault(project: Project) -> None:
    found = project.installation().verify(trail())

    assert (found.faults, found.warnings) == ((), ())
    assert (found.examined, found.packages, found.files) == (True, 3, 10)
    assert found.there == set(SMALL)


def _without_bin(project: Project) -> None:
    shutil.rmtree(project.modules / ".bin")


def _cut_off(project: Project) -> None:
    (project.modules / "riga" / "package.json").write_text('{"name": "ri', "utf-8")


def _older(project: Project) -> None:
    (project.modules / "rigc" / "package.json").write_text('{"version": "2.9.0"}', "utf-8")


@pytest.mark.parametrize(
    ("harm", "package", "path", "what"),
    [
        (lambda p: (p.modules / "riga/lib/deep/a.js").unlink(), "riga", "riga/lib/deep/a.js", "missing"),
        (lambda p: (p.modules / "rigc/index.js").write_bytes(b""), "rigc", "rigc/index.js", "empty"),
        (lambda p: shutil.rmtree(p.modules / "@inner/rigb"), "@inner/rigb", "@inner/rigb", "missing"),
        (lambda p: shutil.rmtree(p.modules / "rigc/lib"), "rigc", "rigc/lib/deep/a.js", "missing"),
        (_cut_off, "riga", "riga/package.json", "cut off"),
        (_older, "rigc", "rigc/package.json", "of version 2.9.0 instead of 3.0.0"),
        (lambda p: (p.modules / "riga/bin/riga.js").unlink(), "riga", "riga/bin/riga.js", "missing"),
        pytest.param(_without_bin, "riga", ".bin/riga", "missing"),
        pytest.param(
            lambda p: (p.modules / "riga/bin/riga.js").chmod(0o644),
            "riga",
            ".bin/riga",
            "not executable",
            marks=posix,
        ),
    ],
)
def test_each_thing_that_is_missing_is_found_and_only_its_package_is_taken_away(
    project: Project, harm: Callable[[Project], None], package: str, path: str, what: str
) -> None:
    harm(project)
    installation = project.installation()

    fault = installation.verify(trail()).faults[0]
    mending = mended(installation, trail())

    assert (fault.project, fault.what) == (package, what)
    assert fault.path == str(project.modules.joinpath(*path.split("/")))
    assert [repair.project for repair in mending.repairs] in ([package], [])  # nothing is there to take away
    assert [owed.project for owed in mending.owed] == [repair.project for repair in mending.repairs]
    assert not (project.modules / package).exists()
    assert not project.note.exists()
    assert all((project.modules / name).exists() for name in SMALL if name != package)


def test_what_npm_could_not_write_is_known_from_its_log_without_a_cache(project: Project) -> None:
    shutil.rmtree(project.cache)
    project.cache.mkdir()
    lost = project.modules / "riga" / "lib" / "deep" / "a.js"
    lost.unlink()
    assert project.installation().verify(trail()).faults == ()

    project.log(f"18 warn tar TAR_ENTRY_ERROR EACCES: permission denied, open '{lost}'")

    (fault,) = project.installation().verify(trail()).faults
    assert (fault.project, fault.what) == ("riga", "missing")


def test_a_file_of_the_log_that_is_there_again_is_no_fault(project: Project) -> None:
    there = project.modules / "riga" / "lib" / "deep" / "a.js"
    project.log(f"18 warn tar TAR_ENTRY_ERROR EACCES: permission denied, open '{there}'")

    assert project.installation().verify(trail()).faults == ()


def test_a_path_of_the_log_outside_of_the_packages_is_nobodys(project: Project) -> None:
    project.log("18 warn tar TAR_ENTRY_ERROR EACCES: permission denied, open '/etc/nothing/here'")

    assert mended(project.installation(), trail()).repairs == ()


def test_scripts_of_a_package_may_change_and_remove_its_files(project: Project) -> None:
    content = json.loads(project.note.read_text("utf-8"))
    content["packages"]["node_modules/riga"]["hasInstallScript"] = True
    project.note.write_text(json.dumps(content), "utf-8")
    (project.modules / "riga" / "lib" / "deep" / "a.js").unlink()
    (project.modules / "rigc" / "index.js").write_text("// patched, and longer than before\n" * 50, "utf-8")

    found = project.installation().verify(trail())

    assert found.faults == ()
    assert [warning.what for warning in found.warnings] == ["missing"]


class _Untouched(Beginning):
    def touched(self, path: str) -> bool:
        return False


def test_what_was_so_before_the_run_is_a_warning_and_stays(project: Project) -> None:
    _cut_off(project)
    before = Trail(beginning=_Untouched(0.0, 0.0))

    found = project.installation().verify(before)

    assert (found.faults, len(found.warnings)) == ((), 1)
    assert mended(project.installation(), before).repairs == ()
    assert project.note.exists()


def test_npm_ci_removes_everything_by_itself(project: Project) -> None:
    _cut_off(project)

    assert mended(project.installation("ci"), trail()).repairs == ()
    assert project.installation("ci").verify(trail()).faults


def test_links_that_nobody_wants_are_not_missed(project: Project) -> None:
    _without_bin(project)

    assert project.installation("install", "--no-bin-links").verify(trail()).faults == ()


def test_a_package_that_npm_no_longer_wants_is_not_owed(project: Project) -> None:
    found = project.installation().verify(trail(repaired=frozenset({"formerly"})))

    assert "formerly" in found.there


@pytest.mark.parametrize(
    ("words", "below", "puts_back"),
    [
        ("ci", "", PutsBack.EVERYTHING),
        ("clean-install --silent", "", PutsBack.EVERYTHING),
        ("i", "", PutsBack.PACKAGES),
        ("--loglevel error install rigx", "", PutsBack.PACKAGES),
        ("--prefix web ci", "web", PutsBack.EVERYTHING),
        ("ci --prefix=web", "web", PutsBack.EVERYTHING),
        ("update", "", PutsBack.PACKAGES),
    ],
)
def test_where_npm_installs(project: Project, words: str, below: str, puts_back: PutsBack) -> None:
    (project.root / "web").mkdir()
    (project.root / "web" / "package.json").write_text("{}", "utf-8")

    found = project.installation(*words.split())

    assert Path(found.root) == project.root / below
    assert found.puts_back is puts_back


@pytest.mark.parametrize("words", ["run build", "test", "publish", "--version", "", "view riga", "audit"])
def test_what_installs_nothing_has_nothing_to_look_at(project: Project, words: str) -> None:
    step = Step(
        name="npm",
        program="npm",
        words=tuple(words.split()),
        environment=project.environment,
        directory=str(project.root),
    )

    assert list(Npm().find_installations(step, trail())) == []


def test_a_member_of_a_workspace_is_installed_into_the_root_of_it(project: Project) -> None:
    (project.root / "package.json").write_text('{"workspaces": ["packages/*"]}', "utf-8")
    member = project.root / "packages" / "a"
    member.mkdir(parents=True)
    (member / "package.json").write_text("{}", "utf-8")
    step = Step(
        name="npm",
        program="npm",
        words=("ci",),
        environment=project.environment,
        directory=str(member),
    )

    folders = [found.folder for found in Npm().find_installations(step, trail())]

    assert folders == [str(member / "node_modules"), str(project.modules)]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("--yes riga@2.0.0", "124eb8eeb7cd3128"),  # as npm 11 named it
        ("-y -p riga@2.0.0 riga --flag", "124eb8eeb7cd3128"),
        ("--package=riga@2.0.0 -- riga", "124eb8eeb7cd3128"),
        ("--yes -- riga@2.0.0 first second", "124eb8eeb7cd3128"),
    ],
)
def test_the_folder_of_npx_is_that_of_its_packages_and_is_removed_whole(
    project: Project, words: str, name: str
) -> None:
    for each in (name, "0123456789abcdef"):
        (project.cache / "_npx" / each / "node_modules").mkdir(parents=True)
    step = Step(
        name="npx",
        program="npx",
        words=tuple(words.split()),
        environment=project.environment,
        directory=str(project.root),
    )

    (found,) = Npm().find_installations(step, trail())
    mending = mended(found, trail())

    assert [repair.target for repair in mending.repairs] == [str(project.cache / "_npx" / name)]
    assert [path.name for path in (project.cache / "_npx").iterdir()] == ["0123456789abcdef"]
