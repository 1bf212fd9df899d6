"""The scanner alone: which builds it reads, which it knows already, when it gives up."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.errors import AccessRefused, ControllerError
from ci_guard.explain.log_explainer import question_for
from ci_guard.jenkins.scan import GIVE_UP_AFTER, READINGS, Scanner, name_of_reading
from ci_guard.jenkins.scan_cache import ScanCache
from ci_guard.model.build import ScannedBuild, UnreadBuild
from ci_guard.model.category import Category
from ci_guard.redact.secrets import find_secrets
from rig.controller import logs
from rig.controller.fake import Fake
from rig.controller.world import Made, World
from unit.jenkins.conftest import Start, client_of

JOB = "team/app"


@pytest.fixture
def scanner(tmp_path: Path) -> Callable[..., Scanner]:
    """Make a scanner of the played controller; with `keep` it remembers what it has read."""

    def made(fake: Fake, *, keep: bool = True, workers: int = 1, secret: str = "") -> Scanner:
        question, _ = question_for(None, None, {}, str(tmp_path))
        secrets = find_secrets({"MY_TOKEN": secret} if secret else {})
        cache = ScanCache(tmp_path / "kept", fake.url, name_of_reading(question, secrets)) if keep else None
        return Scanner(
            client=client_of(fake), question=question, secrets=secrets, cache=cache, workers=workers
        )

    return made


def texts_asked(fake: Fake) -> int:
    return sum(count for key, count in fake.asked.items() if key.endswith("consoleText"))


def test_finished_builds_are_read_once_and_running_ones_not_at_all(
    world: World, start: Start, scanner: Callable[..., Scanner]
) -> None:
    world.add(JOB, Made(1, logs.passed("win-1")))
    world.add(JOB, Made(2, logs.locked("win-2"), "FAILURE"))
    world.add(JOB, Made(3, b"Started\n", None, building=True))
    fake = start()
    one = scanner(fake)
    builds = one.builds([JOB], 10)
    assert sorted(build.number for build in builds) == [1, 2, 3]
    scanned = {each.build.number: each for each in one.scan(builds)}
    assert sorted(scanned) == [1, 2]
    found = scanned[2]
    assert isinstance(found, ScannedBuild)
    (incident,) = found.incidents
    assert incident.match is not None
    assert (incident.category, incident.agent, incident.path) == (Category.ANTIVIRUS_LOCK, "win-2", logs.PATH)
    assert incident.match.code is not None
    assert (incident.match.code.namespace, incident.match.code.number) == ("win32", 5)


def test_what_was_read_before_is_not_asked_for_again_and_is_brought_up_to_date(
    world: World, start: Start, scanner: Callable[..., Scanner]
) -> None:
    world.add(JOB, Made(1, logs.locked("win-1"), "FAILURE"))
    fake = start()
    (first,) = scanner(fake).scan(scanner(fake).builds([JOB], 10))
    before = texts_asked(fake)
    world.builds[JOB][0].description = "known trouble"
    again = scanner(fake)
    (second,) = again.scan(again.builds([JOB], 10))
    assert texts_asked(fake) == before
    assert isinstance(first, ScannedBuild)
    assert isinstance(second, ScannedBuild)
    assert second.incidents == first.incidents
    assert second.build.description == "known trouble"


def test_without_a_memory_each_scan_reads(
    world: World, start: Start, scanner: Callable[..., Scanner]
) -> None:
    world.add(JOB, Made(1, logs.passed("win-1")))
    fake = start()
    one = scanner(fake, keep=False)
    for _ in range(2):
        list(one.scan(one.builds([JOB], 10)))
    assert texts_asked(fake) == 2


def test_it_gives_up_when_the_controller_is_gone_and_keeps_what_it_has(
    world: World, start: Start, scanner: Callable[..., Scanner]
) -> None:
    for number in range(1, GIVE_UP_AFTER + 12):
        world.add(JOB, Made(number, logs.passed("win-1")))
    read_first = {f"/{number}/consoleText" for number in (GIVE_UP_AFTER + 11, GIVE_UP_AFTER + 10)}

    def fault(path: str, _before: int) -> str | None:
        return "503" if path.endswith("consoleText") and not path.endswith(tuple(read_first)) else None

    fake = start(fault)
    one = scanner(fake)
    got: list[ScannedBuild | UnreadBuild] = []
    with pytest.raises(ControllerError, match=f"{GIVE_UP_AFTER} builds in a row could not be read"):
        got.extend(one.scan(one.builds([JOB], 100)))
    fake.fault = lambda path, before: None
    asked = texts_asked(fake)
    again = scanner(fake)
    assert len(list(again.scan(again.builds([JOB], 100)))) == GIVE_UP_AFTER + 11
    assert texts_asked(fake) - asked == GIVE_UP_AFTER + 11 - len(read_first)


def test_builds_that_are_gone_are_no_reason_to_give_up(
    world: World, start: Start, scanner: Callable[..., Scanner]
) -> None:
    for number in range(1, GIVE_UP_AFTER + 5):
        world.add(JOB, Made(number, logs.passed("win-1")))
    fake = start()
    one = scanner(fake)
    builds = one.builds([JOB], 100)
    world.builds[JOB].clear()
    results = list(one.scan(builds))
    assert len(results) == GIVE_UP_AFTER + 4
    assert all(isinstance(each, UnreadBuild) and each.gone for each in results)


def test_a_refused_login_ends_it_at_once(world: World, start: Start, scanner: Callable[..., Scanner]) -> None:
    for number in range(1, 5):
        world.add(JOB, Made(number, logs.passed("win-1")))
    fake = start(lambda path, before: "login" if path.endswith("consoleText") else None)
    one = scanner(fake)
    with pytest.raises(AccessRefused):
        list(one.scan(one.builds([JOB], 10)))


def test_a_log_without_its_end_is_read_again_and_no_more_often_than_that(
    world: World, start: Start, scanner: Callable[..., Scanner]
) -> None:
    whole = logs.locked("win-1")
    world.add(JOB, Made(1, whole[: whole.rindex(b"Finished")], "FAILURE"))
    fake = start()
    one = scanner(fake)
    (scanned,) = one.scan(one.builds([JOB], 10))
    assert texts_asked(fake) == READINGS
    assert isinstance(scanned, ScannedBuild)
    assert len(scanned.incidents) == 1


def test_secrets_are_gone_before_anything_is_kept(
    world: World, start: Start, scanner: Callable[..., Scanner], tmp_path: Path
) -> None:
    secret = "correct-horse-battery"
    log = logs.locked("win-1").replace(b"uv sync", f"uv sync {secret}".encode())
    world.add(JOB, Made(1, log, "FAILURE", parameters={"KEY": secret}))
    fake = start()
    one = scanner(fake, secret=secret)
    (scanned,) = one.scan(one.builds([JOB], 10))
    assert isinstance(scanned, ScannedBuild)
    assert "***" in (scanned.incidents[0].command or "")
    assert secret not in repr(replace(scanned, build=replace(scanned.build, parameters=())))
    kept = b"".join(path.read_bytes() for path in (tmp_path / "kept").rglob("*.jsonl"))
    assert b"***" in kept
    assert secret.encode() not in kept
