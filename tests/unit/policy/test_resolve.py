from collections.abc import Mapping
from pathlib import Path

import pytest

from ci_guard.errors import PolicyError, UsageError
from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.category import Category
from ci_guard.model.invocation import Invocation
from ci_guard.model.knowledge import Signature
from ci_guard.model.policy import Backoff, Policy, ReportTarget, TweakPolicy
from ci_guard.policy.resolve import Resolved, resolve
from ci_guard.policy.show import tell_origins


def resolved(
    directory: Path,
    text: str | None = None,
    environ: Mapping[str, str] | None = None,
    command: str = "uv sync",
    **settings: object,
) -> Resolved:
    if text is not None:
        (directory / ".ci-guard.yml").write_text("version: 1\n" + text, encoding="utf-8")
    invocation = Invocation(command=tuple(command.split()), settings=settings)
    return resolve(invocation, environ or {}, str(directory), parse_command)


def test_without_anything_the_defaults_count(tmp_path: Path) -> None:
    result = resolved(tmp_path)
    assert result.policy == Policy()
    assert {tell_origins(origins) for origins in result.origin.values()} == {"default"}
    assert result.file is None


COMMANDS = "attempts: 2\ncommands:\n  - match: uv *\n    attempts: 3\n"


@pytest.mark.parametrize(
    ("text", "environ", "settings", "attempts", "origin"),
    [
        (None, {}, {}, 6, "default"),
        ("attempts: 2\n", {}, {}, 2, ".ci-guard.yml:2"),
        (COMMANDS, {}, {}, 3, ".ci-guard.yml:5"),
        (COMMANDS.replace("uv", "pip"), {}, {}, 2, ".ci-guard.yml:2"),
        (COMMANDS, {"CI_GUARD_ATTEMPTS": "4"}, {}, 4, "environment CI_GUARD_ATTEMPTS"),
        (COMMANDS, {"CI_GUARD_ATTEMPTS": "4"}, {"attempts": "5"}, 5, "command line --attempts"),
        (None, {}, {"attempts": 5}, 5, "command line --attempts"),
        (None, {"CI_GUARD_ATTEMPTS": ""}, {}, 6, "default"),
        (None, {"CI_GUARD": "1", "CI_GUARD_ATTEMPTS": "4", "CI_GUARD_ATTEMPT": "2"}, {}, 6, "default"),
    ],
)
def test_precedence_and_origin(tmp_path: Path, text, environ, settings, attempts, origin) -> None:
    result = resolved(tmp_path, text, environ, **settings)
    assert (result.policy.attempts, tell_origins(result.origin["attempts"])) == (attempts, origin)


def test_the_first_entry_that_matches_counts(tmp_path: Path) -> None:
    text = "commands:\n  - match: uv *\n    attempts: 3\n  - match: uv sync *\n    attempts: 4\n"
    assert resolved(tmp_path, text).policy.attempts == 3


def test_every_key_of_a_policy_arrives(tmp_path: Path) -> None:
    text = """\
attempts: 3
deadline: null
attempt_timeout: 1m30s
backoff: {initial: 250ms, factor: 1.5, maximum: 5s, jitter: 0}
retry_on: [antivirus_lock, network]
wait_for_unlock: false
verify: false
repair: false
tweaks: {mode: off, deny: [uv.copy], override: [UV_LINK_MODE]}
environment: {A: "1", B: null}
exit_codes: {antivirus_lock: 75}
reports: {junit: "out/{step}.xml", json: null}
redact: ["secret-\\\\w+"]
fallback: uv sync --link-mode "copy"
on_retry: [uv, cache, prune]
retry_on_exit_code: [75, 3221225794]
signatures:
  - {id: own, category: antivirus_lock, pattern: is locked}
"""
    assert resolved(tmp_path, text).policy == Policy(
        attempts=3,
        deadline=None,
        attempt_timeout=90.0,
        backoff=Backoff(initial=0.25, factor=1.5, maximum=5.0, jitter=0.0),
        retry_on=(Category.ANTIVIRUS_LOCK, Category.NETWORK),
        wait_for_unlock=False,
        verify=False,
        repair=False,
        tweaks=TweakPolicy(mode="off", deny=("uv.copy",), override=("UV_LINK_MODE",)),
        environment={"A": "1", "B": None},
        exit_codes={Category.ANTIVIRUS_LOCK: 75},
        reports=(ReportTarget(format="junit", path="out/{step}.xml"),),
        redact=(r"secret-\w+",),
        fallback=("uv", "sync", "--link-mode", "copy"),
        on_retry=("uv", "cache", "prune"),
        retry_on_exit_code=(75, 3221225794),
        signatures=(
            Signature(
                id="own", category=Category.ANTIVIRUS_LOCK, pattern="is locked", reference="", examples=()
            ),
        ),
    )


