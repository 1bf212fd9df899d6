"""The launchers that a package asks for."""

from pathlib import Path

import pytest

from ci_guard.recover.python.entry_points import launcher_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        (
            "[console_scripts]\nrigapp = rigapp:main\n\n[gui_scripts]\nRigW=rigapp:window\n",
            ("rigapp", "RigW"),
        ),
        ("[pytest11]\nrig = rigapp.plugin\n", ()),
        # pip 24.0, which every installer installs with a pip3.X for its own Python
        ("[console_scripts]\npip = p:main\npip3 = p:main\npip3.10 = p:main\n", ("pip", "pip3")),
        ("[console_scripts]\neasy_install = s:main\neasy_install-3.6 = s:main\n", ("easy_install",)),
        ("[console_scripts]\npip-audit = a:main\npipx3 = b:main\n", ("pip-audit", "pipx3")),
        ("not a file of sections", ()),
    ],
)
def test_each_name_that_an_installer_must_have_made_is_told(
    tmp_path: Path, text: str, names: tuple[str, ...]
) -> None:
    path = tmp_path / "entry_points.txt"
    path.write_text(text, "utf-8")
    assert launcher_names(str(path)) == names


def test_a_package_without_the_file_asks_for_none(tmp_path: Path) -> None:
    assert launcher_names(str(tmp_path / "entry_points.txt")) == ()


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "entry_points.txt").mkdir()
    with pytest.raises(OSError, match="entry_points"):
        launcher_names(str(tmp_path / "entry_points.txt"))
