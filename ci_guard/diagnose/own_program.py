"""A program that runs keeps its own file: what looks like a scanner's lock, and no waiting ends."""

import ntpath
from itertools import pairwise

from ci_guard.command_line.programs import program_name
from ci_guard.diagnose.candidate import REMOVALS, Candidate, Lookup, Updating
from ci_guard.diagnose.naming import operation_named
from ci_guard.diagnose.paths import runs_from
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.command import CommandLine
from ci_guard.model.history import Code, Namespace

TEXT_BUSY = Code(Namespace.ERRNO, 26)
_HELD = Code(Namespace.WIN32, 32)
_TRACE = 6000  # characters before a message in which its call stack stands
_NEAR = 400  # characters on either side that tell whether a program was started or written
_REMOVALS = REMOVALS | {None, "unlinkat"}
_TAKEN_AWAY = _REMOVALS | {"rename", "move"}
_REPLACES = frozenset(
    {"rename", "move", "copy", "copyfile", "replace", "write", "overwrite", "open", "create", "persist"}
)
_STARTS = frozenset({"exec", "spawn", "fork/exec", "start", "run", "execute"})
_WRITES = frozenset({"open", "write", "create", "copy", "copyfile", "copying", "install", "persist"})
_ITSELF = frozenset({"self-update", "self-upgrade", "selfupdate", "update-self", "self", "self:update"})
_UPDATE = _ITSELF | {"upgrade"}
_MAY_UPDATE = _UPDATE | {"update"}
_AS_OPTION = _ITSELF | {"update"}  # `--upgrade` is mostly of what is installed
_RUNS_OTHERS = frozenset({"cargo", "git", "kubectl", "gh", "docker"})  # `cargo NAME` runs `cargo-NAME`
_LOADED = expression(r"(?i)\.(?:pyd|node)$|[\\/](?:pythonw?|node)\.exe$")  # by an interpreter
_INSTALLER = expression(r"(?:^|[\W_])(?:setup|install(?:er)?|bootstrapper)(?:$|[\W_])|(?:setup|installer)$")
_ASIDE = expression(r"\.(?:old|ba?c?k(?:up)?|bkup|orig|prev(?:ious)?|tmp|te?mp\w{0,12}|\d{1,6})$")
_DRIVE = expression(r"[A-Za-z]:[\\/]")
_PROGRAM = expression(r"(?i)\.(?:exe|phar|jar)$")
_ARCHIVE = expression(r"(?i)\.(?:phar|jar)$")  # a program that an interpreter runs, and keeps open meanwhile
_PIP_PUT_ASIDE = expression(r"(?i)[\\/]pip-uninstall-\w{1,40}[\\/](?:[^\n]{1,200}[\\/])?pip[\d.]{0,8}\.exe$")
_PIP_RUNS = expression(  # as a program of its own; as a module of Python it leaves that alone
    r"(?i)(?<!via the ')(?P<module>-m ['\"]?)?\bpip[\d.]{0,8}(?:\.exe)?['\"]? (?:install|uninstall) "
    r"|\bpip[\d.]{0,8}\.exe[\\/]__main__\.py"
)
_FRAMES = expression(  # of .NET and Java
    r"\b(?:Directory|File|FileInfo|DirectoryInfo|FileSystem|Files|WindowsFileSystemProvider)\."
    r"(?:(?P<remove>(?:impl)?[Dd]elete|Remove|Move|Replace)|(?P<copy>Copy|copy)"
    r"|(?P<create>(?:Internal)?CreateDir|createDir))"
    r"\w{0,20}\("
)
_STARTED = expression(
    r"\b(?:spawn\w{0,8}|exec(?:v\w{0,2}|ute|uting)?|_execute_child|[Ll]aunch\w{0,4}|posix_spawn)\b"
    r"|\bsh: (?:\d{1,5}|line \d{1,5}): |: line \d{1,5}: |/sh: \.?/|/env: "
)
_WRITTEN = expression(
    r"\bopen\([^\n]{1,200}['\"][wax+]b?|\b(?:copyfile|copyfileobj|copy2?|shutil\.move|extractall)\("
    r"|\b(?:scp|rsync|cp|mv|install): |[Cc]ould not install packages|, (?:open|copyfile|write) '"
    r"|\b(?:[Ff]ailed to|[Cc]ould not|[Cc]annot|[Uu]nable to) (?:copy|write|install|persist|replace|update)\b"
)
_NO_PROGRAM = expression(r"\.(?!(?:exe|bin|run|out|x)$)[A-Za-z]\w{0,7}$|/[A-Z]{3,20}$")  # a library, RECORD
_SYSTEM_PROGRAM = expression(r"^/(?:usr|opt|bin|sbin)/(?:.{1,200}/)?[\w.+-]{1,80}$")


