"""A file that a user names is read to its end, or refused: nothing is waited for without end."""

import os
import sys
import threading
from pathlib import Path

import pytest

from ci_guard.config import inputs
from ci_guard.config.inputs import open_input
from rig.events import HANG

posix = pytest.mark.skipif(sys.platform == "win32", reason="devices and FIFOs are POSIX")


def read(path: object) -> bytes:
    with open_input(str(path)) as stream:
        return stream.read()


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    assert read(tmp_path / "file") == b"content"
    assert read(os.devnull) == b""
    with pytest.raises(FileNotFoundError):
        open_input(str(tmp_path / "missing"))


@posix
def test_a_fifo_is_read_to_its_end(tmp_path: Path) -> None:
    """In as many pieces as it comes: an input that does not wait would end at the first gap."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    begun, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with open(path, "wb", buffering=0) as stream:
            stream.write(b"one, ")
            begun.set()
            go_on.wait(HANG)
            stream.write(b"two")

    writer = threading.Thread(target=write)
    writer.start()
    with open_input(str(path)) as stream:
        begun.wait(HANG)
        assert os.read(stream.fileno(), 100) == b"one, "
        go_on.set()
        assert stream.read() == b"two"
    writer.join()


@posix
def test_what_never_begins_or_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "WRITER_MILLISECONDS", 1)
    os.mkfifo(tmp_path / "fifo")
    open_files = len(os.listdir("/dev/fd"))
    with pytest.raises(OSError, match="it is a FIFO, and nobody writes to it"):
        open_input(str(tmp_path / "fifo"))
    with pytest.raises(OSError, match="it is a device, not a file"):
        open_input("/dev/zero")
    assert len(os.listdir("/dev/fd")) == open_files
