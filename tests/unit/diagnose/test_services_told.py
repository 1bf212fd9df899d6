"""Who is not let in, what may not be installed, and what does not listen on this very machine."""

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

pytestmark = pytest.mark.table


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, user ci is not allowed to execute '/usr/bin/apt install riga' as root on build1.",
        "Sorry, user ci may not run sudo on build1.",
        "ci is not in the sudoers file.  This incident will be reported.\nmake: *** [all] Error 1",
        "sudo: ci : command not allowed ; TTY=unknown ; PWD=/ws ; USER=root ; COMMAND=/bin/riga",
        "Error executing command as another user: Not authorized\n\nThis incident has been reported.",
        "Désolé, l'utilisateur ci n'est pas autorisé à exécuter « /bin/riga » en tant que root sur build1.",
        "stderr: WMI.WmiException: AccessDenied\n   at WMI.WmiRoot.BaseHandler.CheckError(Object result)",
        "error running: C:\\riga\\install.bat\nexit status: 5\nstderr: WMI.WmiException: AccessDenied",
        "Grpc.Core.RpcException: PermissionDenied\n   at Riga.Upload()",
        "This installation is forbidden by system policy. Contact your system administrator.",
        "Installer failed with exit code: 1625",
        "0x80070659: This installation is forbidden by system policy.",
    ],
)
def test_rights_that_are_no_file(text: str) -> None:
    assert category(text) is Category.PERMISSION


@pytest.mark.parametrize(
    "text",
    [
        "warn : Your request could not be authenticated by the package service. Please log in.",
        "ERROR: You are not authenticated. Run `riga login`.",
        "sudo: 3 incorrect password attempts",
        "sudo: no tty present and no askpass program specified",
    ],
)
def test_who_is_not_let_in(text: str) -> None:
    assert category(text) is Category.AUTHENTICATION


@pytest.mark.parametrize(
    "text",
    [
        "Connect to {}:2375 [{}/192.0.2.7] failed: Connection refused: getsockopt",
        "Error: connect ECONNREFUSED {}:5432",
        "dial tcp {}:8080: connect: connection refused",
        "curl: (7) Failed to connect to {} port 3000 after 0 ms: Connection refused",
        "HttpRequestException: No connection could be made because the target machine actively refused it. "
        "({}:5000)",
        "requests.exceptions.ConnectionError: HTTPConnectionPool(host='{}', port=80): "
        "Max retries exceeded with url: / (Caused by NewConnectionError('[Errno 111] Connection refused'))",
    ],
)
def test_nobody_listens_on_this_machine(text: str) -> None:
    for here in ("localhost", "127.0.0.1"):
        assert category(text.format(here, here)) is Category.CONFIGURATION
    assert category(text.format("files.example", "files.example")) is Category.NETWORK


def test_a_browser_that_was_not_set_up() -> None:
    heading = 'ERROR: Failed to set up Chromium r884014! Set "PUPPETEER_SKIP_DOWNLOAD" env variable.\n'
    nowhere = "[Error: ENOENT: no such file or directory, mkdir '~/Library/Caches/Puppeteer'] {"
    assert category(heading + nowhere) is Category.CONFIGURATION
    assert category(heading) is Category.NETWORK
    assert category(heading + "Error: connect ETIMEDOUT 192.0.2.7:443") is Category.NETWORK