def test_mappings_are_merged_and_what_must_not_be_lost_adds_up(tmp_path: Path) -> None:
    text = """\
backoff: {factor: 3}
environment: {A: "1", B: "2"}
redact: [one]
retry_on: [network]
commands:
  - match: uv *
    backoff: {initial: 1s}
    environment: {B: "3"}
    redact: [two]
    retry_on: [disk_full]
"""
    result = resolved(tmp_path, text)
    assert (result.policy.backoff.factor, result.policy.backoff.initial) == (3.0, 1.0)
    assert result.policy.environment == {"A": "1", "B": "3"}
    assert result.policy.redact == ("one", "two")
    assert result.policy.retry_on == (Category.DISK_FULL,)
    assert tell_origins(result.origin["environment.A"]) == ".ci-guard.yml:3"
    assert tell_origins(result.origin["environment.B"]) == ".ci-guard.yml:9"
    assert tell_origins(result.origin["redact"]) == ".ci-guard.yml:4, .ci-guard.yml:10"


def test_reports_are_replaced_format_by_format(tmp_path: Path) -> None:
    result = resolved(
        tmp_path,
        "reports: {junit: file.xml, markdown: file.md}\n",
        {"CI_GUARD_REPORT": "junit=env.xml,json=a,b.json"},
        **{"reports.junit": "5"},
    )
    assert result.policy.reports == (
        ReportTarget(format="junit", path="5"),
        ReportTarget(format="json", path="a,b.json"),
        ReportTarget(format="markdown", path="file.md"),
    )
    assert tell_origins(result.origin["reports.junit"]) == "command line --junit"
    assert tell_origins(result.origin["reports.json"]) == "environment CI_GUARD_REPORT"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CI_GUARD_DEADLINE": "90s"}, Policy(deadline=90.0)),
        ({"CI_GUARD_DEADLINE": "null"}, Policy(deadline=None)),
        ({"CI_GUARD_ATTEMPT_TIMEOUT": "45s"}, Policy(attempt_timeout=45.0)),
        (
            {"CI_GUARD_RETRY_ON": "network, disk_full"},
            Policy(retry_on=(Category.NETWORK, Category.DISK_FULL)),
        ),
        ({"CI_GUARD_JUNIT": "a.xml"}, Policy(reports=(ReportTarget(format="junit", path="a.xml"),))),
        ({"CI_GUARD_NO_TWEAKS": "yes"}, Policy(tweaks=TweakPolicy(mode="off"))),
        ({"CI_GUARD_NO_VERIFY": "1"}, Policy(verify=False)),
        ({"CI_GUARD_NO_VERIFY": "false"}, Policy()),
    ],
)
def test_settings_from_the_environment(tmp_path: Path, environ: dict[str, str], expected: Policy) -> None:
    assert resolved(tmp_path, environ=environ).policy == expected


