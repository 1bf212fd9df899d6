"""Who holds a file: a scanner, which lets go, or a program that stays."""

import pytest

from ci_guard.diagnose.holders import without_scanners
from ci_guard.knowledge.load import load_knowledge


@pytest.mark.parametrize(
    ("holders", "left"),
    [
        ((), ()),
        (("devenv.exe (pid 4)",), ("devenv.exe (pid 4)",)),
        (("Java (pid 5, service Tomcat9)", "cmd"), ("Java (pid 5, service Tomcat9)", "cmd")),
        (("MsMpEng.exe",), ()),
        (("Antimalware Service Executable (pid 4120, service WinDefend)",), ()),
        (("devenv.exe (pid 4)", "MsMpEng.exe (pid 5)"), ()),
    ],
)
def test_where_a_scanner_is_among_them_nobody_is_said_to_stay(
    holders: tuple[str, ...], left: tuple[str, ...]
) -> None:
    assert without_scanners(holders, load_knowledge().products) == left
