"""Ways to ask the played controller."""

from collections.abc import Callable

import pytest

from ci_guard.cli import main
from ci_guard.jenkins.api.client import Client, RequestRetry
from rig.controller.fake import TOKEN, USER, Fake
from rig.controller.fixtures import Start, _plain, start, world

QUICK = RequestRetry(timeout=60, tries=4, first_wait=0.01)

Run = Callable[..., tuple[int, str, str]]

__all__ = ["Run", "Start", "_plain", "client_of", "run", "start", "world"]


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
