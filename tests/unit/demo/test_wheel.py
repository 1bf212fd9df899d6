"""The wheel is what the format asks for: each file is in RECORD with its hash and size."""

import base64
import csv
import hashlib
import zipfile
from pathlib import Path

from ci_guard.demo.wheel import write_wheel


def test_the_record_lists_each_file_with_its_hash_and_size(tmp_path: Path) -> None:
    with zipfile.ZipFile(write_wheel(tmp_path)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    record = next(name for name in members if name.endswith(".dist-info/RECORD"))
    rows = {name: (digest, size) for name, digest, size in csv.reader(members[record].decode().splitlines())}
    assert rows.pop(record) == ("", "")
    del members[record]
    assert rows == {
        name: (
            "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode(),
            str(len(content)),
        )
        for name, content in members.items()
    }
    assert len(rows) == 4
