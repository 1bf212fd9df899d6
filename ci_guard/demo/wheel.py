"""The package that the demonstration installs: a wheel with one console script, made without a build backend.

The format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import hashlib
import zipfile
from pathlib import Path

REQUIREMENT = "demo-app"
SCRIPT = "demo-app"
GREETING = "demo-app 1.0 works"
_INFO = "demo_app-1.0.dist-info"
_MEMBERS = {
    "demo_app/__init__.py": f'def main():\n    print("{GREETING}")\n',
    f"{_INFO}/METADATA": f"Metadata-Version: 2.1\nName: {REQUIREMENT}\nVersion: 1.0\n",
    f"{_INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: ci-guard\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{_INFO}/entry_points.txt": f"[console_scripts]\n{SCRIPT} = demo_app:main\n",
}


def write_wheel(folder: Path) -> Path:
    """Write the wheel into a folder. Raises OSError."""
    target = folder / "demo_app-1.0-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in _MEMBERS.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
        archive.writestr(f"{_INFO}/RECORD", f"{record}{_INFO}/RECORD,,\n")
    return target
