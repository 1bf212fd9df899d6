"""What the linker and the compiler of Microsoft cannot open: an output of theirs, or what was never there."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis

KNOWLEDGE = load_knowledge()
OUTPUTS = ("exe", "dll", "pyd", "pdb", "ipdb", "iobj", "ilk", "exp", "map", "sys", "exe.manifest")
SAID = (
    "LINK : fatal error LNK1104: cannot open file '{}' [D:\\ws\\riga.vcxproj]",
    'LINK : fatal error LNK1104: Datei "{}" kann nicht geöffnet werden.',
    "LINK : fatal error LNK1104: impossible d'ouvrir le fichier '{}'",
    "LINK : fatal error LNK1104: ファイル '{}' を開くことができません。",
)
MADE = (
    "     Creating library {made} and object D:/ws/Release/riga.exp\n",
    "        lib /NOLOGO /OUT:{made} @C:\\Temp\\nmBA84.tmp\n",
    'link.exe /nologo @riga.rsp /out:bin\\riga.dll /implib:"{made}" /dll\n',
)


def diagnosis(text: str) -> Diagnosis:
    return classify_text(text, knowledge=KNOWLEDGE)


@pytest.mark.parametrize("ending", OUTPUTS)
@pytest.mark.parametrize("said", SAID)
def test_an_output_is_held(said: str, ending: str) -> None:
    path = f"D:\\ws\\x64\\Release\\riga.{ending}"
    found = diagnosis(said.format(path))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == path


@pytest.mark.parametrize(
    "name", ["python311.lib", r"..\lib\riga.lib", r"C:\vcpkg\lib\zlib.lib", "-lstdc++", "@riga.rsp", "a.obj"]
)
@pytest.mark.parametrize("said", SAID)
def test_an_input_is_missing(said: str, name: str) -> None:
    assert diagnosis(said.format(name)).category is Category.CONFIGURATION


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("path", [r"D:\ws\Release\riga.lib", r"Release\riga.lib", "riga.lib"])
def test_a_library_of_this_step_is_an_output(made: str, path: str) -> None:
    written = made.format(made=path.replace("\\", "/") if "Creating" in made else path)
    found = diagnosis(written + SAID[0].format(path))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == path
    assert diagnosis(written + SAID[0].format("zlib.lib")).category is Category.CONFIGURATION


@pytest.mark.parametrize("kind", ["source", "include"])
@pytest.mark.parametrize(
    ("path", "category"),
    [
        (r"D:\ws\gen\riga.h", Category.ANTIVIRUS_LOCK),
        (r"D:\ws\gen", Category.CONFIGURATION),
        ("D:/ws/gen/", Category.CONFIGURATION),
        (".\\", Category.CONFIGURATION),
        ("..", Category.CONFIGURATION),
    ],
)
def test_a_folder_is_no_source(kind: str, path: str, category: Category) -> None:
    said = f"c1xx: fatal error C1083: Cannot open {kind} file: '{path}': "
    assert diagnosis(said + "Permission denied").category is category
    assert diagnosis(said + "No such file or directory").category is Category.BUILD_FAILURE


@pytest.mark.parametrize("kind", ["compiler generated", "program database", "precompiled header"])
def test_what_the_compiler_writes(kind: str) -> None:
    said = f"riga.cpp : fatal error C1083: Cannot open {kind} file: 'x64\\Debug\\riga.obj': "
    assert diagnosis(said + "Permission denied").category is Category.ANTIVIRUS_LOCK
    assert diagnosis(said + "No such file or directory").category is not Category.ANTIVIRUS_LOCK
