"""Looks at the machine; nothing here needs elevation, and nothing is changed."""

import getpass
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from ci_guard.agent.folder import state_folder
from ci_guard.agent.memory import Memory
from ci_guard.diagnose.versions import has_end, holds
from ci_guard.doctor.findings import Machine, Place
from ci_guard.knowledge.load import load_knowledge
from ci_guard.machine.product_versions import security_center
from ci_guard.machine.products import defender_exclusions, fanotify_users, present, programs
from ci_guard.machine.volumes import volume_of
from ci_guard.model.knowledge import Knowledge, Releases
from ci_guard.model.memory import Healed
from ci_guard.policy.find import find

LOCAL_SYSTEM = ("system", "localsystem")
TOOLS = ("uv", "pip", "npm", "pnpm", "node", "cargo", "git")
PATIENCE = 10.0  # seconds for a tool to tell its version
# the variable that moves it, and where it is without; told where it is there
CACHES = (
    ("cache of uv", "UV_CACHE_DIR", ("LOCALAPPDATA", r"uv\cache"), ("HOME", ".cache/uv")),
    ("cache of pip", "PIP_CACHE_DIR", ("LOCALAPPDATA", r"pip\cache"), ("HOME", ".cache/pip")),
    ("cache of npm", "npm_config_cache", ("LOCALAPPDATA", "npm-cache"), ("HOME", ".npm")),
    ("home of cargo", "CARGO_HOME", ("USERPROFILE", ".cargo"), ("HOME", ".cargo")),
    ("home of rustup", "RUSTUP_HOME", ("USERPROFILE", ".rustup"), ("HOME", ".rustup")),
    ("store of pnpm", "PNPM_HOME", ("LOCALAPPDATA", "pnpm"), ("HOME", ".local/share/pnpm")),
    ("cache of Yarn", "YARN_CACHE_FOLDER", ("LOCALAPPDATA", r"Yarn\Cache"), ("HOME", ".cache/yarn")),
    ("packages of NuGet", "NUGET_PACKAGES", ("USERPROFILE", r".nuget\packages"), ("HOME", ".nuget/packages")),
    ("home of Gradle", "GRADLE_USER_HOME", ("USERPROFILE", ".gradle"), ("HOME", ".gradle")),
    (
        "repository of Maven",
        "MAVEN_REPO_LOCAL",
        ("USERPROFILE", r".m2\repository"),
        ("HOME", ".m2/repository"),
    ),
    ("cache of Go", "GOCACHE", ("LOCALAPPDATA", "go-build"), ("HOME", ".cache/go-build")),
    ("modules of Go", "GOMODCACHE", ("USERPROFILE", r"go\pkg\mod"), ("HOME", "go/pkg/mod")),
    ("home of Conan", "CONAN_HOME", ("USERPROFILE", ".conan2"), ("HOME", ".conan2")),
    (
        "cache of vcpkg",
        "VCPKG_DEFAULT_BINARY_CACHE",
        ("LOCALAPPDATA", r"vcpkg\archives"),
        ("HOME", ".cache/vcpkg"),
    ),
    ("cache of Composer", "COMPOSER_CACHE_DIR", ("LOCALAPPDATA", "Composer"), ("HOME", ".cache/composer")),
    ("cache of pub", "PUB_CACHE", ("LOCALAPPDATA", r"Pub\Cache"), ("HOME", ".pub-cache")),
    ("cache of Electron", "ELECTRON_CACHE", ("LOCALAPPDATA", r"electron\Cache"), ("HOME", ".cache/electron")),
)


def look(environ: Mapping[str, str], directory: str) -> Machine:
    """All that can be seen from here."""
    knowledge = load_knowledge()
    running = programs()
    watchers, hidden = fanotify_users()
    exclusions = defender_exclusions()
    user = _user()
    tools = list(_tools(knowledge))
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.version()}".strip(),
        user=user,
        elevated=_elevated(),
        local_system=os.name == "nt" and user.lower().rstrip("$") in LOCAL_SYSTEM,
        long_paths=_long_paths(),
        products=tuple(present(knowledge.products, running)),
        fanotify=tuple(watchers),
        hidden=hidden,
        exclusions=tuple(exclusions) if exclusions is not None else None,
        places=tuple(places(environ, directory)),
        tools=tuple((name, version, _told(wrong)) for name, version, wrong, _ in tools),
        policy_file=find(directory),
        habits=tuple((name, _told(always)) for name, _, _, always in tools if always),
        registered=security_center(),
        remembered=_remembered(environ),
    )


def places(environ: Mapping[str, str], directory: str) -> Iterator[Place]:
    """The folders into which tools write."""
    found = {"workspace": directory, "temporary files": tempfile.gettempdir()}
    if environ.get("VIRTUAL_ENV"):
        found["virtual environment"] = environ["VIRTUAL_ENV"]
    for name, variable, windows, posix in CACHES:
        base, rest = windows if os.name == "nt" else posix
        default = os.path.join(environ[base], rest) if environ.get(base) else None
        path = environ.get(variable) or default
        if path and (environ.get(variable) or os.path.isdir(path)):
            found[name] = path
    for name, path in found.items():
        yield Place(name=name, path=path, volume=volume_of(path))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "an account without a name"


def _elevated() -> bool:
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0


def _long_paths() -> bool | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        key = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as system:
            return bool(winreg.QueryValueEx(system, "LongPathsEnabled")[0])
    except OSError:
        return False


def _remembered(environ: Mapping[str, str]) -> tuple[Healed, ...]:
    folder = state_folder(environ)
    return Memory(folder).all() if folder is not None else ()


def _told(releases: Sequence[Releases]) -> str:
    return "; ".join(f"{each.says} ({each.reference})" for each in releases)


def _tools(knowledge: Knowledge) -> Iterator[tuple[str, str, list[Releases], list[Releases]]]:
    """Name, version, what a newer one would cure, what is so in every newer one, too."""
    for name in TOOLS:
        program = shutil.which(name)
        if program is None:
            continue
        try:
            told = subprocess.run(
                [program, "--version"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE,
                text=True,
                errors="replace",
            ).stdout
        except (OSError, subprocess.TimeoutExpired):
            continue
        words = told.split()
        version = next((word.lstrip("v") for word in words if word.lstrip("v")[:1].isdigit()), "unknown")
        known = next((tool.releases for tool in knowledge.tools if tool.name == name), ())
        mine = [each for each in known if holds(each.versions, version)]
        wrong = [each for each in mine if has_end(each.versions)]
        yield name, f"{version} ({program})", wrong, [each for each in mine if each not in wrong]
