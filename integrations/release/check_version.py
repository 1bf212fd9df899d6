"""Whether a tag may be released: it names the version of the code, and the changelog speaks of it.

`python integrations/release/check_version.py v1.2.0`; exit status 1 with a sentence if not.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TAG = re.compile(r"v(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


def mistake(tag: str, source: str, changelog: str) -> str | None:
    """What is wrong with the tag; None: nothing. `source` is the text that has `__version__`."""
    named = TAG.fullmatch(tag)
    if named is None:
        return f"`{tag}` is not a tag of a release: name it as `v1.2.0`"
    found = VERSION.search(source)
    if found is None or found[1] != named[1]:
        return f"the tag says {named[1]}, and ci_guard/__init__.py {found[1] if found else 'nothing'}"
    if f"## [{named[1]}]" not in changelog:
        return f"CHANGELOG.md says nothing of {named[1]}: run integrations/release/changelog.py"
    return None


def main() -> int:
    """Check the tag; the exit status."""
    source = (ROOT / "ci_guard" / "__init__.py").read_text(encoding="utf-8")
    wrong = mistake(sys.argv[1], source, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    if wrong is not None:
        sys.stderr.write(f"{wrong}\n")
    return 1 if wrong is not None else 0


if __name__ == "__main__":
    sys.exit(main())
