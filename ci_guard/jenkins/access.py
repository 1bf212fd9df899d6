"""The way to the controller: address and credentials from the environment, the scanner, the cache."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ci_guard.dataclass import dataclass
from ci_guard.errors import UsageError
from ci_guard.explain.log_explainer import question_for
from ci_guard.jenkins.api.client import Client, RequestRetry
from ci_guard.jenkins.scan import Scanner, name_of_reading
from ci_guard.jenkins.scan_cache import ScanCache

URLS = ("CI_GUARD_JENKINS_URL", "JENKINS_URL")
USERS = ("CI_GUARD_JENKINS_USER", "JENKINS_USER", "JENKINS_USER_ID")
TOKENS = ("CI_GUARD_JENKINS_API_TOKEN", "JENKINS_API_TOKEN")
NO_MEMORY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the command line says about the controller and how to ask it."""

    url: str | None
    timeout: float
    tries: int
    workers: int
    state: str | None
    policy: str | None


def connect(access: Access, environ: Mapping[str, str]) -> Client:
    """The client. Raises `UsageError` if address or credentials are missing or only half there."""
    url = access.url or _first(environ, URLS)
    if url is None:
        raise UsageError("which controller?", hint="set JENKINS_URL, or give `--url https://ci.example.com/`")
    user, token = _first(environ, USERS), _first(environ, TOKENS)
    if (user is None) != (token is None):
        missing = USERS[1] if user is None else TOKENS[1]
        raise UsageError(
            f"{missing} is not set",
            hint="user and API token belong together; set both, or neither to be anonymous",
        )
    return Client(url, user, token, RequestRetry(timeout=access.timeout, tries=access.tries))


def scanner(access: Access, client: Client, environ: Mapping[str, str], directory: str) -> Scanner:
    """The scanner. Raises `PolicyError` for a policy with mistakes."""
    question, secrets = question_for(None, access.policy, environ, directory)
    cache = None
    if access.state != NO_MEMORY:
        folder = Path(access.state) if access.state else _cache(environ) / "ci-guard" / "jenkins"
        cache = ScanCache(folder, client.url, name_of_reading(question, secrets))
    return Scanner(client=client, question=question, secrets=secrets, cache=cache, workers=access.workers)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), None)


def _cache(environ: Mapping[str, str]) -> Path:
    """Where programs keep what can be made anew (XDG Base Directory; Known Folder LocalAppData)."""
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local"))
    return Path(environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
