"""The doctor: findings are decisions over values, products are known, the policy keeps its comments."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.diagnose.versions import has_end
from ci_guard.doctor.findings import Finding, Machine, Place, Weight, find
from ci_guard.doctor.measured import Exclusion, Proposal, compare
from ci_guard.doctor.policy_text import with_patience
from ci_guard.doctor.render import render
from ci_guard.doctor.survey import places
from ci_guard.knowledge.load import load_knowledge
from ci_guard.machine.fresh_files import Sample
from ci_guard.machine.product_versions import Registered
from ci_guard.machine.products import Presence, fanotify_users, present, programs
from ci_guard.machine.volumes import Volume, volume_of
from ci_guard.model.memory import Healed

GOOD = Volume(root="/", file_system="ext4", free=10**12, remote=False, no_exec=False)
QUIET = Machine(
    system="Linux",
    user="ci",
    elevated=False,
    local_system=False,
    long_paths=None,
    products=(),
    fanotify=(),
    hidden=0,
    exclusions=None,
    places=(Place(name="workspace", path="/w", volume=GOOD),),
    tools=(),
    policy_file=None,
)


def worst(machine: Machine) -> Finding:
    return find(machine)[0]


def at(volume: Volume, path: str = "/w") -> Machine:
    return replace(QUIET, places=(Place(name="workspace", path=path, volume=volume),))


def test_a_quiet_machine_has_facts_only() -> None:
    assert {finding.weight for finding in find(QUIET)} == {Weight.FACT}


@pytest.mark.parametrize(
    ("machine", "weight", "words"),
    [
        (at(replace(GOOD, free=1024)), Weight.PROBLEM, "free"),
        (at(replace(GOOD, no_exec=True)), Weight.PROBLEM, "noexec"),
        (at(replace(GOOD, remote=True)), Weight.RISK, "network"),
        (at(replace(GOOD, file_system="exFAT")), Weight.RISK, "exFAT"),
        (at(GOOD, r"C:\Users\x\OneDrive - Firm\w"), Weight.RISK, "OneDrive"),
        (replace(QUIET, local_system=True), Weight.RISK, "LocalSystem"),
        (replace(QUIET, long_paths=False), Weight.RISK, "260"),
        (replace(QUIET, fanotify=("clamonacc",)), Weight.RISK, "clamonacc"),
        (replace(QUIET, tools=(("uv", "0.5.1", "broken"),)), Weight.RISK, "0.5.1"),
        (
            replace(QUIET, products=(("Sophos", (Presence(name="SophosED", altitude="320000"),)),)),
            Weight.RISK,
            "SophosED (altitude 320000)",
        ),
    ],
)
def test_what_stands_in_the_way_comes_first_with_advice(machine: Machine, weight: Weight, words: str) -> None:
    first = worst(machine)
    assert first.weight is weight
    assert words in first.says
    assert first.advice


@pytest.mark.parametrize(
    ("program", "product"),
    [
        ("MsMpEng.exe", "Microsoft Defender"),
        ("clamd", "ClamAV"),
        ("falcon-sensor-b", "CrowdStrike"),
        ("wdavdaemon", "Microsoft Defender"),
        ("MSMPENG.EXE", "Microsoft Defender"),
        ("sophos file scanner", "Sophos"),
    ],
)
def test_a_product_is_known_by_its_program(program: str, product: str) -> None:
    ((name, found),) = present(load_knowledge().products, {program, "bash"})
    assert name.startswith(product)
    assert found == (Presence(name=program),)


def test_processes_and_fanotify_users_are_read_from_proc(tmp_path: Path) -> None:
    for pid, comm, info in (("1", "init", "flags: 0"), ("7", "clamonacc", "fanotify flags:0")):
        (tmp_path / pid / "fdinfo").mkdir(parents=True)
        (tmp_path / pid / "comm").write_text(comm + "\n")
        (tmp_path / pid / "fdinfo" / "3").write_text(info)
    (tmp_path / "self").mkdir()
    assert programs(str(tmp_path)) == {"init", "clamonacc"}
    assert fanotify_users(str(tmp_path)) == (["clamonacc"], 0)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has a table of mounts")
def test_the_volume_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\n//nas/x {tmp_path} cifs rw,noexec 0 0\n")
    found = volume_of(str(tmp_path / "not" / "yet"), mounts)
    assert (found.file_system, found.remote, found.no_exec) == ("cifs", True, True)


def test_the_answer_in_three_forms(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ci_guard.doctor.survey.look", lambda *_: at(replace(GOOD, remote=True)))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.startswith("risk")
    assert main(["doctor", "--strict", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["weight"] == "risk"
    assert main(["doctor", "--format", "markdown"]) == 0
    assert "| risk |" in capsys.readouterr().out
    monkeypatch.setattr("ci_guard.doctor.survey.look", lambda *_: QUIET)
    assert main(["doctor", "--strict"]) == 0


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# ours\nversion: 1 # one\nattempts: 3\n",
        "version: 1\npatience: {limit: 1m} # old\nattempts: 3 # three\n",
        "version: 1\npatience: off # no\n",
        "version: 1\npatience:\n  # how long\n  limit: 1m # old\nattempts: 3\n",
        "version: 1",
    ],
)
def test_the_policy_keeps_its_comments_and_is_valid(
    before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = with_patience(before, Proposal(patience=90, why="measured"))
    comments = [line.split("#", 1)[1] for line in before.splitlines() if "#" in line]
    assert all(comment in text for comment in comments)
    assert text.count("90s") == 1
    assert [line for line in before.splitlines() if "attempts" in line] == [
        line for line in text.splitlines() if "attempts" in line
    ]
    assert with_patience(text, Proposal(patience=90, why="measured")) == text


def test_versions_the_security_center_and_what_is_remembered_are_told() -> None:
    machine = replace(
        QUIET,
        products=(("ClamAV", (Presence(name="clamd", version="1.4.6"),)),),
        registered=(Registered(name="Defender", active=False, current=False, program=""),),
        remembered=(Healed(tool="uv", rungs=("uv.cache",), patience=12.0, times=3, last=1_790_000_000.0),),
        places=(Place(name="workspace", path="/w", volume=replace(GOOD, dev_drive=True)),),
        habits=(("npm", "npm waits for no lock"),),
    )
    told = {finding.subject: finding for finding in find(machine)}
    assert "clamd (version 1.4.6)" in told["antivirus"].says
    assert told["Security Center"].says == "Defender: not active, its signatures are out of date"
    assert "uv needed help 3 times" in told["remembered"].says
    assert "patience of 12 s" in told["remembered"].says
    assert "Dev Drive" in told["workspace (/w)"].says
    assert told["npm"].weight is Weight.FACT


@pytest.mark.parametrize(("versions", "cured"), [(">=0.5,<0.9", True), ("<6", True), (">=7", False)])
def test_a_range_without_an_end_is_no_risk(versions: str, cured: bool) -> None:
    assert has_end(versions) is cured


@pytest.mark.parametrize(
    ("there", "elsewhere", "verdict"),
    [
        (0.0, 4.0, Exclusion.WORKS),
        (0.1, 4.0, Exclusion.WORKS),
        (0.9, 4.0, Exclusion.WORKS_PARTLY),
        (3.5, 4.0, Exclusion.DOES_NOT_WORK),
        (0.0, 0.1, Exclusion.NOTHING_TO_COMPARE),
        (2.0, 0.0, Exclusion.NOTHING_TO_COMPARE),
    ],
)
def test_a_folder_that_is_said_to_be_excluded_is_compared(
    there: float, elsewhere: float, verdict: Exclusion
) -> None:
    samples = [
        Sample(
            place=place, operation="rename", kind="script", seen=False, refused=seconds, code=5, freed=True
        )
        for place, seconds in (("/excluded", there), ("/w", elsewhere), ("/w", 0.0))
    ]
    assert compare(samples, "/excluded").verdict is verdict
    told = json.loads(render((), samples, "json", "/excluded"))["probe"]
    assert told["exclusion"]["verdict"] == verdict.name.lower()
    assert verdict.value in render((), samples, "text", "/excluded")
    # what the policy gets is for where nothing is excluded
    assert (told["proposal"] is None) is (elsewhere < 0.25)


def test_the_places_of_tools_are_told_where_they_are(tmp_path: Path) -> None:
    base = tmp_path / "home"
    (base / ".gradle").mkdir(parents=True)
    moved = tmp_path / "moved"
    environ = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA"), str(base)) | {"UV_CACHE_DIR": str(moved)}
    found = {place.name: place.path for place in places(environ, str(tmp_path))}
    assert found["home of Gradle"] == str(base / ".gradle")
    assert found["cache of uv"] == str(moved)  # whoever names it wants to know, be it there or not
    assert "cache of pip" not in found
