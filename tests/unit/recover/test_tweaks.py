"""Which changes an attempt gets, and what of the user's is never touched."""

import sys

import pytest

from ci_guard.model.category import Category, System
from ci_guard.model.history import Diagnosis, Match
from ci_guard.model.knowledge import Tweak
from ci_guard.model.policy import TweakPolicy
from ci_guard.recover.scratch import Scratch
from ci_guard.recover.tweaks import apply, select_tweaks

LINKED = Diagnosis(
    category=Category.ANTIVIRUS_LOCK, match=Match(signature="s", operation="link", path="/cache/archive-v0/x")
)


def tweak(name: str, **more) -> Tweak:
    return Tweak(id=name, why="because", reference="manual", **{"set": {"A": "1"}, **more})


LADDER = [
    tweak("second"),
    tweak("third", from_attempt=3),
    tweak("windows", systems=(System.WINDOWS,)),
    tweak("links", operations=("link", "copy")),
    tweak("renames", operations=("rename",)),
    tweak("cache", when_path=r"archive-v\d"),
    tweak("elsewhere", when_path=r"Scripts"),
]


@pytest.mark.parametrize(
    ("number", "diagnosis", "policy", "names"),
    [
        (2, LINKED, TweakPolicy(), "second links cache"),
        (3, LINKED, TweakPolicy(), "second third links cache"),
        (2, Diagnosis(category=Category.ANTIVIRUS_LOCK), TweakPolicy(), "second"),
        (2, LINKED, TweakPolicy(deny=("second",)), "links cache"),
        (2, LINKED, TweakPolicy(mode="off"), ""),
    ],
)
def test_choose(number: int, diagnosis: Diagnosis, policy: TweakPolicy, names: str) -> None:
    chosen = select_tweaks(LADDER, number, diagnosis, policy, System.LINUX)
    assert " ".join(each.id for each in chosen) == names


def test_the_first_tweak_that_sets_a_variable_wins() -> None:
    changes, applied = apply([tweak("a"), tweak("b", set={"A": "2", "B": "3"})], {}, TweakPolicy(), str)
    assert changes == {"A": "1", "B": "3"}
    assert [each.set for each in applied] == [{"A": "1"}, {"B": "3"}]


def test_what_the_user_has_set_stays_unless_the_policy_names_it() -> None:
    tweaks = [tweak("a", set={"A": "1", "B": "2"})]
    changes, applied = apply(tweaks, {"A": "mine", "B": "mine"}, TweakPolicy(override=("B",)), str)
    assert changes == {"B": "2"}
    assert applied[0].kept == ("A",)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("TEMP", r"C:\Users\jenkins\AppData\Local\Temp", False),
        ("TEMP", r"C:\Users\RUNNER~1\AppData\Local\Temp\2", False),
        ("TMP", r"C:\Windows\TEMP", False),
        ("TMP", r"C:\WINDOWS\SystemTemp", False),
        ("TMP", r"D:\excluded\tmp", True),
        ("TMPDIR", "/var/folders/ab/c/T/", False),
        ("TMPDIR", "/build/tmp", True),
    ],
)
def test_what_the_system_sets_for_everybody_is_not_the_users(name: str, value: str, kept: bool) -> None:
    changes, applied = apply(
        [tweak("t", set={name: "{scratch}/x"})], {name: value}, TweakPolicy(), lambda: "/s"
    )
    assert changes == ({} if kept else {name: "/s/x"})
    assert applied[0].kept == ((name,) if kept else ())


def test_one_scratch_folder_serves_all_of_an_attempt() -> None:
    made: list[str] = []

    def scratch() -> str:
        made.append("/s")
        return "/s"

    apply([tweak("t", set={"TMP": "{scratch}", "TEMP": "{scratch}"})], {}, TweakPolicy(), scratch)
    assert made == ["/s"]


def test_scratch_folders_are_on_the_targets_volume_and_go_at_the_end(tmp_path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    with Scratch(str(project)) as scratch:
        folder = scratch.folder(str(project / "not" / "there" / "yet"))
        other = scratch.folder(None)
        import os

        assert os.stat(folder).st_dev == os.stat(project).st_dev
        assert folder != other
        with open(os.path.join(folder, "file"), "w") as file:
            file.write("x")
        os.chmod(os.path.join(folder, "file"), 0o400)
    assert not os.path.exists(folder)
    assert not os.path.exists(other)


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere names differ by their case")
def test_windows_has_one_name_in_any_case() -> None:
    tweak = Tweak(id="t", why="w", reference="r", set={"npm_config_cache": "mine"})
    changes, applied = apply([tweak], {"NPM_CONFIG_CACHE": "theirs"}, TweakPolicy(), lambda: "")
    assert (changes, applied[0].kept) == ({}, ("NPM_CONFIG_CACHE",))
    changes, _ = apply([tweak], {}, TweakPolicy(), lambda: "")
    assert changes == {"NPM_CONFIG_CACHE": "mine"}
