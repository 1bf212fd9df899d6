"""What a name may mean on Windows, and what cmd.exe is given: tables of pure values, on every system."""

import pytest

from ci_guard.errors import NotStarted, UsageError
from ci_guard.process import _batch, _names

CMD = r"C:\Windows\System32\cmd.exe"
NPM = r"C:\Program Files\nodejs\npm.cmd"
FRAME = f'"{CMD}" /e:ON /v:OFF /d /s /c "{{}}"'


@pytest.mark.parametrize(
    ("program", "environment", "expected"),
    [
        ("npm", {"Path": r"C:\a;C:\b"}, [r".\npm", r"C:\a\npm", r"C:\b\npm"]),
        ("npm", {"PATH": r'"C:\a b";;'}, [r".\npm", r"C:\a b\npm"]),
        ("npm", {"PATH": r"C:\a", "NoDefaultCurrentDirectoryInExePath": ""}, [r"C:\a\npm"]),
        ("npm", {}, [r".\npm"]),
        (r"bin\npm", {"PATH": r"C:\a"}, [r"bin\npm"]),
        (r"\\server\share\npm", {"PATH": r"C:\a"}, [r"\\server\share\npm"]),
        (r"\\?\C:\a\npm", {"PATH": r"C:\a"}, [r"\\?\C:\a\npm"]),
        ("./npm", {"PATH": r"C:\a"}, ["./npm"]),
    ],
)
def test_a_name_without_an_extension_gets_those_of_pathext_first(program, environment, expected):
    extensions = [".com", ".exe", ".bat", ".cmd", ""]
    wanted = tuple(name + extension for name in expected for extension in extensions)
    assert _names.candidates(program, environment) == wanted


@pytest.mark.parametrize(
    ("program", "pathext", "expected"),
    [
        ("a.exe", ".EXE;.CMD", ("a.exe", "a.exe.exe", "a.exe.cmd")),
        ("python3.11", ".EXE", ("python3.11", "python3.11.exe")),
        ("tool", ".PY; .EXE ;", ("tool.py", "tool.exe", "tool")),
        ("TOOL.CMD", "", ("TOOL.CMD", "TOOL.CMD.com", "TOOL.CMD.exe", "TOOL.CMD.bat", "TOOL.CMD.cmd")),
    ],
)
def test_pathext_is_tried_in_its_order(program, pathext, expected):
    found = _names.candidates(f".\\{program}", {"pathext": pathext})
    assert found == tuple(f".\\{name}" for name in expected)


@pytest.mark.parametrize(
    ("path", "batch", "document"),
    [
        ("a.CMD", True, False),
        ("a.bat", True, False),
        ("a.exe", False, False),
        ("a", False, False),
        ("a.PY", False, True),
        (r"C:\x.ps1", False, True),
    ],
)
def test_kinds_of_files(path, batch, document):
    assert (_names.is_batch(path), _names.is_document(path)) == (batch, document)


def test_a_document_s_remedy_names_its_interpreter():
    assert "`ci-guard -- py C:\\a.py`" in _names.remedy("C:\\a.py")
    assert "powershell -File C:\\a.PS1" in _names.remedy("C:\\a.PS1")


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("install", "install"),
        ("--save-dev", "--save-dev"),
        ("@scope/pkg:1.2", "@scope/pkg:1.2"),
        (r"C:\dir\file", r"C:\dir\file"),
        ("größe", "größe"),
        ("", '""'),
        ("a b", '"a b"'),
        ("a\tb", '"a\tb"'),
        ("--registry=https://x/", '"--registry=https://x/"'),
        ("C:\\dir\\", '"C:\\dir\\\\"'),
        ("C:\\my dir\\\\", '"C:\\my dir\\\\\\\\"'),
        ("a&calc", '"a&calc"'),
        ("a|b", '"a|b"'),
        ("^>out", '"^>out"'),
        ("pkg@^1.2", '"pkg@^1.2"'),
        ("(x)", '"(x)"'),
        ("!PATH!", '"!PATH!"'),
        ("100%", '"100%"'),
        ("https://x/%40a", '"https://x/%40a"'),
        ("a;b,c", '"a;b,c"'),
    ],
)
def test_an_argument_reaches_a_batch_file_as_it_is(argument, written):
    assert _batch.command_line(CMD, NPM, [argument]) == FRAME.format(f'"{NPM}" {written}')


def test_all_arguments_follow_in_order():
    assert _batch.command_line(CMD, NPM, []) == FRAME.format(f'"{NPM}"')
    assert _batch.command_line(CMD, NPM, ["a", "b c", "d"]) == FRAME.format(f'"{NPM}" a "b c" d')


@pytest.mark.parametrize(
    "arguments",
    [
        ['"&calc.exe'],
        ['{"a": 1}'],
        ["a\nb"],
        ["a\rb"],
        ["a\0b"],
        ["a\x1ab"],
        ["%PATH%"],
        ["%CMDCMDLINE:~-1%&calc.exe"],
        ["%", "PATH%"],
        ["%20b%20"],
        ["%%PATH%%"],
    ],
)
def test_what_no_quotes_protect_is_refused_with_a_remedy(arguments):
    with pytest.raises(UsageError, match="cannot be passed safely") as caught:
        _batch.command_line(CMD, NPM, ["install", *arguments])
    assert NPM in str(caught.value)
    assert caught.value.exit_status == 125
    assert "the program behind the batch file" in (caught.value.hint or "")


def test_a_line_that_cmd_would_cut_is_refused():
    assert len(_batch.command_line(CMD, NPM, ["x" * 8000])) <= _batch.LONGEST
    with pytest.raises(NotStarted, match="8278 characters, of 8191 at most"):
        _batch.command_line(CMD, NPM, ["x" * 8190])
