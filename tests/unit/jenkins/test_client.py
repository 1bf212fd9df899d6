"""Requests: what goes wrong on the way to a controller is survived, or told with its remedy."""

import logging
import os
import socket
import ssl
from pathlib import Path

import pytest

from ci_guard.errors import AccessRefused, ControllerError, NothingThere, Unanswered, UsageError
from ci_guard.jenkins.api.builds import find_build, list_builds, set_description, start_build
from ci_guard.jenkins.api.client import Client, RequestRetry
from rig.controller import fake
from rig.controller.fake import PASSWORD, TOKEN, USER, Fake
from rig.controller.world import Made, World
from unit.jenkins.conftest import QUICK, Start, client_of

CERTIFICATE = Path(fake.__file__).with_name("certificate.pem")
LOG = b"".join(b"line %d of a log\n" % number for number in range(500))


@pytest.fixture(autouse=True)
def _one_build(world: World) -> None:
    world.add("app", Made(1, LOG))


def once(fault: str):
    """The fault at the first time that anything is asked for."""
    return lambda path, before: fault if before == 0 else None


def always(fault: str):
    return lambda path, before: fault


@pytest.mark.parametrize("fault", ["reset", "503", "502", "garbage", "truncated-json", "cut", "slow"])
def test_a_passing_fault_is_survived(start: Start, fault: str) -> None:
    fake = start(once(fault))
    client = client_of(fake)
    assert [build.number for build in list_builds(client, "app", 10)] == [1]
    assert fake.faults[fault] == 1


@pytest.mark.parametrize("fault", ["reset", "503", "garbage", "cut"])
@pytest.mark.parametrize("log", [LOG, LOG + b"x", b""])
def test_a_log_that_breaks_off_is_read_anew_from_its_start(
    start: Start, world: World, fault: str, log: bytes
) -> None:
    world.builds["app"][0].log = log
    fake = start(once(fault))
    assert client_of(fake).read("job/app/1/consoleText", lambda stream: stream.read()) == log
    assert fake.faults[fault] == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("503", "HTTP 503, 4 times"),
        ("reset", "broke off or makes no sense, 4 times"),
        ("garbage", "a web page instead of data"),
        ("truncated-json", r"4 times \(an answer that ci-guard cannot read"),
    ],
)
def test_a_lasting_fault_is_told_with_a_hint(start: Start, fault: str, told: str) -> None:
    fake = start(always(fault))
    with pytest.raises(ControllerError, match=told) as caught:
        find_build(client_of(fake), "app", 1)
    assert fake.url in str(caught.value)
    assert caught.value.hint
    assert fake.faults[fault] == QUICK.tries


def test_a_503_never_becomes_does_not_exist(start: Start) -> None:
    with pytest.raises(ControllerError) as caught:
        find_build(client_of(start(always("503"))), "app", 1)
    assert not isinstance(caught.value, NothingThere)


def test_silence_ends(start: Start) -> None:
    fake = start(always("silence"))
    client = Client(fake.url, USER, TOKEN, RequestRetry(timeout=0.2, tries=2, first_wait=0.01))
    with pytest.raises(ControllerError, match="no answer came in time, 2 times") as caught:
        find_build(client, "app", 1)
    assert "--timeout" in str(caught.value.hint)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ControllerError, match="cannot connect, 4 times"):
        find_build(Client(url, USER, TOKEN, QUICK), "app", 1)


def test_a_login_page_is_told_as_such_at_once(start: Start) -> None:
    fake = start()
    fake.mode = "login"
    with pytest.raises(AccessRefused, match="login page") as caught:
        find_build(client_of(fake), "app", 1)
    assert "JENKINS_API_TOKEN" in str(caught.value.hint)
    assert sum(fake.asked.values()) == 1


def test_a_wrong_token_is_told_at_once_and_not_shown(start: Start) -> None:
    fake = start()
    with pytest.raises(AccessRefused, match="HTTP 401") as caught:
        find_build(client_of(fake, token="wrong-token-0123456789"), "app", 1)
    assert "wrong-token" not in str(caught.value)
    assert sum(fake.asked.values()) == 1


def test_what_is_not_there_is_asked_for_once(start: Start) -> None:
    fake = start()
    with pytest.raises(NothingThere, match="may not see it"):
        find_build(client_of(fake), "app", 99)
    assert sum(fake.asked.values()) == 1