@pytest.mark.parametrize(
    ("environ", "settings", "message"),
    [
        (
            {"CI_GUARD_ATTEMPTS": "six"},
            {},
            "environment variable `CI_GUARD_ATTEMPTS`: expected a whole number from 1 to 100, found `six`",
        ),
        (
            {"CI_GUARD_RETRY_ON": "netwrk"},
            {},
            "environment variable `CI_GUARD_RETRY_ON`: expected a category, found `netwrk`; "
            "did you mean `network`?",
        ),
        (
            {"CI_GUARD_NO_VERIFY": "maybe"},
            {},
            "environment variable `CI_GUARD_NO_VERIFY`: expected `1` or `0`, found `maybe`; "
            "write `1` to switch it on",
        ),
        (
            {"CI_GUARD_REPORT": "xml=a"},
            {},
            "environment variable `CI_GUARD_REPORT`: expected a format of reports, found `xml`; "
            "one of `junit`, `json`, `markdown`",
        ),
        ({}, {"attempts": "0"}, "option `--attempts`: expected a whole number from 1 to 100, found `0`"),
        (
            {},
            {"deadline": "15 min"},
            "option `--deadline`: expected a duration such as `250ms`, `2s`, `1m30s`, `15m`, more than zero, "
            "found `15 min`; write `15m`",
        ),
        (
            {},
            {"retry_on": ("network", "antivirus_block")},
            "option `--retry-on`: `antivirus_block` is not possible: it is a verdict, not a lock: "
            "trying again cannot change it",
        ),
        (
            {},
            {"reports": ("out.xml",)},
            "option `--report`: expected `FORMAT=FILE`, found `out.xml`; write it as `junit=FILE`",
        ),
        (
            {},
            {"reports.junit": "a", "reports": ("junit=b",)},
            "option `--report`: a second file for `junit`; name one file for each format",
        ),
    ],
)
def test_wrong_settings_name_their_source(tmp_path: Path, environ, settings, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolved(tmp_path, environ=environ, **settings)
    assert str(caught.value) == message


def test_all_wrong_variables_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)CI_GUARD_ATTEMPTS.*CI_GUARD_DEADLINE.*CI_GUARD_NO_VERIFY"):
        resolved(
            tmp_path,
            environ={"CI_GUARD_ATTEMPTS": "x", "CI_GUARD_DEADLINE": "y", "CI_GUARD_NO_VERIFY": "z"},
        )


def test_a_named_file_is_read_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("version: 1\nattempts: 2\n", encoding="utf-8")
    (tmp_path / ".ci-guard.yml").write_text("version: 1\nattempts: 3\n", encoding="utf-8")
    invocation = Invocation(command=("uv",), policy_file="own.yml")
    named = resolve(invocation, {}, str(tmp_path), parse_command)
    assert tell_origins(named.origin["attempts"]) == "own.yml:2"
    result = resolve(
        Invocation(command=("uv",)), {"CI_GUARD_POLICY": "own.yml"}, str(tmp_path), parse_command
    )
    assert result.policy.attempts == 2
    with pytest.raises(PolicyError, match=r"cannot read `none\.yml`"):
        resolve(Invocation(command=("uv",), policy_file="none.yml"), {}, str(tmp_path), parse_command)


def test_a_variable_that_stands_for_nothing_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"`CI_GUARD_ATEMPTS`: .* did you mean `CI_GUARD_ATTEMPTS`\?"):
        resolved(tmp_path, environ={"CI_GUARD_ATEMPTS": "3"})
    with pytest.raises(UsageError, match="ci-guard help environment"):
        resolved(tmp_path, environ={"CI_GUARD_XYZZY": ""})


def test_what_a_guard_gives_its_command_is_no_setting_inside_of_it(tmp_path: Path) -> None:
    given = {"CI_GUARD_ATTEMPT": "2", "CI_GUARD_ATTEMPTS": "6", "CI_GUARD_RUN": "x"}
    assert resolved(tmp_path, environ={"CI_GUARD": "1", **given}).policy == Policy()
    with pytest.raises(UsageError, match="CI_GUARD_RUN"):
        resolved(tmp_path, environ=given)


def test_every_variable_that_ci_guard_reads_is_known() -> None:
    import re

    import ci_guard
    from ci_guard.policy.settings import OF_THE_COMMAND, OTHER_VARIABLES
    from ci_guard.policy.table import options

    known = {*OTHER_VARIABLES, *OF_THE_COMMAND, *(option.variable for option in options())}
    root = Path(ci_guard.__file__).parent
    named = {
        name
        for path in root.rglob("*.py")
        for name in re.findall(r"\bCI_GUARD_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert named - known == set()
