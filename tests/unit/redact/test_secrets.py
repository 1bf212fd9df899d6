"""What must not be shown, in all the places where it turns up, and what must stay readable."""

import base64
import html
import json
import re
import shlex
import time
from collections.abc import Callable
from urllib.parse import quote
from xml.sax import saxutils

import pytest

from ci_guard.errors import PolicyError
from ci_guard.redact import secrets as secrets_module
from ci_guard.redact.environment import looks_secret
from ci_guard.redact.secrets import Secrets, find_secrets, redact_argv, redact_text

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
        *((name, True) for name in ("DBPASS", "KEYPASS", "STOREPASS", "CERTPWD", "MY_CREDS", "NEXUS_CRED")),
        *((name, True) for name in ("USER_PASSCODE", "SESSION_COOKIE", "SONAR_LOGIN", "VAULT_SECRET_ID")),
        *((name, True) for name in ("SECRET_KEY", "MINIO_SECRET_KEY", "SESSION_KEY")),
        *((name, False) for name in ("COMPASS", "BYPASS", "OLDPWD", "SECRET_NAME", "KEY_ID", "CREDS_FILE")),
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


AWKWARD = [
    "p&ss<w>'q\"zz$1\\x",
    "100%sure%2F!",
    "a b`c;d|e",
    "\u00fc\u00f1\u00ed-p\u00e4sswort",
    "it's^(x)\ttab",
]
WRITERS: dict[str, Callable[[str], str]] = {
    "JSON": json.dumps,
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)[1:-1]),
    "JSON that is not ASCII": lambda value: json.dumps(value, ensure_ascii=False),
    "repr": repr,
    "ascii": ascii,
    "repr of bytes": lambda value: repr(value.encode())[1:],
    "shell": shlex.quote,
    "bash -x": lambda value: "'" + value.replace("'", "'\\''") + "'",
    "bash %q": lambda value: re.sub(r"([^\w@%+=:,./-])", r"\\\1", value),
    "double quotes": lambda value: re.sub(r'([$"\\`])', r"\\\1", value),
    "PowerShell": lambda value: re.sub(r'([$"`])', r"`\1", value),
    "single quotes doubled": lambda value: value.replace("'", "''"),
    "cmd": lambda value: re.sub(r'([&|<>^()"!])', r"^\1", value),
    "batch": lambda value: value.replace("%", "%%"),
    "HTML": html.escape,
    "HTML text": lambda value: html.escape(value, quote=False),
    "XML text": saxutils.escape,
    "XML attribute": lambda value: saxutils.escape(value, {'"': "&quot;", "'": "&apos;"}),
    "address": quote,
    "address in lower case": lambda value: re.sub(
        "%..", lambda found: found[0].lower(), quote(value, safe="")
    ),
    "hexadecimal": lambda value: value.encode().hex(),
    "HEXADECIMAL": lambda value: value.encode().hex().upper(),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "PowerShell -EncodedCommand": lambda value: base64.b64encode(value.encode("utf-16-le")).decode(),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("value", [*AWKWARD, "Zk9canary7Qx"])
def test_a_value_goes_however_programs_and_shells_write_it(value: str, writer: str) -> None:
    written = WRITERS[writer](value)
    shown = redact_text(f"<{written}>", find_secrets({"MY_TOKEN": value}))
    assert "***" in shown
    hidden = shown.replace("***", "")
    assert len(hidden) <= len("<''>") + 4  # quotes, and what a group of base64 shares


@pytest.mark.parametrize(
    ("variable", "secret"),
    [
        (("DATABASE_URL", "postgres://u:p%40ssw0rd-x@h/d"), "p@ssw0rd-x"),
        (("PG_DSN", "host=h user=u password=hunter2-x dbname=d"), "hunter2-x"),
        (("SPRING_DATASOURCE_URL", "jdbc:mysql://h/d?user=u&password=hunter2-x&ssl=1"), "hunter2-x"),
        (("STORAGE", "AccountName=a;AccountKey=aHVudGVyMg==;EndpointSuffix=x"), "aHVudGVyMg=="),
        (("BLOB", "BlobEndpoint=https://x/;SharedAccessSignature=sv=1&sig=abcdef"), "sv=1&sig=abcdef"),
        (("NPM_BASIC_AUTH", "bob:hunter2-x"), "hunter2-x"),
        (("MY_CREDS", "bob:hunter2-x"), "hunter2-x"),
        (("COMPOSER_AUTH", '{"http-basic": {"r": {"username": "u", "password": "hunter2-x"}}}'), "hunter2-x"),
        (
            ("VSS_NUGET_EXTERNAL_FEED_ENDPOINTS", '{"endpointCredentials":[{"password":"hunter2-x"}]}'),
            "hunter2-x",
        ),
        (("DOCKER_AUTH_CONFIG", '{"auths": {"r": {"auth": "Ym9iOmh1bnRlcjIteA=="}}}'), "hunter2-x"),
        (("SETTINGS", '{"client_secret": "hun\\"ter2\\u002dx"}'), 'hun"ter2-x'),
    ],
)
def test_the_secret_within_a_value_goes_by_itself(variable: tuple[str, str], secret: str) -> None:
    assert redact_text(f"<{secret}>", find_secrets(dict([variable]))) == "<***>"


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