def test_a_password_gets_a_crumb_and_a_new_one_after_a_restart(start: Start, world: World) -> None:
    fake = start()
    client = client_of(fake, token=PASSWORD)
    build = find_build(client, "app", 1)
    set_description(client, build, "one")
    fake.crumbs.clear()  # as after a restart of the controller
    with pytest.raises(AccessRefused):
        set_description(client, build, "two")
    set_description(client, build, "three")
    assert world.builds["app"][0].description == "three"


def test_a_change_that_may_be_repeated_is(start: Start, world: World) -> None:
    fake = start(lambda path, before: "done-then-reset" if "submit" in path and before == 0 else None)
    client = client_of(fake)
    set_description(client, find_build(client, "app", 1), "told")
    assert world.builds["app"][0].description == "told"
    assert fake.faults["done-then-reset"] == 1


def test_a_build_is_not_started_twice_where_the_answer_is_lost(start: Start, world: World) -> None:
    fake = start(lambda path, before: "done-then-reset" if path.endswith("/build") else None)
    client = client_of(fake)
    with pytest.raises(Unanswered, match="no answer tells"):
        start_build(client, find_build(client, "app", 1))
    assert len(world.queued) == 1


def test_a_build_is_started_after_503(start: Start, world: World) -> None:
    fake = start(lambda path, before: "503" if path.endswith("/build") and before == 0 else None)
    client = client_of(fake)
    place = start_build(client, find_build(client, "app", 1))
    assert place.endswith("/queue/item/901/")
    assert len(world.queued) == 1


@pytest.mark.parametrize("token", [TOKEN, PASSWORD])
@pytest.mark.parametrize(
    ("mode", "told"), [("moved", "redirects to https://new"), ("single-sign-on", "login page")]
)
def test_a_change_that_was_sent_elsewhere_is_no_success(
    start: Start, mode: str, told: str, token: str
) -> None:
    fake = start()
    client = client_of(fake, token=token)
    build = find_build(client, "app", 1)
    fake.mode = mode
    with pytest.raises(ControllerError, match=told):
        set_description(client, build, "told")


def test_after_a_stop_nothing_is_tried_again(start: Start) -> None:
    fake = start(always("503"))
    client = client_of(fake)
    client.stop()
    with pytest.raises(ControllerError, match="HTTP 503"):
        find_build(client, "app", 1)
    assert fake.faults["503"] == 1


@pytest.fixture
def secure(world: World):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with Fake(world).running(context) as fake:
        yield fake


def test_a_private_authority_is_named_by_the_environment(
    secure: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    assert find_build(client_of(secure), "app", 1).number == 1


@pytest.mark.parametrize("variable", ["", "PYTHONHTTPSVERIFY"])
def test_an_unknown_authority_is_told_and_never_accepted(
    secure: Fake, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    if variable:
        monkeypatch.setenv(variable, "0")
    with pytest.raises(ControllerError, match="certificate is not trusted") as caught:
        find_build(client_of(secure), "app", 1)
    assert "REQUESTS_CA_BUNDLE" in str(caught.value.hint)
    assert not secure.asked


def test_the_proxy_is_used(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = start()
    monkeypatch.setenv("HTTP_PROXY", fake.url)
    client = Client("http://ci.example.invalid/jenkins", USER, TOKEN, QUICK)
    assert find_build(client, "app", 1).number == 1
    assert sum(fake.asked.values()) == 1


def test_hosts_without_proxy_are_reached_directly(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = start()
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert find_build(client_of(fake), "app", 1).number == 1


def test_a_dead_proxy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(ControllerError, match="proxy does not let") as caught:
        find_build(Client("http://ci.example.invalid/", USER, TOKEN, QUICK), "app", 1)
    assert "NO_PROXY" in str(caught.value.hint)


def test_extra_headers_are_sent_and_not_logged(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("JENKINS_API_EXTRA_HEADERS", "X-Gate: sesame-0123456789")
    with caplog.at_level(logging.DEBUG):
        find_build(client_of(start()), "app", 1)
    assert "sesame" not in caplog.text


@pytest.mark.parametrize("url", ["", "ci.example.com", "ftp://ci.example.com", "https://"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(UsageError, match="is not the address"):
        Client(url, None, None, QUICK)


def test_credentials_in_the_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        Client(f"https://{USER}:{TOKEN}@ci.example.com/", None, None, QUICK)
    assert TOKEN not in str(caught.value) + str(caught.value.hint)


def test_retry_after_counts_up_to_a_limit() -> None:
    assert QUICK.wait(1, "7") == 7.0
    assert QUICK.wait(1, "86400") == 30.0
    assert 0 < QUICK.wait(3, "soon") < 1
    assert "JENKINS_API_TOKEN" not in os.environ
