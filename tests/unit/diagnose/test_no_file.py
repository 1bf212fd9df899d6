"""A refusal of a key of the registry, or of what is no file at all, is no lock."""

import pytest

from ci_guard.diagnose.no_file import is_registry_key, speaks_of_no_file
from ci_guard.diagnose.reading import read
from ci_guard.model.category import Category
from unit.diagnose.verdict import category


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


@pytest.mark.parametrize("before", ["", "[Step 1/1] "])
@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("System.Diagnostics.Process.Kill()", Category.PERMISSION),
        ("System.ServiceProcess.ServiceController.Stop()", Category.PERMISSION),
        ("System.Net.HttpListener.AddAllPrefixes()", Category.PERMISSION),
        ("Microsoft.Win32.RegistryKey.Win32Error(Int32 code, String text)", Category.PERMISSION),
        (
            "System.Security.Cryptography.Utils.CreateProvHandle(CspParameters parameters)",
            Category.PERMISSION,
        ),
        ("System.IO.Directory.DeleteHelper(String path)", Category.ANTIVIRUS_LOCK),
        ("System.Diagnostics.Process.StartWithCreateProcess(ProcessStartInfo info)", Category.ANTIVIRUS_LOCK),
    ],
)
def test_the_call_stack_tells_what_was_refused(frame: str, expected: Category, before: str) -> None:
    said = f"{before}(C:\\ws\\tools\\Orla.exe): Win32Exception (0x80004005): Access is denied"
    assert category(f"{said}\n{before}   at {frame}\n{before}   at Orla.Program.Main()") is expected


@pytest.mark.parametrize(
    "opened", ["FileStream..ctor(String path)", "File.Create(String path)", "Directory.Move(String a)"]
)
@pytest.mark.parametrize(
    "by",
    [
        "System.Net.WebClient.DownloadFile(Uri address, String fileName)",
        "System.Net.Http.HttpContent.CopyTo(Stream stream)",
        "System.Management.Automation.Orla.Run()",
        "System.Security.Cryptography.X509Certificates.X509Store.Open(OpenFlags flags)",
    ],
)
def test_a_file_that_the_network_or_a_shell_works_on_is_a_file(opened: str, by: str) -> None:
    said = "System.UnauthorizedAccessException: Access to the path 'C:\\ws\\tools\\orla.exe' is denied."
    assert category(f"{said}\n   at System.IO.{opened}\n   at {by}\n") is Category.ANTIVIRUS_LOCK
