"""The projects that an `install` names on its command line, and whether they are where it installs.

Names count, with extras and versions (`httpx[cli]>=0.27`): what has a marker or an address may mean something
else, or nothing on this machine. A word after an option that is not known to take no value is passed over.
Source: pip's manual, `pip install`; uv's, "uv pip install".
"""

import os
from collections.abc import Iterable, Mapping, Sequence

from ci_guard.expression import expression
from ci_guard.recover.python.interpreter import installed
from ci_guard.recover.python.project_name import ProjectName, normalised
from ci_guard.recover.python.target import Target, TargetKind

# a name with its extras and versions, and without a marker (`;`) or an address (`@`)
WANTED = expression(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"(?:\[[\w.,\s-]*\])?(?:\s*(?:===?|[~!<>]=|[<>])[^;@]+)?"
)
FILES = (".whl", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txt", ".toml", ".in", ".py", ".lock")
# what has them installs nothing, or for another machine or root
NOT_HERE = frozenset({"--dry-run", "--root", "--prefix", "--help", "-h", "--version", "-V"})
NOT_HERE_VARIABLES = frozenset({"PIP_ROOT", "PIP_PREFIX", "PIP_DRY_RUN"})
WITHOUT_VALUE = frozenset({
    "--", "-U", "--upgrade", "-q", "-qq", "-v", "-vv", "--quiet", "--verbose", "--user", "--no-cache-dir",
    "--no-cache", "-n", "--no-deps", "--pre", "--force-reinstall", "-I", "--ignore-installed", "--no-input",
    "--no-index", "--disable-pip-version-check", "--system", "--break-system-packages", "--compile",
    "--no-compile", "--no-build-isolation", "--require-virtualenv", "--isolated", "--prefer-binary",
    "--no-warn-script-location", "--no-warn-conflicts", "--reinstall", "--refresh", "--strict", "--exact",
    "--native-tls", "--offline", "--no-progress", "--no-color", "--compile-bytecode", "--no-build",
    "--no-config",
})  # fmt: skip
PYTHONS = ("bin/python", "bin/python3", "Scripts/python.exe", "bin/python.exe", "python.exe")


def asked(words: Sequence[str], environment: Mapping[str, str]) -> frozenset[ProjectName]:
    """The projects that the words after `install` name plainly; none where they are not to be found here."""
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    if not NOT_HERE.isdisjoint(options) or not NOT_HERE_VARIABLES.isdisjoint(environment):
        return frozenset()
    before = ("--", *words)
    found = (
        _wanted(word)
        for previous, word in zip(before, words, strict=False)
        if not word.startswith("-") and _takes_no_value(previous)
    )
    return frozenset(name for name in found if name is not None)


def absent(
    target: Target, names: Iterable[ProjectName], environment: Mapping[str, str]
) -> frozenset[ProjectName]:
    """Those of the names that the environment's own interpreter cannot find either, wherever it looks.

    What lies outside of the environment satisfies an installer, too: a distribution's own packages, say. An
    interpreter that belongs to another environment is none: half an environment leads to its base Python.
    """
    left = frozenset(names)
    if not left or target.kind is TargetKind.DIRECTORY:
        return left
    programs = (os.path.join(target.prefix, *program.split("/")) for program in PYTHONS)
    program = next((each for each in programs if os.path.exists(each)), None)
    found = installed([program], environment, left) if program is not None else None
    if found is None:
        return left if target.kind is TargetKind.ENVIRONMENT else frozenset()
    if os.path.realpath(found.prefix) != os.path.realpath(target.prefix):
        return left
    if target.kind is TargetKind.INTERPRETER and not _same(found.site, target.site):
        return frozenset()  # another version with the same prefix, `/usr`: it cannot answer
    return left - {normalised(name) for name in found.names}


def _takes_no_value(word: str) -> bool:
    return not word.startswith("-") or "=" in word or word in WITHOUT_VALUE


def _wanted(word: str) -> ProjectName | None:
    found = WANTED.fullmatch(word)
    return None if found is None or word.lower().endswith(FILES) else normalised(found["name"])


def _same(site: str, sites: Iterable[str]) -> bool:
    return os.path.realpath(site) in {os.path.realpath(each) for each in sites}
