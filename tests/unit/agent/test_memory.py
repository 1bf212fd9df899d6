"""What healed which tool is remembered, and nothing that becomes of the file can stop a build."""

import os
import random
import sqlite3
from pathlib import Path

import pytest

from ci_guard.agent import memory
from ci_guard.agent.memory import DAMAGED, FILE, REMEMBERED, Memory
from ci_guard.cli import main
from ci_guard.model.memory import Healed

NOW = 1_800_000_000.0
COPY = Healed(tool="uv", rungs=("uv.link-mode-copy", "uv.fewer-at-once"), last=NOW)
HELD = Healed(tool="pip", patience=14.5, last=NOW - 60)


def kept(folder: Path, *all_healed: Healed) -> Memory:
    found = Memory(str(folder))
    for healed in all_healed:
        found.keep(healed)
        assert found.trouble is None
    return found


def test_what_is_kept_is_read_again_by_another(tmp_path: Path) -> None:
    kept(tmp_path / "new", HELD, COPY)
    assert Memory(str(tmp_path / "new")).all() == (COPY, HELD)


def test_reading_makes_no_file(tmp_path: Path) -> None:
    assert Memory(str(tmp_path)).all() == ()
    Memory(str(tmp_path)).drop(["uv"])
    assert list(tmp_path.iterdir()) == []


def test_what_heals_later_takes_the_place_and_the_times_add_up(tmp_path: Path) -> None:
    later = Healed(tool="uv", rungs=(), patience=3.0, last=NOW + 5)
    found = kept(tmp_path, COPY, later)
    assert found.all() == (Healed(tool="uv", rungs=(), patience=3.0, last=NOW + 5, times=2),)


def test_only_the_tools_that_are_asked_for_and_only_what_is_not_too_old(tmp_path: Path) -> None:
    found = kept(tmp_path, COPY, HELD)
    assert found.of(["uv", "npm"], NOW) == (COPY,)
    assert found.of(["pip"], HELD.last + REMEMBERED + 1) == ()
    assert len(found.all()) == 2  # to be shown, still


def test_what_made_things_worse_is_dropped(tmp_path: Path) -> None:
    found = kept(tmp_path, COPY, HELD)
    found.drop(["uv"])
    assert found.all() == (HELD,)


def test_everything_can_be_cleared(tmp_path: Path) -> None:
    found = kept(tmp_path, COPY)
    (tmp_path / (FILE + DAMAGED)).write_text("old")
    assert found.clear()
    assert list(tmp_path.iterdir()) == []
    assert found.clear()  # nothing is left to do


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_set_aside_and_the_next_one_is_whole(tmp_path: Path, seed: int) -> None:
    """Cut, overwritten, filled with what is no database: whatever it is, the memory goes on."""
    found = kept(tmp_path, COPY, HELD)
    chance = random.Random(seed)
    data = bytearray((tmp_path / FILE).read_bytes())
    if seed % 4 == 0:
        del data[chance.randrange(1, len(data)) :]
    elif seed % 4 == 1:
        data[:] = chance.randbytes(chance.randrange(1, 9000))
    else:
        for _ in range(chance.randrange(1, 400)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    (tmp_path / FILE).write_bytes(data)
    found.all()
    found.keep(COPY)
    found.keep(COPY)
    assert found.trouble is None
    assert found.of(["uv"], NOW) != ()


def test_it_says_that_it_has_set_aside_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"MZ" + bytes(5000))
    found = Memory(str(tmp_path))
    assert found.all() == ()
    assert found.trouble is not None
    assert "damaged" in found.trouble
    assert (tmp_path / (FILE + DAMAGED)).exists()
    assert not (tmp_path / FILE).exists()


def test_a_table_of_another_shape_is_set_aside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("CREATE TABLE healed_1 (else_ TEXT)")
    file.close()
    found = Memory(str(tmp_path))
    assert found.all() == ()
    found.keep(COPY)
    assert found.all() == (COPY,)


def test_a_locked_file_is_done_without_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BUSY", 0.01)
    found = kept(tmp_path, COPY)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert found.all() == ()
    assert found.trouble is not None
    assert "locked" in found.trouble
    found.keep(HELD)
    other.execute("ROLLBACK")
    other.close()
    assert found.all() == (COPY,)


@pytest.mark.skipif(os.name == "nt", reason="POSIX: a folder in its place says the same elsewhere")
def test_where_nothing_can_be_written_nothing_is_remembered_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder")
    found = Memory(str(tmp_path / "state"))
    found.keep(COPY)
    assert found.trouble is not None
    assert found.all() == ()


def test_a_folder_in_its_place_is_done_without(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    found = Memory(str(tmp_path))
    assert found.all() == ()
    found.keep(COPY)
    assert found.trouble is not None


def test_one_flag_of_doctor_clears_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_GUARD_STATE", str(tmp_path))
    found = kept(tmp_path, COPY)
    assert main(["doctor", "--forget"]) == 0
    assert found.all() == ()
