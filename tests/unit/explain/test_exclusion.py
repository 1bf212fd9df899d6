"""An exclusion is one that a security team can grant: exact, lasting, and never the temporary folder."""

import pytest

from ci_guard.explain.exclusion import AGENTS, TEMPORARY, exclusion_advice, pattern_of
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis, Match


@pytest.mark.parametrize(
    ("path", "defender", "crowdstrike"),
    [
        ("C:\\w\\v\\Scripts\\httpx.exe", "C:\\w\\v\\Scripts\\httpx.exe", "w\\v\\Scripts\\httpx.exe"),
        ("C:\\uv\\cache\\.tmpQw3rTy", "C:\\uv\\cache\\.tmp*", "uv\\cache\\.tmp*\\**"),
        ("C:\\uv\\cache\\.tmpQw3rTy\\a\\b.dll", "C:\\uv\\cache\\.tmp*", "uv\\cache\\.tmp*\\**"),
        ("C:\\T\\pip-unpack-a1b2c3d4\\x.whl", "C:\\T\\pip-unpack-*", "T\\pip-unpack-*\\**"),
        ("D:\\w\\.esbuild-2kLs9dQ1", "D:\\w\\.esbuild-*", "w\\.esbuild-*\\**"),
        ("D:\\w\\site-packages\\a.py", "D:\\w\\site-packages\\a.py", "w\\site-packages\\a.py"),
        ("/home/ci/.cache/uv/.tmpAbCdEf", "/home/ci/.cache/uv/.tmp*", "/home/ci/.cache/uv/.tmp*/**"),
    ],
)
def test_made_up_parts_become_wildcards(path: str, defender: str, crowdstrike: str) -> None:
    assert pattern_of(path) == (defender, crowdstrike)


def found(path: str | None, category: Category = Category.ANTIVIRUS_LOCK, signature: str = "s") -> Diagnosis:
    return Diagnosis(category=category, match=Match(signature=signature, path=path))


@pytest.mark.parametrize(
    "diagnosis",
    [
        found("C:\\w\\a.exe", Category.ANTIVIRUS_BLOCK),
        found("C:\\w\\a.exe", Category.PERMISSION),
        found("dist\\a.exe"),
        found("/app/node_modules"),
        found(None),
        Diagnosis(category=Category.ANTIVIRUS_LOCK),
    ],
)
def test_no_exclusion_where_it_helps_nobody(diagnosis: Diagnosis) -> None:
    assert exclusion_advice(diagnosis) is None


def test_the_temporary_folder_is_never_excluded() -> None:
    assert exclusion_advice(found("C:\\Users\\ci\\AppData\\Local\\Temp\\tmp1a2b3c\\x.exe")) == TEMPORARY
    assert exclusion_advice(found("C:\\Windows\\SystemTemp\\.tmpAbCdEf\\x.exe")) == TEMPORARY


def test_the_temporary_folder_of_the_agent_is_not_excluded_either() -> None:
    assert exclusion_advice(found("D:\\a\\_temp\\0a1b2c3d-1234-5678-9abc-def012345678\\x.node")) == AGENTS
    assert exclusion_advice(found("C:\\agent\\_work\\_temp\\a.exe")) == AGENTS


@pytest.mark.parametrize(
    ("path", "cache"),
    [
        ("C:\\Users\\ci\\AppData\\Local\\npm-cache\\_cacache\\tmp\\a1b2c3d4", "npm-cache\\_cacache\\*`"),
        ("C:\\Users\\ci\\AppData\\Local\\Pub\\Cache\\_temp\\dir1a2b\\x.dart", "Pub\\Cache\\*`"),
        ("/home/ci/.cache/riga/tmp/0a1b", ".cache/riga/*`"),
    ],
)
def test_the_temporary_folder_of_a_cache_is_part_of_the_cache(path: str, cache: str) -> None:
    told = exclusion_advice(found(path))
    assert told is not None
    assert cache in told
    assert "TMP" not in told


@pytest.mark.parametrize("signature", ["windows.resource-editor", "windows.resource-editor-told-below"])
def test_a_program_that_triggers_the_scanner_is_named(signature: str) -> None:
    told = exclusion_advice(found("D:\\ws\\dist\\a.exe", signature=signature))
    assert told is not None
    assert "rcedit.exe" in told


@pytest.mark.parametrize(
    ("signature", "tool", "path", "by_program"),
    [
        ("bun.link", None, None, True),
        ("general.words", "bun", "C:\\w\\node_modules\\is-odd", True),
        ("node.path", "bun", "C:\\Users\\ci\\.bun\\install\\cache\\.tmp-1", True),
        ("node.path", "bun", "C:\\w\\dist\\a.exe", False),
        ("node.path", "npm", "C:\\w\\node_modules\\is-odd", False),
    ],
)
def test_bun_is_the_trigger_where_it_installs(
    signature: str, tool: str | None, path: str | None, by_program: bool
) -> None:
    told = exclusion_advice(found(path, signature=signature), tool)
    assert told is not None
    assert ("bun.exe" in told) is by_program
