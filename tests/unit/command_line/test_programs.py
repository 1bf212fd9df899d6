"""The bare names of programs."""

import pytest

from ci_guard.command_line.programs import program_name


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("pip3.11", "pip"),
        ("pip3", "pip"),
        ("python3.12.exe", "python"),
        ("npm.CMD", "npm"),
        ("7z", "7z"),
        ("/a/b/uv", "uv"),
    ],
)
def test_the_name_of_a_program(argument: str, name: str) -> None:
    assert program_name(argument) == name
