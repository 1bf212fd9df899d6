"""Which variables of an environment hold a secret, and which part of a value is one."""

import json
from collections.abc import Iterator, Mapping

from ci_guard.expression import expression
from ci_guard.redact.shapes import WORDS

# beside the words: Jenkins' NAME_PSW, DB_PASS, KEYPASS, SSHPASS, CI_JOB_JWT, AZURE_PAT, DEPLOY_KEY, MY_CREDS
_SECRET_NAME = expression(
    rf"(?i){WORDS}|(?:_|^)(?:pass|psw|jwt|pat|key|creds?|passcode|cookie)$|sshpass|(?:_|^)jwt_"
    r"|(?:db|key|store|user|root|admin|cert|sign|pfx)(?:pass|pwd)$|^sonar_login$"
)
_PLACE_NAME = expression(
    r"(?i)(?:_|^)(?:file|path|dir|directory|home|store|sock|type|name|(?<!vault_secret_)id)$"
    r"|(?:public|cache|host)_?key$"
)
_URL_PASSWORD = expression(r"://[^\s/?#:@]{0,256}:([^\s/?#]{1,1024})@")
_STRING_WORDS = r"(?:accountkey|sharedaccesskey|sharedaccesssignature|pwd|password|passwd)"
_STRING_PASSWORD = expression(rf"(?i)(?:^|;)\s{{0,4}}{_STRING_WORDS}\s{{0,4}}=([^;]{{1,1024}})")
# libpq's `host=h password=X`, a query's `?user=u&password=X`
_WORD_PASSWORD = expression(rf"(?i)(?:^|[\s?&]){_STRING_WORDS}=([^;&\s]{{1,1024}})")
_JSON_FIELD = expression(r'"([^"\\]{1,80})"\s{0,8}:\s{0,8}"((?:[^"\\]|\\.){1,16384})"')
_USER_AND_PASSWORD = expression(r"^[^\s:/@]{1,64}:([^\s:/@]{1,1024})$")
_DOCKER = "auth"  # in DOCKER_AUTH_CONFIG and config.json: the base64 of user:password
_JENKINS = "_PSW"  # credentials('x') sets X to user:password, X_USR and X_PSW


def looks_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret: `NPM_TOKEN` does, `TOKEN_FILE` says where one is."""
    return bool(_SECRET_NAME.search(name)) and not _PLACE_NAME.search(name)


def secret_values(environment: Mapping[str, str]) -> Iterator[str]:
    """Every secret in it: whole values, passwords in addresses and in connection strings, fields of JSON."""
    for name, value in environment.items():
        if looks_secret(name) or f"{name}{_JENKINS}" in environment:
            yield value
            yield from _USER_AND_PASSWORD.findall(value.strip())
        if "=" in value:
            yield from _STRING_PASSWORD.findall(value)
            yield from _WORD_PASSWORD.findall(value)
        if "://" in value:
            yield from _of_addresses(value)
        if value.lstrip()[:1] in ("{", "["):
            yield from _of_json(value)


def _of_addresses(value: str) -> Iterator[str]:
    for password in _URL_PASSWORD.findall(value):
        yield password
        if "%" in password:
            from urllib.parse import unquote  # opens files

            yield unquote(password)


def _of_json(value: str) -> Iterator[str]:
    for name, written in _JSON_FIELD.findall(value):
        if not looks_secret(name):
            continue
        try:
            found = str(json.loads(f'"{written}"'))
        except ValueError:
            found = written
        yield found
        if name == _DOCKER:
            yield _in_base64(found)


def _in_base64(text: str) -> str:
    """The password of `user:password`; nothing of what is none."""
    import base64

    try:
        return base64.b64decode(text).decode("utf-8").partition(":")[2]
    except ValueError:
        return ""
