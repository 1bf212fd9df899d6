"""What must not be shown, in all the places where it turns up, and what must stay readable."""

import base64
import time
from urllib.parse import quote

import pytest

from ci_guard.errors import PolicyError
from ci_guard.redact import secrets as secrets_module
from ci_guard.redact.secrets import Secrets, find_secrets, looks_secret, redact_argv, redact_text

NOTHING = Secrets()
GITHUB = "ghp_" + "a1B2" * 9
JSON_WEB_TOKEN = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0x." + "c2lnbmF0dXJl"
HANG = 60.0  # processor seconds; 1 MB takes under 1, and hours where the time grows with the square


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://bob:hunter2@host/simple", "https://***@host/simple"),
        ("https://bob:p@ss@host/simple", "https://***@host/simple"),
        (f"git clone https://{GITHUB}@github.com/a/b", "git clone https://***@github.com/a/b"),
        ("https://h/f?token=abc&x=1", "https://h/f?token=***&x=1"),
        ("https://h/f?x=1&access_token=abc", "https://h/f?x=1&access_token=***"),
        ("https://h/blob?sv=2024&sig=a%2Fb%3D", "https://h/blob?sv=2024&sig=***"),
        ("https://h/f?X-Amz-Signature=00ff&X-Amz-Date=1", "https://h/f?X-Amz-Signature=***&X-Amz-Date=1"),
        ("Authorization: Basic Ym9iOmh1bnRlcjI=", "Authorization: ***"),
        ("> authorization: Bearer abc.def", "> authorization: ***"),
        ("sent Bearer abcdefgh12 to h", "sent Bearer *** to h"),
        ("PRIVATE-TOKEN: abc", "PRIVATE-TOKEN: ***"),
        ("twine upload --password hunter2 dist/a", "twine upload --password *** dist/a"),
        ("uv publish --token=abc dist/a", "uv publish --token=*** dist/a"),
        ("npm --registry-auth-token 'a b' x", "npm --registry-auth-token *** x"),
        ("curl -u bob:hunter2 https://h", "curl -u bob:*** https://h"),
        ("curl --user=bob:hunter2 https://h", "curl --user=bob:*** https://h"),
        ("export MY_TOKEN=abc; make", "export MY_TOKEN=***; make"),
        ("password = hunter2", "password = ***"),
        ("//registry.npmjs.org/:_authToken=abc", "//registry.npmjs.org/:_authToken=***"),
        ('{"api_key": "a b c", "x": 1}', '{"api_key": ***, "x": 1}'),
        ("password: hunter2", "password: ***"),
        (f"got {GITHUB}.", "got ***."),
        ("glpat-" + "x" * 20, "***"),
        ("pypi-AgEIcHlwaS5vcmc" + "x" * 30, "***"),
        ("AKIA" + "ABCD1234" * 2, "***"),
        ("npm_" + "x" * 36, "***"),
        (f"jwt {JSON_WEB_TOKEN}", "jwt ***"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END",
            "-----BEGIN RSA PRIVATE KEY-----***-----END",
        ),
        ("--tok\x1b[1men=abc", "--token=***"),
    ],
)
def test_secrets_of_known_shape(text: str, shown: str) -> None:
    assert redact_text(text, NOTHING) == shown


@pytest.mark.parametrize(
    "text",
    [
        "git+https://github.com/a/b@main",
        "ssh://git@github.com/a/b",
        "https://registry.npmjs.org/@scope/name",
        "SyntaxError: unexpected token: foo",
        "error: author=me keyword=x",
        "PWD=/builds/app",
        "C:\\builds\\app\\token.py: Access is denied. (os error 5)",
        "pip install -U build:x",
        "mkdir -p a:b",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text, NOTHING) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("NPM_TOKEN", True),
        ("TWINE_PASSWORD", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("OPENAI_APIKEY", True),
        ("my_api_key", True),
        ("GOOGLE_CREDENTIALS", True),
        ("SSH_PRIVATE_KEY", True),
        ("DB_PASSWD", True),
        ("DB_PWD", True),
        ("TOKEN_FILE", False),
        ("GIT_AUTHOR", False),
        ("PWD", False),
        ("PATH", False),
        ("KEYBOARD", False),
    ],
)
def test_names_that_look_secret(name: str, secret: bool) -> None:
    assert looks_secret(name) is secret


