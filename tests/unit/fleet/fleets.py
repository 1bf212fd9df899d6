"""Records of a made-up fleet."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from ci_guard.model.category import Category, RunOutcome
from ci_guard.record.shape import BuildRecord, HoldRecord, RunRecord
from ci_guard.reports.json import record_run
from unit.reports import samples

HOSTILE = "</script><img src=x onerror=document.title='owned'>&\u2028|`[x](javascript:0)"
BEGAN = 1_790_000_000
HOUR = 3600


def fleet(size: int, *, seed: int = 7, clean: float = 0.6) -> Iterator[RunRecord]:
    """Records of builds, of which the share `clean` met nothing."""
    random = Random(seed)
    flaky, gave_up, passed = (
        record_run(samples.shown(run)) for run in (samples.FLAKY, samples.GAVE_UP, samples.PASSED)
    )
    for number in range(size):
        draw = random.random()
        record = passed if draw < clean else flaky if draw < clean + 0.9 * (1 - clean) else gave_up
        hold = HoldRecord(
            file=r"C:\w\.venv\Scripts\.tmpAb12Cd", seconds=random.lognormvariate(2, 1),
            started=record.started, holders=("MsMpEng.exe",),
        )  # fmt: skip
        attempts = record.attempts
        if record is not passed:
            attempts = (*attempts[:-1], replace(attempts[-1], holds=(hold,)))
        job = f"team-{random.randrange(5)}/app-{random.randrange(4)}"
        yield replace(
            record,
            attempts=attempts,
            agent=f"win-build-{int(random.expovariate(0.3)) % 15:02}",
            started=datetime.fromtimestamp(
                BEGAN + number * 60 * HOUR / max(size / 24, 1), tz=UTC
            ).isoformat(),
            duration=random.expovariate(1 / 90) + 5 if record is not passed else 20.0,
            build=BuildRecord(job=job, number=number, url=f"https://ci.example/job/{number}/", result=None),
        )


def hostile() -> RunRecord:
    """A record whose every name wants to be code."""
    record = record_run(samples.shown(samples.FLAKY))
    first = record.attempts[0]
    assert first.match is not None
    match = replace(first.match, path=HOSTILE, excerpt=HOSTILE, operation=HOSTILE)
    return replace(
        record,
        name=HOSTILE,
        agent=HOSTILE,
        command=(HOSTILE,),
        outcome=RunOutcome.FLAKY,
        attempts=(
            replace(first, match=match, category=Category.ANTIVIRUS_LOCK, packages=(HOSTILE,)),
            *record.attempts[1:],
        ),
        build=BuildRecord(job=HOSTILE, number=1, url="javascript:document.title='owned'", result=None),
    )
