"""The launcher of Windows is found wherever a Python has it, and starts what is behind it."""

import io
import zipfile
from pathlib import Path

import pytest

from ci_guard.shim import launcher as launchers

STUB = b"MZ stub"
INSIDE = "pip/_vendor/distlib/t64.exe"
CODE = "print('started')"


def pythons(
    folder: Path, bundled: dict[str, bytes] | None, installed: dict[str, bytes] | None
) -> Path | None:
    """A Python whose `ensurepip` has a wheel of pip with these files, and whose pip has those."""
    if bundled is not None:
        (folder / "ensurepip" / "_bundled").mkdir(parents=True)
        with zipfile.ZipFile(folder / "ensurepip" / "_bundled" / "pip-1-py3-none-any.whl", "w") as wheel:
            for name, data in bundled.items():
                wheel.writestr(name, data)
    for name, data in (installed or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / "pip" / "__init__.py" if installed is not None else None


@pytest.mark.parametrize(
    ("bundled", "installed", "found"),
    [
        ({INSIDE: STUB}, None, True),
        ({INSIDE: STUB}, {INSIDE: b"another"}, True),
        ({"pip/__init__.py": b""}, {INSIDE: STUB}, True),
        (None, {INSIDE: STUB}, True),
        ({"pip/__init__.py": b""}, {"pip/__init__.py": b""}, False),
        (None, None, False),
    ],
)
def test_it_is_found_in_ensurepip_or_in_pip(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bundled: dict[str, bytes] | None,
    installed: dict[str, bytes] | None,
    found: bool,
) -> None:
    pip = pythons(tmp_path, bundled, installed)
    monkeypatch.setattr(launchers.platform, "machine", lambda: "AMD64")
    monkeypatch.setattr(launchers.resources, "files", lambda package: tmp_path / package)
    monkeypatch.setattr(launchers, "importlib_file", lambda _name: pip)
    made = launchers.launcher(r"C:\py 3\python.exe", CODE)
    assert (made is not None) is found
    if made is not None:
        assert made.startswith(STUB + b'#!"C:\\py 3\\python.exe" -P\r\n')
        with zipfile.ZipFile(io.BytesIO(made)) as packed:
            assert packed.read("__main__.py").decode() == CODE


def test_a_module_is_found_without_being_imported() -> None:
    assert launchers.importlib_file("there_is_none_such") is None
    found = launchers.importlib_file("pytest")
    assert found is not None
    assert found.name == "__init__.py"
