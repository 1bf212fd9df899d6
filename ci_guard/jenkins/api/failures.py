"""What can go wrong with a request: whether trying again may help, and how to tell it to people."""

import re
from enum import StrEnum

from ci_guard.dataclass import dataclass
from ci_guard.errors import AccessRefused, ControllerError, GuardError, NothingThere
from ci_guard.expression import expression

_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_TAKEN = frozenset({429, 503})  # the controller, or what stands before it, has turned the request away
_REFUSED_STATUS = frozenset({401, 403})
_NOT_FOUND = 404
# Jenkins' own form, its redirect for anonymous users, and the forms of single sign-on
_LOGIN = expression(rb"j_spring_security_check|j_acegi_security_check|type=[\"']?password|SAMLRequest", re.I)
_LOGIN_ADDRESS = expression(r"/(?:login|securityRealm|saml|oauth2?|oidc|adfs)(?:[/?]|$)", re.I)
_CREDENTIALS = (
    "set JENKINS_USER and JENKINS_API_TOKEN (the user's page, Security, API Token); a single sign-on in front"
    " of the controller has to let API tokens pass"
)


class BadResponse(Exception):
    """An answer arrived whole and is none."""


class FailureKind(StrEnum):
    """What a request came to."""

    STATUS = "status"
    SILENCE = "silence"
    UNREACHABLE = "unreachable"  # no connection was made
    BROKEN = "broken"  # a connection was made, and broke
    CERTIFICATE = "certificate"
    PROXY = "proxy"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailure:
    """One request that failed."""

    kind: FailureKind
    text: str = ""  # what the library says, for people
    status: int = 0
    retry_after: str | None = None

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed in a moment."""
        if self.kind is FailureKind.STATUS:
            return self.status in _PASSING_STATUS
        return self.kind is not FailureKind.CERTIFICATE

    @property
    def is_unsent(self) -> bool:
        """Whether the controller has surely not carried it out."""
        return self.kind in (FailureKind.UNREACHABLE, FailureKind.PROXY) or self.status in _NOT_TAKEN


def error_of(trouble: RequestFailure, what: str, url: str, tries: int = 1) -> ControllerError:
    """The trouble as an error with its remedy. `what`: method and path; `url`: the controller's."""
    where = f"{url}: {what}"
    after = f", {tries} times" if tries > 1 else ""
    match trouble.kind:
        case FailureKind.STATUS if trouble.status in _REFUSED_STATUS:
            return AccessRefused(f"{where} is not permitted (HTTP {trouble.status})", hint=_CREDENTIALS)
        case FailureKind.STATUS if trouble.status == _NOT_FOUND:
            return NothingThere(
                f"{where}: there is nothing, or the user may not see it (HTTP 404)",
                hint="check the name (`folder/job`, branches as `feature%2Fx`) and the user's permissions",
            )
        case FailureKind.STATUS if not trouble.is_passing:
            return ControllerError(
                f"{where} was not accepted (HTTP {trouble.status})",
                hint="has the job been changed since (its parameters, its kind), or is it disabled?",
            )
        case FailureKind.STATUS:
            return ControllerError(
                f"{where} was answered with HTTP {trouble.status}{after}",
                hint="the controller, or a proxy before it, is overloaded or restarting: try again later",
            )
        case FailureKind.SILENCE:
            return ControllerError(
                f"{where}: no answer came in time{after}",
                hint="is the controller busy? `--timeout` waits longer; check address, firewall and proxy",
            )
        case FailureKind.UNREACHABLE:
            return ControllerError(
                f"{where}: cannot connect{after} ({trouble.text})",
                hint="check JENKINS_URL, and HTTPS_PROXY, HTTP_PROXY, NO_PROXY where there is a proxy",
            )
        case FailureKind.CERTIFICATE:
            return ControllerError(
                f"{where}: the certificate is not trusted ({trouble.text})",
                hint="REQUESTS_CA_BUNDLE names the file with the certificates of your company's authority",
            )
        case FailureKind.PROXY:
            return ControllerError(
                f"{where}: the proxy does not let the request through{after} ({trouble.text})",
                hint="check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names hosts that are reached without",
            )
        case FailureKind.BROKEN | FailureKind.GARBAGE:
            return ControllerError(
                f"{where}: the answer broke off or makes no sense{after} ({trouble.text})",
                hint="try again; if it persists, look for a proxy or a virus scanner that changes answers",
            )


def check_page(address: str, page: bytes, url: str) -> None:
    """Raise the error for a web page where data was due: `AccessRefused` for a login, else `BadResponse`."""
    if _LOGIN.search(page) or is_login(address):
        raise AccessRefused(f"{url} answers with a login page instead of data", hint=_CREDENTIALS)
    raise BadResponse("a web page instead of data")


def is_login(address: str) -> bool:
    """Whether an address is that of a login."""
    return bool(_LOGIN_ADDRESS.search(address))


def moved(url: str, target: str) -> GuardError:
    """The error for a controller that has another address now: a redirected POST would lose its content."""
    return ControllerError(
        f"{url} redirects to {target}", hint="set JENKINS_URL to the address that it redirects to"
    )
