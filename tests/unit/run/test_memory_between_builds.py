"""`remember`, `throttle` and `near_misses`: real runs of a little program that stands for uv."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ci_guard.agent import turns
from ci_guard.agent.memory import Memory
from ci_guard.agent.turns import Turns
from ci_guard.model.invocation import Invocation
from ci_guard.run import run

pytestmark = [
    pytest.mark.program,
    pytest.mark.traced,
    pytest.mark.skipif(sys.platform == "win32", reason="the errors are those of POSIX"),
]
Sleep = Callable[[float], bool]
POLICY = (
    "version: 1\nwait_for_unlock: false\nbackoff: {initial: 1ms, maximum: 1ms}\nreports: {json: run.json}\n"
)
LOCKED = "error: failed to hardlink file from /w/a.py to /c/a.py: Device or resource busy (os error 16)"
UV = f"""
import os, sys
print(os.environ.get("UV_LINK_MODE"), os.environ.get("RUST_LOG"), flush=True)
if not os.environ.get("UV_LINK_MODE"):
    sys.exit({LOCKED!r})
if os.path.exists(os.path.join(os.path.dirname(sys.argv[0]), "other-volume")):
    sys.exit("error: failed to rename file from /a/x to /b/x: Invalid cross-device link (os error 18)")
"""
NARROW_ESCAPE = """
import sys
for _ in range(3):
    sys.stderr.write("WARN Retrying to persist temporary file to /w/a: Busy (os error 16)\\n")
sys.stderr.write("Installed 1 package\\n")
"""


class Workplace:
    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / "state"
        self.program = folder / "uv"

    def run(self, program: str, policy: str, **variables: str) -> int:
        self.program.write_text(f"#!{sys.executable}\n{program}", "utf-8")
        self.program.chmod(0o755)
        (self.folder / ".ci-guard.yml").write_text(POLICY + policy, "utf-8")
        environ = {"PATH": "/usr/bin:/bin", "CI_GUARD_STATE": str(self.state), **variables}
        return run(Invocation(command=(str(self.program), "sync")), environ, str(self.folder))

    @property
    def record(self) -> dict[str, Any]:
        return json.loads((self.folder / "run.json").read_text("utf-8"))


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_the_next_build_begins_with_what_healed_this_one(work: Workplace, capfd) -> None:
    assert work.run(UV, "remember: true\n") == 0
    assert len(work.record["attempts"]) == 3
    assert "UV_LINK_MODE='copy'" not in work.record["healing"]
    assert "UV_LINK_MODE: 'copy'" in work.record["healing"]
    capfd.readouterr()
    assert work.run(UV, "remember: true\n") == 0
    out, err = capfd.readouterr()
    assert out == "copy None\n"
    assert err == ""
    (only,) = work.record["attempts"]
    assert "uv.link-mode-copy" in {tweak["tweak"] for tweak in only["environment"]}
    assert work.record["outcome"] == "passed"


def test_nothing_is_kept_unasked(work: Workplace) -> None:
    assert work.run(UV, "") == 0
    assert not work.state.exists()


def test_what_is_remembered_and_makes_things_worse_is_left_and_forgotten(work: Workplace, capfd) -> None:
    assert work.run(UV, "remember: true\n") == 0
    (work.folder / "other-volume").touch()
    capfd.readouterr()
    assert work.run(UV, "remember: true\nattempts: 2\n") != 0
    assert capfd.readouterr().out == "copy None\nNone None\n"  # the second as without any memory
    assert Memory(str(work.state)).all() == ()


def test_the_user_s_own_value_and_the_policy_s_no_win(work: Workplace, capfd) -> None:
    assert work.run(UV, "remember: true\n") == 0
    capfd.readouterr()
    assert work.run(UV, "remember: true\nattempts: 1\ntweaks: {mode: 'off'}\n") != 0
    assert work.run(UV, "remember: true\nattempts: 1\n", UV_LINK_MODE="symlink") == 0
    assert capfd.readouterr().out == "None None\nsymlink None\n"


def test_a_damaged_memory_stops_nothing(work: Workplace, capfd) -> None:
    work.state.mkdir()
    (work.state / "memory.sqlite").write_bytes(b"MZ" * 4000)
    assert work.run(UV, "remember: true\n") == 0
    assert "damaged" in capfd.readouterr().err
    assert len(Memory(str(work.state)).all()) == 1


def test_no_folder_for_it_stops_nothing(work: Workplace, capfd) -> None:
    assert work.run(UV, "remember: true\nthrottle: true\n", CI_GUARD_STATE="") == 0
    err = capfd.readouterr().err
    assert "set CI_GUARD_STATE" in err


HAS_A_TURN = """
import sys
from ci_guard.agent.turns import Turns
print(Turns(sys.argv[1]).take(0.0, lambda _: True, lambda: None).has_it, flush=True)
sys.stdin.read()
"""


OTHER = """
import sys
from ci_guard.agent.turns import Turns
turns = Turns(sys.argv[1])
print(turns.take(0.0, lambda _: True, lambda: None).has_it, flush=True)
sys.stdin.read()
"""


def test_a_retry_waits_for_its_turn_and_the_record_says_so(
    work: Workplace, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(work.state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "True\n"
    look = turns._try_lock

    def look_and_let_it_end(file: int) -> bool:
        has_it = look(file)
        if not has_it:
            other.communicate()
        return has_it

    monkeypatch.setattr(turns, "_try_lock", look_and_let_it_end)
    assert work.run(UV, "throttle: true\n") == 0
    assert "waiting up to 300 s for its turn" in capfd.readouterr().err
    assert "for its turn" in work.record["attempts"][1]["waited"]["reason"]
    assert Turns(str(work.state)).take(0.0, lambda _: True, lambda: None).has_it  # it has been given back


def test_a_first_attempt_that_passes_takes_no_turn(work: Workplace) -> None:
    assert work.run("pass", "throttle: true\n") == 0
    assert not work.state.exists()


def test_near_misses_are_counted_and_kept_out_of_the_console(work: Workplace, capfd) -> None:
    assert work.run(NARROW_ESCAPE, "near_misses: true\nattempts: 1\n") == 0
    assert capfd.readouterr().err == "Installed 1 package\n"
    (missed,) = work.record["attempts"][0]["near_misses"]
    assert (missed["file"], missed["tries"]) == ("/w/a", 3)
    assert work.record["outcome"] == "passed"


def test_near_misses_at_later_attempts_count_too(work: Workplace, capfd) -> None:
    program = UV + NARROW_ESCAPE
    assert work.run(program, "near_misses: true\n") == 0
    assert "WARN" not in capfd.readouterr().err
    assert [bool(each.get("near_misses")) for each in work.record["attempts"]] == [False, False, True]


def test_who_listens_to_uv_himself_sees_what_it_says(work: Workplace, capfd) -> None:
    assert work.run(UV + NARROW_ESCAPE, "near_misses: true\n", UV_LINK_MODE="copy", RUST_LOG="debug") == 0
    out, err = capfd.readouterr()
    assert out == "copy debug\n"
    assert err.count("WARN Retrying") == 3
    assert work.record["attempts"][0]["near_misses"][0]["tries"] == 3


def test_unasked_nobody_listens(work: Workplace, capfd) -> None:
    assert work.run(UV + NARROW_ESCAPE, "", UV_LINK_MODE="copy") == 0
    out, err = capfd.readouterr()
    assert out == "copy None\n"
    assert err.count("WARN Retrying") == 3
    assert "near_misses" not in work.record["attempts"][0]
