"""One table: what the text says and what the machine answers, and what comes of both."""

from dataclasses import replace
from typing import Any

import pytest

from ci_guard.diagnose.judge import EMPTY_IT, NO_FOLDER, OTHER_VOLUME, VANISHED, judge
from ci_guard.model.category import Category, System
from ci_guard.model.evidence import Evidence, Refusal
from ci_guard.model.history import Code, Diagnosis, Match, Namespace

OPEN = Diagnosis(
    category=Category.PERMISSION,
    ambiguous=True,
    match=Match(signature="s", code=Code(Namespace.ERRNO, 13), path="/a/b"),
)
LOCK = Diagnosis(
    category=Category.ANTIVIRUS_LOCK, match=Match(signature="s", code=Code(Namespace.WIN32, 5), path="a")
)
SHARED = Diagnosis(
    category=Category.ANTIVIRUS_LOCK, match=Match(signature="s", code=Code(Namespace.WIN32, 32), path="a")
)
GONE = Diagnosis(
    category=Category.CONFIGURATION,
    match=Match(signature="s", code=Code(Namespace.ERRNO, 2), operation="rename", path="/a/.tmp"),
)
LOOKED_FOR = Diagnosis(
    category=Category.CONFIGURATION,
    match=Match(signature="s", operation="find", path="/a/b"),
)


def answer(**answers: Any) -> Evidence:
    return Evidence(path="/a/b", sentences=("it said so",), **answers)


def refused(refusal: Refusal, **answers: bool) -> Evidence:
    return replace(answer(allowed=True, **answers), refusal=refusal)


PENDING = replace(answer(), refusal=Refusal.DELETE_PENDING)


