"""Who holds a file: a scanner, which lets go, or a program that stays."""

import pytest

from ci_guard.dataclass import replace
from ci_guard.diagnose.holders import product_of, without_scanners
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from unit.diagnose.verdict import category


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


@pytest.mark.parametrize(
    ("holder", "known"),
    [
        ("scanner.exe", True),
        ("SCANNER", True),
        ("scanners.exe", False),
        ("agent-xy.exe", True),
        ("agent-x.exe", True),
        ("agent-y.exe", False),
        ("my-agent-xy.exe", False),
    ],
)
def test_a_product_is_known_by_its_processes(holder: str, known: bool) -> None:
    product = replace(load_knowledge().products[0], processes=("scanner.exe", "agent-x*.exe"))
    assert product_of(holder, [product]) == (product if known else None)


IN_USE = "The process cannot access the file {} because it is being used by another process."


@pytest.mark.parametrize("said", ['The file is locked by: "{}"', 'held by: "{}"', "may be locked by '{}'"])
@pytest.mark.parametrize(
    "sentence", [IN_USE.format("'C:\\ws\\bin\\a.exe'"), "Access is denied.", IN_USE.format("")]
)
@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        (".NET Host (34276)", Category.FILE_IN_USE),
        ("devenv.exe (4), a (5)", Category.FILE_IN_USE),
        ("MsMpEng.exe (4120)", Category.ANTIVIRUS_LOCK),
    ],
)
def test_who_is_named_decides_whichever_words_read_the_refusal(
    said: str, sentence: str, holder: str, expected: Category
) -> None:
    words = f'MSB3021 Could not copy "obj\\a.exe" to "C:\\ws\\bin\\a.exe". {sentence} {said.format(holder)}'
    assert category(words) is expected
