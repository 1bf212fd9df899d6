"""All modules of a start in one file of byte code: on the users' machines a scanner reads every file opened.

Python itself keeps one file of byte code for each module. After a run that passed at once, those of ci-guard
that were used are put together in `__pycache__`, and the next start reads that one file. What anything else
has used, a failed step above all, is put into a second file, which is read when a module is not in the first.
Like Python's own, an entry counts only if the source has the size and the time that it had; where nothing may
be written, all is as without.
"""

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec  # what importlib.machinery gives, without opening more files
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader
from types import CodeType, ModuleType

PACKAGE = "ci_guard"
FOLDER = os.path.dirname(os.path.abspath(__file__))
_NAME = f"{PACKAGE}.{sys.implementation.cache_tag}"
START = os.path.join(FOLDER, "__pycache__", f"{_NAME}.bin")
MORE = os.path.join(FOLDER, "__pycache__", f"{_NAME}.more.bin")
_A_RUN, _A_FAILURE = f"{PACKAGE}.run", f"{PACKAGE}.run.recovery"  # the modules that tell what has been done

Entry = tuple[bytes, bool, str, int, int]  # byte code, whether a package, source, its time in ns and its size


class _Loader(SourceFileLoader):
    """A module's own loader, but for where the byte code comes from."""

    def __init__(self, name: str, path: str, code: bytes) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType | None:
        code = marshal.loads(self._code)
        return code if isinstance(code, CodeType) else super().get_code(fullname)


class Bundle:
    """What the files hold; a finder of modules that comes before Python's own."""

    def __init__(self) -> None:
        self.start: dict[str, Entry] = _read(START)
        self._more: dict[str, Entry] | None = None

    @property
    def more(self) -> dict[str, Entry]:
        """What the second file holds; read when it is asked for."""
        if self._more is None:
            self._more = _read(MORE)
        return self._more

    def find_spec(
        self, name: str, _path: object = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, if it is in here."""
        if not name.startswith(PACKAGE):
            return None
        entry = self.start.get(name) or self.more.get(name)
        if entry is None:
            return None
        code, is_package, source, _, _ = entry
        spec = ModuleSpec(name, _Loader(name, source, code), origin=source, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(source)]
        return spec


def use() -> Bundle:
    """Find modules in the files from now on, as far as these are up to date."""
    bundle = Bundle()
    if bundle.start:
        sys.meta_path.insert(0, bundle)
    return bundle


def keep(bundle: Bundle) -> None:
    """Write what this run has used, if that is not all in the files. Raises nothing."""
    if sys.dont_write_bytecode:
        return
    used = {name for name in sys.modules if name.startswith(f"{PACKAGE}.")}
    if _A_RUN in used and _A_FAILURE not in used:
        _write(START, bundle.start, used)
    else:
        _write(MORE, bundle.more, used - bundle.start.keys())


def _write(path: str, before: dict[str, Entry], used: set[str]) -> None:
    if used <= before.keys():
        return
    entries = dict(before)
    try:
        for name in used - entries.keys():
            entry = _entry(name)
            if entry is not None:
                entries[name] = entry
        neighbour = f"{path}.{os.getpid()}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(neighbour, "wb") as file:
                file.write(MAGIC_NUMBER + marshal.dumps(entries))
            os.replace(neighbour, path)
        except OSError:
            os.unlink(neighbour)
            raise
    except (OSError, ImportError, ValueError):
        return  # no right to write there, or a scanner holds the file: it is a matter of speed only


def _entry(name: str) -> Entry | None:
    spec = sys.modules[name].__spec__
    if spec is None or spec.origin is None or not isinstance(spec.loader, SourceFileLoader):
        return None
    code = spec.loader.get_code(name)
    status = os.stat(spec.origin)
    is_package = spec.submodule_search_locations is not None
    return marshal.dumps(code), is_package, spec.origin, status.st_mtime_ns, status.st_size


def _read(path: str) -> dict[str, Entry]:
    try:
        with open(path, "rb") as file:
            data = file.read()
        if not data.startswith(MAGIC_NUMBER):
            return {}
        entries = marshal.loads(data[len(MAGIC_NUMBER) :])
        return entries if isinstance(entries, dict) and all(map(_is_fresh, entries.values())) else {}
    except (OSError, EOFError, ValueError, TypeError):
        return {}


def _is_fresh(entry: Entry) -> bool:
    _, _, source, time, size = entry
    status = os.stat(source)
    return os.path.dirname(source).startswith(FOLDER) and (status.st_mtime_ns, status.st_size) == (time, size)