@pytest.mark.parametrize(
    ("diagnosis", "evidence", "system", "category"),
    [
        (OPEN, answer(allowed=True), System.LINUX, Category.ANTIVIRUS_LOCK),
        (OPEN, answer(allowed=False), System.LINUX, Category.PERMISSION),
        (OPEN, answer(allowed=False, closed=True), System.LINUX, Category.ANTIVIRUS_LOCK),
        (OPEN, answer(allowed=False, closed=True), System.MACOS, Category.ANTIVIRUS_LOCK),
        (OPEN, answer(allowed=False, closed=True, full=True), System.LINUX, Category.DISK_FULL),
        (OPEN, answer(allowed=True, made=False), System.LINUX, Category.ANTIVIRUS_LOCK),
        (OPEN, answer(allowed=True, full=True), System.LINUX, Category.DISK_FULL),
        (LOOKED_FOR, answer(allowed=True, exists=True), System.LINUX, Category.ANTIVIRUS_LOCK),
        (LOOKED_FOR, answer(allowed=False, exists=True), System.LINUX, Category.CONFIGURATION),
        (LOOKED_FOR, answer(allowed=True, exists=False), System.LINUX, Category.CONFIGURATION),
        (LOOKED_FOR, refused(Refusal.SHARING, exists=True), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (OPEN, answer(), System.LINUX, Category.PERMISSION),
        (OPEN, answer(allowed=True, made=True), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (OPEN, answer(allowed=True, made=False), System.WINDOWS, Category.PERMISSION),
        (LOCK, answer(allowed=True, made=True, opened=False), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (LOCK, answer(allowed=True, made=False), System.WINDOWS, Category.PERMISSION),
        (LOCK, answer(allowed=True, made=True, read_only=True), System.WINDOWS, Category.PERMISSION),
        (LOCK, answer(), System.LINUX, Category.ANTIVIRUS_LOCK),
        (SHARED, answer(allowed=True, made=False, read_only=True), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (SHARED, answer(full=True), System.WINDOWS, Category.DISK_FULL),
        (LOCK, answer(allowed=False), System.WINDOWS, Category.PERMISSION),
        (LOCK, answer(allowed=False, made=True), System.WINDOWS, Category.PERMISSION),
        (LOCK, refused(Refusal.SHARING), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (LOCK, refused(Refusal.SHARING, made=False), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (LOCK, refused(Refusal.MAPPED, read_only=True), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (LOCK, refused(Refusal.FILTERED, made=True), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (LOCK, refused(Refusal.FILTERED, made=False), System.WINDOWS, Category.PERMISSION),
        (LOCK, refused(Refusal.VIRUS), System.WINDOWS, Category.ANTIVIRUS_BLOCK),
        (OPEN, refused(Refusal.VIRUS), System.WINDOWS, Category.ANTIVIRUS_BLOCK),
        (
            LOCK,
            PENDING,
            System.WINDOWS,
            Category.ANTIVIRUS_LOCK,
        ),
        (
            OPEN,
            PENDING,
            System.WINDOWS,
            Category.ANTIVIRUS_LOCK,
        ),
        (OPEN, answer(allowed=False), System.WINDOWS, Category.PERMISSION),
        (SHARED, answer(allowed=False), System.WINDOWS, Category.ANTIVIRUS_LOCK),
        (GONE, answer(exists=False, folder_exists=True, fresh=True), System.LINUX, Category.ANTIVIRUS_BLOCK),
        (GONE, answer(exists=False, folder_exists=True, fresh=False), System.LINUX, Category.CONFIGURATION),
        (GONE, answer(exists=True, folder_exists=True, fresh=True), System.LINUX, Category.CONFIGURATION),
        (GONE, answer(exists=False, folder_exists=False, fresh=True), System.LINUX, Category.CONFIGURATION),
    ],
)
def test_the_machine_decides_what_the_text_leaves_open(
    diagnosis: Diagnosis, evidence: Evidence, system: System, category: Category
) -> None:
    judged = judge(diagnosis, evidence, system)
    assert judged.category is category
    assert judged.evidence == ("it said so",)
    assert judged.retry_once == (diagnosis in (GONE, LOOKED_FOR) and category is not diagnosis.category)
    answered = evidence.allowed is not None or evidence.refusal is not None or evidence.full
    assert judged.ambiguous == (diagnosis.ambiguous and not answered)
    assert judged.match is diagnosis.match


def test_without_an_answer_the_text_stands() -> None:
    assert judge(OPEN, None, System.LINUX) is OPEN


def test_what_is_certain_is_not_asked() -> None:
    certain = Diagnosis(category=Category.RESOLUTION)
    assert judge(certain, answer(allowed=True, full=True), System.LINUX).category is Category.RESOLUTION


BUSY = Diagnosis(
    category=Category.ANTIVIRUS_LOCK,
    retry_once=True,  # by a signature of the user's
    match=Match(signature="s", code=Code(Namespace.ERRNO, 16), operation="remove", path="/a/b"),
)


@pytest.mark.parametrize(
    ("diagnosis", "evidence", "category", "advice"),
    [
        (BUSY, answer(mount_point=True), Category.CONFIGURATION, (EMPTY_IT,)),
        (BUSY, answer(linkable=False), Category.CONFIGURATION, (OTHER_VOLUME,)),
        (BUSY, answer(full=True), Category.DISK_FULL, ()),
        (BUSY, answer(), Category.ANTIVIRUS_LOCK, ()),
        (
            GONE,
            answer(exists=False, folder_exists=True, fresh=True),
            Category.ANTIVIRUS_BLOCK,
            (VANISHED,),
        ),
    ],
)
def test_what_a_person_can_do_is_told_and_whether_another_attempt_helps(
    diagnosis: Diagnosis, evidence: Evidence, category: Category, advice: tuple[str, ...]
) -> None:
    judged = judge(diagnosis, evidence, System.LINUX)
    assert (judged.category, judged.advice) == (category, advice)
    stays = category in (Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK)
    assert judged.retry_once is stays


NOWHERE = Diagnosis(
    category=Category.PERMISSION, ambiguous=True, match=Match(signature="s", operation="create", path="/a/b")
)


def like(diagnosis: Diagnosis, **match: Any) -> Diagnosis:
    assert diagnosis.match is not None
    return replace(diagnosis, match=replace(diagnosis.match, **match))


def test_a_refusal_without_a_reason_is_explained_by_a_folder_that_nobody_has_made() -> None:
    judged = judge(NOWHERE, answer(folder_exists=False), System.LINUX)
    assert (judged.category, judged.ambiguous) == (Category.CONFIGURATION, False)
    assert judged.advice == (NO_FOLDER,)


@pytest.mark.parametrize(
    ("diagnosis", "evidence", "system"),
    [
        (NOWHERE, answer(folder_exists=True), System.LINUX),
        (like(NOWHERE, operation="remove"), answer(folder_exists=False), System.LINUX),
        (like(NOWHERE, code=Code(Namespace.ERRNO, 13)), answer(folder_exists=False), System.LINUX),
        (replace(NOWHERE, ambiguous=False), answer(folder_exists=False), System.LINUX),
        (replace(NOWHERE, match=None), answer(folder_exists=False, mount_point=True), System.LINUX),
        (like(OPEN, operation="remove"), answer(mount_point=True), System.LINUX),
        (Diagnosis(category=Category.RESOLUTION), refused(Refusal.VIRUS), System.WINDOWS),
        (LOCK, answer(allowed=False), System.LINUX),
        (replace(LOCK, match=None), answer(allowed=False), System.WINDOWS),
        (replace(LOCK, category=Category.PERMISSION), answer(allowed=True, made=True), System.WINDOWS),
        (like(LOOKED_FOR, operation="open"), answer(allowed=True, exists=True), System.LINUX),
        (like(GONE, operation="open"), answer(exists=False, folder_exists=True, fresh=True), System.LINUX),
        (
            like(GONE, code=Code(Namespace.ERRNO, 22)),
            answer(exists=False, folder_exists=True, fresh=True),
            System.LINUX,
        ),
        (
            replace(GONE, category=Category.RESOLUTION),
            answer(exists=False, folder_exists=True, fresh=True),
            System.LINUX,
        ),
    ],
)
def test_what_an_answer_does_not_concern_stays(
    diagnosis: Diagnosis, evidence: Evidence, system: System
) -> None:
    assert replace(judge(diagnosis, evidence, system), evidence=()) == diagnosis


@pytest.mark.parametrize("code", [Code(Namespace.ERRNO, 1), Code(Namespace.ERRNO, 13)])
def test_each_number_of_a_refusal_may_mean_missing_rights_on_windows(code: Code) -> None:
    judged = judge(like(LOCK, code=code), answer(allowed=False), System.WINDOWS)
    assert judged.category is Category.PERMISSION


def test_what_is_being_removed_was_overlooked() -> None:
    pending = replace(PENDING, exists=True)
    assert judge(LOOKED_FOR, pending, System.WINDOWS).category is Category.ANTIVIRUS_LOCK


def test_a_mount_point_leaves_nothing_open() -> None:
    assert not judge(replace(BUSY, ambiguous=True), answer(mount_point=True), System.LINUX).ambiguous
