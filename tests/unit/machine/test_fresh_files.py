"""The probe: a played scanner of known habits, and a clock that the test moves."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ci_guard.doctor.measured import Memory, memory, propose, spread
from ci_guard.machine import fresh_files as probe

HELD = 14.0  # seconds


class Scanner:
    """Refuses what is done with fresh content for some time; a sleep moves its clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, remembers: bool, held: float = HELD) -> None:
        self.now, self.remembers, self.held = 0.0, remembers, held
        self.known: set[bytes] = set()
        self.until: dict[str, float] = {}
        for name in ("rename", "replace", "link", "unlink"):
            monkeypatch.setattr(os, name, self.guarded(getattr(os, name)))

    def guarded(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(source: str, *more: str, **options: object) -> None:
            if isinstance(source, str) and probe.PREFIX in source and not options:
                self.refuse(source)
            real(source, *more, **options)

        return call

    def refuse(self, path: str) -> None:
        file = next(Path(path).glob(".tmp*")) if Path(path).is_dir() else Path(path)
        if str(file) not in self.until:
            content = file.read_bytes()
            held = 0.0 if self.remembers and content in self.known else self.held
            self.known.add(content)
            self.until[str(file)] = self.now + held
        if self.now < self.until[str(file)]:
            raise OSError(errno.EBUSY, "held", path)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


def measure(scanner: Scanner, folder: Path, **bounds: float) -> list[probe.Sample]:
    return probe.probe(
        str(folder),
        lambda _: ("MsMpEng.exe (pid 4)",),
        rounds=1,
        clock=scanner.clock,
        sleep=scanner.sleep,
        **bounds,
    )


@pytest.mark.parametrize(("remembers", "told"), [(True, Memory.REMEMBERS), (False, Memory.HOLDS_ALL)])
def test_it_tells_the_length_the_holder_and_the_habit(
    remembers: bool, told: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PAUSE", 2.0)  # the clock is played, the files are not
    samples = measure(Scanner(monkeypatch, remembers=remembers), tmp_path, total=1e6)
    fresh = [one for one in samples if not one.seen]
    assert {one.operation for one in fresh} == set(probe.OPERATIONS)
    assert all(HELD <= one.refused <= HELD + 2 * probe.PAUSE for one in fresh)
    assert {one.code for one in fresh} == {errno.EBUSY}
    assert memory(samples) is told
    assert all(each.holders == ("MsMpEng.exe (pid 4)",) for each in spread(samples))
    proposal = propose(samples)
    assert proposal is not None
    assert proposal.patience == 30
    assert not list(tmp_path.iterdir())


def test_it_ends_in_time_and_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanner = Scanner(monkeypatch, remembers=False, held=20.0)
    samples = measure(scanner, tmp_path, limit=5.0, total=12.0)
    assert 2 <= len(samples) <= 4
    assert not any(one.freed for one in samples)
    assert scanner.now < 14.0 + scanner.held  # on Windows what is held cannot be taken away before
    assert not list(tmp_path.iterdir())


def test_a_free_machine_holds_nothing(tmp_path: Path) -> None:
    samples = probe.probe(str(tmp_path), rounds=1)
    assert len(samples) == 2 * len(probe.KINDS) * len(probe.OPERATIONS)
    assert memory(samples) is Memory.NOTHING_HELD
    assert propose(samples) is None
    assert not list(tmp_path.iterdir())
