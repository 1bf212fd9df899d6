"""A folder of shims: written, listed and taken away again; nothing else in it is ever touched."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ci_guard.dataclass import dataclass
from ci_guard.errors import GuardError, UsageError
from ci_guard.shim import program
from ci_guard.shim.launcher import launcher

MADE = "ci-guard-shim"  # a word in every file that is ours
PROGRAM = "ci-guard-shim.py"
_FORBIDDEN = frozenset({"ci-guard", "python", "python3", "py", "sh", "cmd"})  # what the shims themselves need
_EXECUTABLE = 0o755
# where the interpreter is gone, the first program of the name in no folder of shims
_SH = """\
#!/bin/sh
# {made}
[ -x {python} ] && exec {words} "$@"
IFS=:
set -f
for folder in $PATH; do
  [ -e "$folder/{mark}" ] || {{ [ -x "$folder/{tool}" ] && exec "$folder/{tool}" "$@"; }}
done
echo "{tool}: not found" >&2
exit 127
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shim:
    """One tool that has a shim."""

    tool: str
    real: str | None  # the program that it guards; None: there is none on the PATH
    first: bool  # whether the PATH finds the shim before the real program


def install(folder: Path, tools: Sequence[str], python: str, guard: str, *, windows: bool) -> list[Path]:
    """Write the shims; their files. Raises `UsageError` for a name that cannot be one, `GuardError`."""
    for tool in tools:
        if tool.lower() in _FORBIDDEN or tool != os.path.basename(tool) or not tool.strip():
            raise UsageError(
                f"there can be no shim for `{tool}`", hint="name a tool, such as `uv`, `pip` or `npm`"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / program.MARK).write_bytes(b"")
        shutil.copyfile(program.__file__, folder / PROGRAM) if os.path.isfile(program.__file__) else (
            folder / PROGRAM
        ).write_bytes(_source())
        written = [
            _write(path, content)
            for tool in tools
            for path, content in _files(folder, tool, python, guard, windows=windows)
        ]
    except OSError as error:
        raise GuardError(
            f"cannot write shims into `{folder}`: {error.strerror or error}",
            hint="name another folder with `--folder`",
        ) from error
    return written


def remove(folder: Path, tools: Sequence[str]) -> list[str]:
    """Take the shims of these tools away, or all; the tools whose shims are gone. Raises `GuardError`."""
    gone = [tool for tool in shimmed(folder) if not tools or tool in tools]
    try:
        for tool in gone:
            for path in _ours(folder, tool):
                path.unlink()
        if not shimmed(folder):
            for name in (PROGRAM, program.MARK):
                (folder / name).unlink(missing_ok=True)
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise GuardError(
            f"cannot remove a shim from `{folder}`: {error.strerror or error}",
            hint="try again when no guarded step runs",
        ) from error
    return gone


def shims(folder: Path, environ: Mapping[str, str]) -> Iterator[Shim]:
    """What there is in the folder, and what each leads to."""
    path = environ.get("PATH", os.defpath)
    for tool in shimmed(folder):
        found = shutil.which(tool, path=path)
        yield Shim(
            tool=tool,
            real=shutil.which(tool, path=program.without_shims(path)),
            first=found is not None and os.path.samefile(os.path.dirname(found), folder),
        )


def shimmed(folder: Path) -> list[str]:
    """The tools with a shim in the folder."""
    if not (folder / program.MARK).exists():
        return []
    names = {path.stem if path.suffix in (".cmd", ".exe") else path.name for path in folder.iterdir()}
    return sorted(name for name in names - {program.MARK, PROGRAM} if next(_ours(folder, name), None))


def _ours(folder: Path, tool: str) -> Iterator[Path]:
    for name in (tool, f"{tool}.cmd", f"{tool}.exe"):
        path = folder / name
        if path.is_file() and MADE.encode() in path.read_bytes():
            yield path


def _files(
    folder: Path, tool: str, python: str, guard: str, *, windows: bool
) -> Iterator[tuple[Path, bytes]]:
    started = str(folder / PROGRAM)
    if not windows:
        words = shlex.join((python, "-P", started, guard, tool))
        text = _SH.format(made=MADE, python=shlex.quote(python), words=words, mark=program.MARK, tool=tool)
        yield folder / tool, text.encode()
        return
    words = f'"{python}" -P "{started}" "{guard}" {tool}'.replace("%", "%%")
    yield folder / f"{tool}.cmd", f"@rem {MADE}\r\n@{words} %*\r\n@exit /b %ERRORLEVEL%\r\n".encode()
    code = (
        f"# {MADE}\nimport runpy, sys\n"
        f"sys.argv[1:1] = {[guard, tool]!r}\nrunpy.run_path({started!r}, run_name='__main__')\n"
    )
    made = launcher(python, code)
    if made is not None:  # a program that is started without a shell is looked for as .exe alone
        yield folder / f"{tool}.exe", made


def _write(path: Path, content: bytes) -> Path:
    from ci_guard.reports.write import replace_file

    replace_file(path, content)
    if sys.platform != "win32":
        path.chmod(_EXECUTABLE)
    return path


def _source() -> bytes:
    """The program's text where it lies in a `.pyz`."""
    import inspect

    return inspect.getsource(program).encode()
