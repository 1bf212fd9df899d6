"""All modules of a start in one file of byte code: on the users' machines a scanner reads every file opened.

Python itself keeps one file of byte code for each module. After a run that passed, those of ci-guard that
were used are put together in `__pycache__`, and the next start reads that one file. Like Python's own, an
entry counts only if the source has the size and the time that it had; where nothing may be written, all is
as without.
"""

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec  # what importlib.machinery gives, without opening more files
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader
from types import CodeType, ModuleType

PACKAGE = "ci_guard"
FOLDER = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(FOLDER, "__pycache__", f"{PACKAGE}.{sys.implementation.cache_tag}.bin")

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
    """What the file holds; a finder of modules that comes before Python's own."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self.entries = entries

    def find_spec(
        self, name: str, _path: object = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, if it is in here."""
        entry = self.entries.get(name)
        if entry is None:
            return None
        code, is_package, source, _, _ = entry
        spec = ModuleSpec(name, _Loader(name, source, code), origin=source, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(source)]
        return spec


def use() -> Bundle:
    """Find modules in the file from now on, if there is one that is up to date."""
    bundle = Bundle(_read())
    if bundle.entries:
        sys.meta_path.insert(0, bundle)
    return bundle


def keep(bundle: Bundle) -> None:
    """Write what this run has used, if that is not all in the file. Raises nothing."""
    used = {name for name in sys.modules if name.startswith(f"{PACKAGE}.")}
    if sys.dont_write_bytecode or used <= bundle.entries.keys():
        return
    entries: dict[str, Entry] = dict(bundle.entries)
    try:
        for name in used - entries.keys():
            entry = _entry(name)
            if entry is not None:
                entries[name] = entry
        neighbour = f"{FILE}.{os.getpid()}"
        os.makedirs(os.path.dirname(FILE), exist_ok=True)
        try:
            with open(neighbour, "wb") as file:
                file.write(MAGIC_NUMBER + marshal.dumps(entries))
            os.replace(neighbour, FILE)
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


def _read() -> dict[str, Entry]:
    try:
        with open(FILE, "rb") as file:
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
