"""Locks that no scanner holds: names of NFS, another installation, a package that is pushed onto itself."""

from itertools import product

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.model.category import Category, System
from unit.diagnose.verdict import KNOWLEDGE, category

pytestmark = pytest.mark.table

IN_USE, LOCK = Category.FILE_IN_USE, Category.ANTIVIRUS_LOCK
BUSY, LEFT = "Device or resource busy", "Directory not empty"
NFS = ".nfs0000000004cd1a3b00000a12"
REFUSED = (
    "rm: cannot remove '{path}': {words}",
    "OSError: [Errno {number}] {words}: '{path}'",
    "error: failed to remove file `{path}`\n\nCaused by:\n  {words} (os error {number})",
    "unlinkat {path}: {words}",
)
PLACES = ("", "build/", "/home/ci/ws/", "/home/ci/ws/node_modules/riga/")


@pytest.mark.parametrize(("sentence", "folder"), list(product(REFUSED, PLACES)))
@pytest.mark.parametrize(("words", "number"), [(BUSY, 16), (LEFT, 39)])
def test_what_nfs_keeps_is_open_in_a_program_of_ones_own(
    sentence: str, folder: str, words: str, number: int
) -> None:
    text = sentence.format(path=folder + NFS, words=words, number=number)
    for system in (None, System.LINUX):
        found = classify_text(text, knowledge=KNOWLEDGE, system=system)
        assert found.category is IN_USE, text


@pytest.mark.parametrize("words", [BUSY, LEFT])
def test_git_cannot_clean_what_nfs_keeps(words: str) -> None:
    found = classify_text(
        f"warning: failed to remove build/{NFS}: {words}\n",
        knowledge=KNOWLEDGE,
        argv=["git", "clean", "-fdx"],
        exit_status=1,
    )
    assert found.category is IN_USE


STATUSES = {
    1618: IN_USE,
    1619: Category.CONFIGURATION,
    1620: Category.INTEGRITY,
    1625: Category.PERMISSION,
}
TOLD = (
    "MSI (c) (A8:10) [10:11:12:123]: MainEngineThread is returning {}",
    'fatal: [win-1]: FAILED! => {{"changed": false, "msg": "unexpected rc", "rc": {}}}',
    "Process exited with code {}",
    "msiexec.exe exited with {}",
    "Installation failed with exit code {}.",
    "setup.exe returned exit code {}",
    "ERROR: installing riga failed, return code: {}",
    "ExitCode : {}",
    "the installer ended with status {}",
    "Process finished with exit status: {}",
)


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("status", STATUSES)
def test_the_status_of_windows_installer_says_why_whoever_prints_it(told: str, status: int) -> None:
    assert category(told.format(status)) is STATUSES[status]


def test_another_installation_is_known_by_its_name() -> None:
    assert category("install failed: ERROR_INSTALL_ALREADY_RUNNING") is IN_USE


@pytest.mark.parametrize("told", ["took 1618 ms", "line 1618: warning", "process 1618 exited with code 3"])
def test_any_other_number_of_that_size_says_nothing(told: str) -> None:
    assert category(told) is not IN_USE


@pytest.mark.parametrize("feed", [r"C:\feed", r"D:\ws\bin\Release", r"\\server\feed", r"C:\my feed\local"])
@pytest.mark.parametrize("before", ["error: ", ""])
def test_a_package_pushed_onto_itself(feed: str, before: str) -> None:
    refused = f"{before}The process cannot access the file '{feed}\\{{}}' because it is being used by another"
    text = f"Pushing riga.1.0.0.nupkg to '{feed}'...\n{refused} process.\n"
    for command in ("", "dotnet nuget push riga.1.0.0.nupkg", "nuget push riga.1.0.0.nupkg"):
        assert category(text.format("riga.1.0.0.nupkg"), command) is IN_USE
        assert category(text.format("other.2.0.0.nupkg"), command) is LOCK
