"""An environment without the machine's own proxies, certificates and names; ways to ask the controller."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.jenkins.api.client import Client, RequestRetry
from rig.controller.fake import TOKEN, USER, Fake, Fault
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
QUICK = RequestRetry(timeout=5, tries=4, first_wait=0.01)

Start = Callable[..., Fake]
Run = Callable[..., tuple[int, str, str]]


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
    running: list = []

    def started(fault: Fault = lambda path, before: None) -> Fake:
        context = Fake(world, fault).running()
        running.append(context)
        return context.__enter__()

    yield started
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`ci-guard jenkins WORDS`: exit status, stdout, stderr, which never hold the token."""

    def ran(
        fake: Fake, *words: str, user: str | None = USER, token: str | None = TOKEN
    ) -> tuple[int, str, str]:
        monkeypatch.setenv("JENKINS_URL", fake.url)
        for name, value in (("JENKINS_USER", user), ("JENKINS_API_TOKEN", token)):
            monkeypatch.delenv(name, raising=False)
            if value is not None:
                monkeypatch.setenv(name, value)
        status = main(["jenkins", *words])
        out, err = capsys.readouterr()
        assert token is None or token not in out + err
        return status, out, err

    return ran


def client_of(fake: Fake, user: str | None = USER, token: str | None = TOKEN) -> Client:
    return Client(fake.url, user, token, QUICK)
