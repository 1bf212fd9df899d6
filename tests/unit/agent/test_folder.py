"""Where ci-guard keeps what outlives a build."""

import os

import pytest

from ci_guard.agent.folder import state_folder


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        ({"HOME": "/home/ci"}, "linux", "/home/ci/.local/state/ci-guard"),
        ({"HOME": "/home/ci", "XDG_STATE_HOME": "/var/ci"}, "linux", "/var/ci/ci-guard"),
        ({"HOME": "/home/ci", "XDG_STATE_HOME": "ci"}, "linux", "/home/ci/.local/state/ci-guard"),
        ({"HOME": "/Users/ci"}, "darwin", "/Users/ci/Library/Application Support/ci-guard"),
        ({"HOME": "/u", "XDG_STATE_HOME": "/x"}, "darwin", "/u/Library/Application Support/ci-guard"),
        ({"LOCALAPPDATA": "/l"}, "win32", "/l/ci-guard"),
        ({"HOME": "/h"}, "win32", None),
        ({}, "linux", None),
        ({"HOME": "home"}, "linux", None),
        ({"HOME": "/home/ci", "CI_GUARD_STATE": "/srv/state"}, "linux", "/srv/state"),
    ],
)  # fmt: skip
@pytest.mark.skipif(os.name == "nt", reason="the paths of the table are those of POSIX")
def test_the_place_is_the_systems_own(environ: dict[str, str], platform: str, folder: str | None) -> None:
    assert state_folder(environ, platform) == folder
