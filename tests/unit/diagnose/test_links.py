"""A symbolic link that a file system of Linux does not know; missing rights are told otherwise."""

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category


@pytest.mark.parametrize(
    "words",
    [
        "error: failed to symlink file from /opt/py/bin/python3 to {}: {} (os error 1)",
        "ln: failed to create symbolic link '{}': {}",
        "tar: {}: Cannot create symlink to '/opt/a': {}",
        "Error: EPERM: operation not permitted, symlink '../a.js' -> '{}'",
        "npm ERR! code EPERM\nnpm ERR! syscall symlink\nnpm ERR! path ../a.js\nnpm ERR! dest {}",
        "npm error code EPERM\nnpm error syscall symlink\nnpm error path /mnt/c/ws/a\nnpm error dest {}",
        "java.nio.file.FileSystemException: {}: {}\n"
        "\tat sun.nio.fs.UnixFileSystemProvider.createSymbolicLink(UnixFileSystemProvider.java:465)",
        'rsync: [generator] symlink "{}" -> "b" failed: {} (1)',
        "Errno::EPERM: {1} @ rb_file_s_symlink - (/a/b, {0})",
    ],
)
def test_links_that_a_file_system_does_not_know(words: str) -> None:
    where, said = "/media/ci/usb/a", "Operation not permitted"
    assert category(words.format(where, said)) is Category.CONFIGURATION
    assert category(words.format("/home/ci/a", said)) is Category.PERMISSION
    denied = words.format(where, "Permission denied").replace(
        "EPERM: operation not permitted", "EACCES: denied"
    )
    assert category(denied.replace("EPERM", "EACCES").replace("error 1)", "error 13)")) is Category.PERMISSION
    other = (
        words.replace("symlink", "rename").replace("symbolic link", "file").replace("createSymbolic", "move")
    )
    assert category(other.format(where, said)) is not Category.CONFIGURATION
