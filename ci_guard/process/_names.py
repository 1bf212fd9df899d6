"""Which files a program's name may mean on Windows: PATH, PATHEXT, what the system can start. Pure.

learn.microsoft.com/windows-server/administration/windows-commands/path: the working directory comes first,
and PATHEXT is tried in its order; NoDefaultCurrentDirectoryInExePath takes the working directory out
(learn.microsoft.com/windows/win32/api/processenv/nf-processenv-needcurrentdirectoryforexepathw).
"""

import ntpath
from collections.abc import Mapping

DEFAULT_EXTENSIONS = ".COM;.EXE;.BAT;.CMD"
BATCH_EXTENSIONS = (".bat", ".cmd")
# how a document that PATHEXT may list is run by its interpreter; CreateProcess itself starts none of them
INTERPRETERS = {
    ".py": "py",
    ".pyw": "pyw",
    ".ps1": "powershell -File",
    ".js": "node",
    ".jse": "cscript",
    ".vbs": "cscript",
    ".vbe": "cscript",
    ".wsf": "cscript",
    ".wsh": "cscript",
    ".sh": "sh",
    ".pl": "perl",
    ".rb": "ruby",
    ".jar": "java -jar",
    ".msi": "msiexec /i",
    ".msc": "mmc",
}
_SEPARATOR = ";"


def value(environment: Mapping[str, str], name: str) -> str:
    """A variable's value, or ""; names are the same in any case."""
    return next((text for key, text in environment.items() if key.upper() == name.upper()), "")


def search_path(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The directories that are searched for a bare name, as cmd.exe searches them."""
    named = (entry.strip().strip('"') for entry in value(environment, "PATH").split(_SEPARATOR))
    first = () if _has(environment, "NoDefaultCurrentDirectoryInExePath") else (ntpath.curdir,)
    return (*first, *(entry for entry in named if entry))


def candidates(program: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Every path that may be meant, in the order of the search.

    A name with an extension is tried as it is, then with those of PATHEXT; one without has them first,
    because npm and others lay a script for POSIX shells beside `npm.cmd`.
    """
    listed = (value(environment, "PATHEXT") or DEFAULT_EXTENSIONS).split(_SEPARATOR)
    extended = [program + extension.strip().lower() for extension in listed if extension.strip()]
    names = [program, *extended] if ntpath.splitext(program)[1] else [*extended, program]
    if ntpath.dirname(program):
        return tuple(names)
    return tuple(ntpath.join(directory, name) for directory in search_path(environment) for name in names)


def is_batch(path: str) -> bool:
    """Whether cmd.exe runs the file."""
    return path.lower().endswith(BATCH_EXTENSIONS)


def is_document(path: str) -> bool:
    """Whether the file is one that only another program can run."""
    return ntpath.splitext(path)[1].lower() in INTERPRETERS


def remedy(path: str) -> str:
    """How a document is run."""
    return f"name its interpreter: `ci-guard -- {INTERPRETERS[ntpath.splitext(path)[1].lower()]} {path}`"


def _has(environment: Mapping[str, str], name: str) -> bool:
    return any(key.upper() == name.upper() for key in environment)
