from pathlib import Path

import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.invocation import Invocation
from ci_guard.model.policy import Policy
from ci_guard.policy.resolve import resolve
from ci_guard.policy.show import reference_table, show, written
from ci_guard.policy.table import BY_NAME, KEYS

FULL = """\
version: 1
attempts: 3
deadline: 1h0.5s
attempt_timeout: 0.0001s
backoff: {initial: 250ms, factor: 1.5}
retry_on: [network]
verify: false
tweaks: {mode: off, deny: [uv.copy]}
environment: {A: "1", B: null, C: "a: 'b' \\" # \\\\ é", D: "on", E: ""}
exit_codes: {antivirus_lock: 75}
reports: {junit: "out/{step}.xml"}
redact: ['a\\d+b', ": "]
fallback: [uv, sync, "two words"]
signatures: [{id: own, category: antivirus_lock, pattern: 'is\\s+locked', retry_once: true}]
"""


def resolved(directory: Path, text: str, **settings: object):
    directory.mkdir(exist_ok=True)
    (directory / ".ci-guard.yml").write_text(text, encoding="utf-8")
    return resolve(Invocation(command=("uv", "sync"), settings=settings), {}, str(directory), parse_command)


@pytest.mark.parametrize("text", ["version: 1\n", FULL])
def test_what_is_shown_is_a_policy_that_says_the_same(tmp_path: Path, text: str) -> None:
    first = resolved(tmp_path / "a", text)
    again = resolved(tmp_path / "b", show(first))
    assert again.policy == first.policy


def test_each_value_has_its_origin(tmp_path: Path) -> None:
    lines = show(
        resolved(tmp_path, "version: 1\nattempts: 3\nenvironment: {A: b}\n", verify=False)
    ).splitlines()
    for start, origin in (
        ("attempts: 3", "# .ci-guard.yml:2"),
        ("  A: b", "# .ci-guard.yml:3"),
        ("verify: false", "# command line --no-verify"),
        ("deadline: null", "# default"),
        ("recovery_time: 15m", "# default"),
        ("grace: 10s", "# default"),
        ("  initial: 2s", "# default"),
    ):
        assert any(line.startswith(start) and line.endswith(origin) for line in lines), start


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(900.0, "15m"), (90.0, "1m30s"), (0.25, "250ms"), (3600.0, "1h"), (0.0, "0s"), (0.0001, "0.0001s")],
)
def test_durations_are_written_as_people_write_them(seconds: float, text: str) -> None:
    assert written(BY_NAME["deadline"], seconds) == text


def test_the_reference_has_a_row_for_every_key() -> None:
    rows = reference_table().splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [f"| `{key.name}`" for key in KEYS]
    assert f"| `attempts` | `{Policy().attempts}` | `--attempts` | `CI_GUARD_ATTEMPTS` |" in rows[0]