VALUE = "Zq/9 +\"x'%ü&y"


@pytest.mark.parametrize("form", [VALUE, quote(VALUE), quote(VALUE, safe=""), "Zq/9 +\\\"x'%\\u00fc&y"])
def test_values_of_secret_variables_go_in_every_form(form: str) -> None:
    assert redact_text(f"<{form}>", find_secrets({"MY_TOKEN": VALUE})) == "<***>"


@pytest.mark.parametrize("before", ["", "u", "us", "bob:", "alice:"])
def test_values_go_in_base64_wherever_they_begin(before: str) -> None:
    value = "correct-horse"
    text = base64.b64encode(f"{before}{value}tail".encode()).decode()
    shown = redact_text(text, find_secrets({"MY_PASSWORD": value}))
    assert "***" in shown
    hidden = shown.replace("***", "")
    assert len(text) - len(hidden) >= len(value) * 4 // 3 - 2


def test_each_line_of_a_secret_goes() -> None:
    secrets = find_secrets({"DEPLOY_KEY": "first-line\nsecond-line\n"})
    assert redact_text("a second-line b", secrets) == "a *** b"


def test_short_values_and_other_variables_stay() -> None:
    assert (
        redact_text("true color", find_secrets({"USE_TOKEN": "true", "TERM": "true color"})) == "true color"
    )


def test_the_longest_value_goes_first() -> None:
    secrets = find_secrets({"A_TOKEN": "abcdef", "B_TOKEN": "abcdef-ghijkl"})
    assert redact_text("abcdef-ghijkl", secrets) == "***"


def test_a_pattern_that_takes_too_long_shows_nothing_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a policy says, a report is written, and holds no secret."""
    monkeypatch.setattr(secrets_module, "MOST_SECONDS", 0.05)
    known = find_secrets({}, ["key-[0-9]+", "a{0,300}a{0,300}a?b"])
    assert redact_text("key-1 is short", known) == "*** is short"
    long = "a" * 50_000 + "key-2"
    assert redact_text(long, known) == "*** (pattern 2 of `redact` takes too long in this text)"
    assert redact_text(long, known) == "*** (pattern 2 of `redact` takes too long in this text)"
    assert redact_text("key-3 aab", known) == "*** ***"


def test_patterns_of_the_policy_count_beside_the_values() -> None:
    secrets = find_secrets({"T_TOKEN": "s3cret!"}, (r"ticket-\d+",))
    assert redact_text("see ticket-4711 and s3cret!", secrets) == "see *** and ***"


def test_a_pattern_that_matches_nothing_adds_nothing() -> None:
    assert redact_text("abc", find_secrets({}, ("x*",))) == "abc"


def test_a_bad_pattern_is_told() -> None:
    with pytest.raises(PolicyError, match=r"`\(` does not compile"):
        find_secrets({}, ("(",))


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (("twine", "--password", "hunter2", "x"), ("twine", "--password", "***", "x")),
        (("uv", "--token=abc"), ("uv", "--token=***")),
        (("curl", "-u", "bob:hunter2"), ("curl", "-u", "bob:***")),
        (("curl", "-u", "bob"), ("curl", "-u", "bob")),
        (("x", "--token", "--verbose"), ("x", "--token", "--verbose")),
        (("sh", "-c", "curl -u bob:hunter2 h"), ("sh", "-c", "curl -u bob:*** h")),
    ],
)
def test_command_lines(argv: tuple[str, ...], shown: tuple[str, ...]) -> None:
    assert redact_argv(argv, lambda word: redact_text(word, NOTHING)) == shown


@pytest.mark.parametrize(
    "unit", ["-", "a", "token", "://", "eyJ", "?sig", "--password-", 'password="', "\x1b]"]
)
def test_a_megabyte_of_anything_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    redact_text(text, NOTHING)
    assert time.process_time() - begun < HANG
