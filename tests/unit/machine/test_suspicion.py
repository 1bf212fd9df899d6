"""What suggests that files are held for moments on a machine without share modes."""

import pytest

from ci_guard.machine import suspicion
from ci_guard.machine.suspicion import suspects
from ci_guard.machine.volumes import Volume
from ci_guard.model.knowledge import Product

FALCON = Product(name="CrowdStrike Falcon", processes=("falcon-sensor*",))


@pytest.mark.parametrize(
    ("running", "asked", "file_system", "words"),
    [
        ({"falcon-sensor-b"}, [], "ext4", "CrowdStrike Falcon is running"),
        ({"bash"}, ["clamonacc"], "ext4", "clamonacc is asked"),
        ({"bash"}, [], "cifs", "lies on cifs"),
        ({"bash"}, [], "ext4", None),
        (set(), [], None, None),
    ],
)
def test_a_scanner_or_a_network_drive(
    monkeypatch: pytest.MonkeyPatch, running: set[str], asked: list[str], file_system: str, words: str | None
) -> None:
    volume = Volume(root="/w", file_system=file_system, free=1, remote=file_system == "cifs", no_exec=False)
    monkeypatch.setattr(suspicion, "programs", lambda: running)
    monkeypatch.setattr(suspicion, "fanotify_users", lambda: (asked, 0))
    monkeypatch.setattr(suspicion, "volume_of", lambda _: volume)
    found = suspects(["/w"], [FALCON])
    assert (found is None) is (words is None)
    assert words is None or words in str(found)