def updating(line: CommandLine) -> Updating:
    """The programs that the command line has replaced by themselves: `deno upgrade`, `uv self update`.

    And installers, which nobody else installs: told to install to their own folder, they meet themselves.
    """
    first = {
        command.program: next((word for word in command.argv[1:] if not word.startswith("-")), "")
        for command in line.commands
    }
    named = (
        command.program
        for command in line.commands
        if first[command.program] in _UPDATE
        or (command.interpreter is None and command.program in command.argv[2:])  # `pacman -Sy pacman`
        or _INSTALLER.search(command.program)
    )
    archives = (
        program_name(word)
        for command in line.commands
        for word, following in pairwise(command.argv)
        if _ARCHIVE.search(word) and following.lstrip("-") in _UPDATE
    )
    perhaps = (
        command.program
        for command in line.commands
        if any(
            word in _MAY_UPDATE or word.lstrip("-") in _AS_OPTION
            for word in (*command.argv[1:2], *command.argv[2:][-1:])
        )
    )
    others = (f"{program}-{word}" for program, word in first.items() if program in _RUNS_OTHERS and word)
    return Updating(
        frozenset((*named, *archives)), frozenset((*perhaps, *others)), not _ITSELF.isdisjoint(first.values())
    )


def started_by(line: CommandLine) -> frozenset[str]:
    """The programs of Windows that the command line names with their drive: they run meanwhile."""
    words = (word for each in line.commands for word in (*each.argv[:1], *(each.interpreter or ())[:1]))
    return frozenset(_as_file(word) for word in words if _DRIVE.match(word))


def _as_file(path: str) -> str:
    return ntpath.normcase(ntpath.normpath(path))


def is_kept_by_itself(cause: Candidate, lookup: Lookup, reading: Reading) -> bool:
    """On Windows: whether what was to be removed or replaced is the program that runs just then."""
    return (
        _removes_itself(cause, lookup, reading)
        or _updates_itself(cause, lookup.updating)
        or _is_put_aside(cause, reading)
    )


def what_was_tried(cause: Candidate, reading: Reading) -> str | None:
    """The operation as one word: by the message itself, the line above, or the call stack below."""
    if cause.operation is not None:
        return cause.operation.split(" ")[0]
    low, high = reading.extent(reading.index(cause.start))
    if _STARTED.search(reading.text, low, high):
        return "exec"
    named = operation_named(reading, cause.start, cause.end, above=True)
    if named is None and cause.code == _HELD and cause.signature.id.startswith("python."):
        return "remove"  # Python's `open` prints an errno, its `unlink` the number of Windows
    below = _FRAMES.search(reading.text, cause.end, cause.end + _NEAR)
    return named or (below.lastgroup if below else None)


def is_written_over(cause: Candidate, reading: Reading) -> bool:
    """On POSIX: whether a program that runs was to be written; one that is still written cannot start."""
    if cause.code != TEXT_BUSY or cause.operation in _STARTS or _NO_PROGRAM.search(cause.path or ""):
        return False
    near = reading.text[max(cause.start - _NEAR, 0) : cause.end + _NEAR]
    if _STARTED.search(near):
        return False
    tried = cause.operation or operation_named(reading, cause.start, cause.end, above=True)
    if tried in _WRITES or _WRITTEN.search(near):
        return True
    return tried is None and not cause.nearby and bool(_SYSTEM_PROGRAM.search(cause.path or ""))


def _is_put_aside(cause: Candidate, reading: Reading) -> bool:
    """Whether pip could not remove the program that it runs as: it has put that into a folder of its own."""
    if cause.path is None or not _PIP_PUT_ASIDE.search(cause.path):
        return False
    low, high = max(cause.start - _TRACE, 0), cause.end + _NEAR
    runs = list(_PIP_RUNS.finditer(reading.text, low, high))
    return bool(runs) and not any(run["module"] for run in runs)


def _updates_itself(cause: Candidate, updating: Updating) -> bool:
    programs = updating.surely | updating.perhaps
    if not programs or cause.operation not in _REPLACES | _REMOVALS:
        return False
    files = [path for path in (cause.path, cause.target) if path and _PROGRAM.search(path)]
    aside = cause.path is not None and cause.target is not None and _is_aside(cause.path, cause.target)
    names = {program_name(name) for file in files for name in (file, _ARCHIVE.sub("", file))}
    if not programs.isdisjoint(names) or (updating.surely and aside and files):
        return True
    return updating.all_of_it and cause.operation in _TAKEN_AWAY and bool(_LOADED.search(cause.path or ""))


def _is_aside(path: str, target: str) -> bool:
    """Whether a file was to be kept under another name beside its place: it may bear any name."""
    return target.startswith(path) and _ASIDE.fullmatch(target[len(path) :]) is not None


def _removes_itself(cause: Candidate, lookup: Lookup, reading: Reading) -> bool:
    tried = cause.operation.split(" ")[0] if cause.operation is not None else None
    if cause.path is None or tried not in _REMOVALS:
        return False
    if tried is None and (cause.code is None or cause.code.namespace is not Namespace.WIN32):
        return False  # Python's `open` prints an errno, its `unlink` the number of Windows
    if tried is None and operation_named(reading, cause.start, cause.end, above=True) not in _REMOVALS:
        return False  # it makes a shim of that name
    if _as_file(cause.path) in lookup.started:
        return True
    family = cause.signature.id.partition(".")[0]
    programs = lookup.programs.get(family, frozenset())
    return runs_from(cause.path, programs, reading.text[max(cause.start - _TRACE, 0) : cause.start])
