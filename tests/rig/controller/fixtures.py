"""A played controller for a test, and an environment without the machine's own proxies and names."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rig.controller.fake import Fake, Fault
from rig.controller.world import World

FOREIGN = (
    "JENKINS",
    "CI_GUARD",
    "REQUESTS_",
    "CURL_CA",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)

Start = Callable[..., Fake]


@pytest.fixture(autouse=True)
def _plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(FOREIGN) or name in ("JOB_NAME", "BUILD_NUMBER", "PYTHONHTTPSVERIFY"):
            monkeypatch.delenv(name)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def start(world: World) -> Iterator[Start]:
    """Start the controller, with faults if wanted."""
    running: list[Any] = []

    def started(fault: Fault = lambda path, before: None) -> Fake:
        context = Fake(world, fault).running()
        running.append(context)
        return context.__enter__()

    yield started
    for context in running:
        context.__exit__(None, None, None)
