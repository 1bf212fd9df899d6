"""2,000 builds on 50 agents, through resets, 503s, slow answers and garbage, and a kill: exact totals."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from rig.controller import logs
from rig.controller.fake import TOKEN, USER, Fake
from rig.controller.fixtures import Start
from rig.controller.world import Made, World
from rig.events import HANG, until

AGENTS, JOBS, BUILDS_OF_JOB = 50, 20, 100
FAULTS = ("reset", "503", "502", "garbage", "cut", "slow", "truncated-json", "shortened")
KILLED_AT = 600  # builds that were read
PART_AT_FAULT = 0.03  # of all requests
KINDS = (
    *((logs.passed, "SUCCESS", 0),) * 14,
    *((logs.locked, "FAILURE", 1),) * 3,
    (logs.recovered, "SUCCESS", 1),
    (logs.unsolvable, "FAILURE", 0),
    (logs.both, "FAILURE", 1),
)


def fill(world: World) -> Counter[str]:
    """All builds; how many locks each agent has."""
    chance = random.Random(5)
    locks: Counter[str] = Counter()
    for job in range(JOBS):
        name = f"team/app-{job // 5}/feature%2F{job}"
        for number in range(1, BUILDS_OF_JOB + 1):
            agent = f"win-{chance.randrange(AGENTS):02}"
            log, result, met = chance.choice(KINDS)
            locks[agent] += met
            tests = [] if number % 10 else [{"className": "t", "name": "x", "status": "PASSED"}]
            world.add(name, Made(number, log(agent), result, tests=tests or None))
    return locks


def fault_of(path: str, before: int) -> str | None:
    chance = random.Random(f"{path} {before}")
    # what is at fault twenty times in a row is no fault that passes
    return chance.choice(FAULTS) if chance.random() < PART_AT_FAULT else None


def scan(fake: Fake, out: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "JENKINS_URL": fake.url, "JENKINS_USER": USER, "JENKINS_API_TOKEN": TOKEN}
    command = [sys.executable, "-m", "ci_guard", "jenkins", "scan", "team", "--format", "json"]
    words = ["--last", str(BUILDS_OF_JOB), "--concurrency", "8", "--state", "kept"]
    with out.open("wb") as stream:
        return subprocess.Popen([*command, *words], stdout=stream, stderr=subprocess.STDOUT, env=environment)


def kept() -> int:
    return sum(file.read_bytes().count(b'"schema"') for file in Path("kept").rglob("*.jsonl"))


def test_nothing_is_lost_or_counted_twice(world: World, start: Start, tmp_path: Path) -> None:
    locks = fill(world)
    fake = start(fault_of)
    first = scan(fake, tmp_path / "first")
    until(lambda: kept() >= KILLED_AT or first.poll() is not None)
    first.kill()
    first.wait()
    known = kept()
    assert 0 < known < JOBS * BUILDS_OF_JOB, (tmp_path / "first").read_text()[-2000:]

    fake.served.clear()
    second = scan(fake, tmp_path / "second")
    assert second.wait(HANG) == 0, (tmp_path / "second").read_text()[-2000:]
    found = [json.loads(line) for line in (tmp_path / "second").read_text().splitlines()]
    assert sorted((one["job"], one["number"]) for one in found) == sorted(
        (job, made.number) for job, builds in world.builds.items() for made in builds
    )
    told = Counter(
        incident["agent"]
        for one in found
        for incident in one["incidents"]
        if incident["category"] == "antivirus_lock"
    )
    assert told == +locks
    assert len(set(fake.faults)) == len(FAULTS)
    assert TOKEN not in (tmp_path / "second").read_text() + (tmp_path / "first").read_text()

    # what was kept is not fetched again; a line that the kill cut in two is
    logs_read = sum(count for path, count in fake.served.items() if "consoleText" in path)
    assert JOBS * BUILDS_OF_JOB - known <= logs_read <= JOBS * BUILDS_OF_JOB - known + 1
