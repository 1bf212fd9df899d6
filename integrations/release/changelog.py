"""The changelog of a release, made of fragments: a file `changelog.d/NAME.KIND.md` for each change.

`python integrations/release/changelog.py 1.2.0 2026-12-01` moves what stands under Unreleased and in the
fragments below a heading of that version; `--notes 1.2.0` prints that part, for the release's page.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
UNRELEASED = "## [Unreleased]\n"
_VERSION = re.compile(r"^## \[([^\]]+)\].*$", re.MULTILINE)
_KIND = re.compile(r"^### (\w+)$", re.MULTILINE)


def released(text: str, fragments: dict[str, str], version: str, day: str) -> str:
    """The changelog with all that is not released under a heading of its own.

    `fragments`: by file name. Raises ValueError for a kind that is none, or a version that is there.
    """
    if version in _VERSION.findall(text):
        raise ValueError(f"{version} is in the changelog already")
    head, found, rest = text.partition(UNRELEASED)
    if not found:
        raise ValueError(f"there is no `{UNRELEASED.strip()}`")
    following = _VERSION.search(rest)
    own, others = (rest[: following.start()], rest[following.start() :]) if following else (rest, "")
    parts = _sections(own)
    for name, fragment in sorted(fragments.items()):
        kind = name.split(".")[-2].capitalize() if name.count(".") > 1 else ""
        if kind not in KINDS:
            raise ValueError(f"{name}: name it NAME.KIND.md, with one of {', '.join(KINDS).lower()}")
        parts[kind] = parts.get(kind, "") + fragment.strip() + "\n"
    body = "".join(f"### {kind}\n\n{parts[kind].strip()}\n\n" for kind in KINDS if parts.get(kind))
    return f"{head}{UNRELEASED}\n## [{version}] - {day}\n\n{body}{others}"


def notes(text: str, version: str) -> str:
    """What the changelog says of one version. Raises ValueError if it says nothing."""
    heads = list(_VERSION.finditer(text))
    for number, head in enumerate(heads):
        if head[1] == version:
            end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
            return text[head.end() : end].strip() + "\n"
    raise ValueError(f"the changelog says nothing of {version}")


def _sections(text: str) -> dict[str, str]:
    pieces = _KIND.split(text)
    return {kind: body.strip() + "\n" for kind, body in zip(pieces[1::2], pieces[2::2], strict=True)}


def main() -> None:
    """Read the words; write the file, or print the notes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("day", nargs="?", help="of the release, as 2026-12-01")
    parser.add_argument("--notes", action="store_true")
    given = parser.parse_args()
    changelog = ROOT / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    try:
        if given.notes:
            sys.stdout.write(notes(text, given.version))
            return
        paths = [each for each in (ROOT / "changelog.d").glob("*.md") if each.name != "README.md"]
        fragments = {path.name: path.read_text(encoding="utf-8") for path in paths}
        changelog.write_text(released(text, fragments, given.version, given.day), encoding="utf-8")
        for path in paths:
            path.unlink()
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
