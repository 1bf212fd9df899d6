"""What `ci-guard.pyz` is made of, as a CycloneDX 1.6 document, from the list that it is packed from.

`python integrations/release/sbom.py 1.2.0 > dist/ci-guard.pyz.cdx.json`. The same bytes each time: no time,
no random number.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "integrations" / "pyz" / "pyz-requirements.txt"
_LINE = re.compile(r"^([\w.-]+)==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


def document(version: str, requirements: str) -> dict[str, object]:
    """The document, as JSON has it."""
    parts = [_component(*found.groups()) for found in _LINE.finditer(requirements)]
    itself = {"type": "application", "bom-ref": "ci-guard", "name": "ci-guard", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": itself | {"purl": f"pkg:pypi/ci-guard@{version}"}},
        "components": parts,
        "dependencies": [{"ref": "ci-guard", "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _component(name: str, version: str, digest: str) -> dict[str, object]:
    purl = f"pkg:pypi/{name.lower()}@{version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


if __name__ == "__main__":
    told = document(sys.argv[1], REQUIREMENTS.read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
