"""`ci-guard doctor --probe` on Windows, where a scanner holds every fresh file for a known time."""

import json
from pathlib import Path

from ci_guard.machine import fresh_files
from rig import wheels

SCANNER = Path(wheels.__file__).parent / "wine" / "scanner.py"
PROGRAM = Path(__file__).parents[1] / "programs" / "probes.py"
HELD = 1.0  # seconds
SHARED = "rw"  # who has it open lets it be read and written, not renamed or removed
SAMPLES, WATCHED = 20, "4"  # of one round, and of these
SHARING_VIOLATION, ACCESS_DENIED = 32, 5


def test_what_a_scanner_holds_is_measured_and_taken_away(workshop) -> None:
    system = workshop.system
    place = workshop.root / "place"
    place.mkdir()
    watched = [rf"{system.spelled(place)}\probe\{number}\.tmp*" for number in range(1, int(WATCHED) + 1)]
    log = workshop.root / "scanner.log"
    words = [str(HELD), SHARED, system.spelled(log), *watched]
    scanner = system.start([system.guard, "-I", SCANNER, *words], folder=system.drive)
    try:
        assert scanner.process.stdout is not None
        assert scanner.process.stdout.readline().strip() == b"READY"
        done = system.start(
            [
                system.guard,
                "-I",
                PROGRAM,
                Path(fresh_files.__file__),
                *map(system.spelled, (place, log)),
                WATCHED,
            ],
            folder=system.drive,
        ).done()
    finally:
        scanner.done()
    assert done.status == 0, done.text
    samples = json.loads(done.stdout)
    assert len(samples) == SAMPLES
    refused = [each for each in samples if each["refused"]]
    held = [line for line in log.read_text("utf-8").splitlines() if line.split(" ")[1] == "held"]
    assert len(held) >= int(WATCHED)
    assert refused, held
    assert {each["code"] for each in refused} <= {SHARING_VIOLATION, ACCESS_DENIED}
    assert all(each["freed"] for each in refused)
    assert max(each["refused"] for each in refused) >= HELD / 2
    assert not list(place.iterdir())
