"""The launchers that a package's `entry_points.txt` asks for.

Layout: packaging.python.org, "Entry points specification".
"""

import configparser
import re

from ci_guard.machine.held import open_patiently

SECTIONS = ("console_scripts", "gui_scripts")
# named for the Python that built the wheel; installers make one for the Python that they install for instead
# (pip `operations/install/wheel.py`, get_console_script_specs)
VERSIONED = re.compile(r"(pip|easy_install-)\d+\.\d+")


def launcher_names(path: str) -> tuple[str, ...]:
    """The names, without a suffix, that an installer must have made of the file; empty if it is not there.

    Raises OSError where it cannot be read.
    """
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = _as_written  # type: ignore[assignment, method-assign]
    try:
        with open_patiently(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (FileNotFoundError, UnicodeDecodeError, configparser.Error):
        return ()
    asked = (name for section in SECTIONS if parser.has_section(section) for name in parser.options(section))
    return tuple(name for name in asked if not VERSIONED.fullmatch(name))


def _as_written(option: str) -> str:
    return option
