"""A refusal of a key of the registry, or of what is no file at all, is no lock."""

import pytest

from ci_guard.diagnose.no_file import is_registry_key, speaks_of_no_file
from ci_guard.diagnose.reading import read


@pytest.mark.parametrize(
    ("path", "near", "expected"),
    [
        (r"HKLM:\Software\Orla", "", True),
        (r"HKEY_CURRENT_USER\Software\Orla", "", True),
        (r"Computer\HKEY_LOCAL_MACHINE\Software", "", True),
        (r"SYSTEM\CurrentControlSet\Services\orla", "", True),
        (r"Software\Orla\2.9\Core", "winRegistry.cpp", True),
        (r"Software\Orla\2.9\Core", "copy", False),
        (r"D:\ws\HKLM\a.exe", "registry", False),
        (None, "registry", False),
    ],
)
def test_a_key_of_the_registry(path: str | None, near: str, expected: bool) -> None:
    assert is_registry_key(path, near) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("cannot set up TLS\n  builder error\n  {}", True),
        ("failed to terminate process 4120: {}", True),
        ("failed to write the certificate file: {}", False),
        ("failed to spawn process `a.exe`: {}", False),
        ("no TLS\n1\n2\n3\n4\n{}", False),
    ],
)
def test_what_a_message_without_a_file_speaks_of(said: str, expected: bool) -> None:
    reading = read(said.format("Access is denied."))
    assert speaks_of_no_file(reading, reading.text.index("Access")) is expected
