# mypy: ignore-errors
"""A part of the one-file program's `__main__.py`; as all of that, Python 2 must be able to read it."""

import marshal
import sys
import zipimport


class _Loader(zipimport.zipimporter):
    """Of one folder of the program: as Python's own, but that byte code counts where there is some."""

    def get_code(self, name):
        entry = _BYTE_CODE.entry(name)
        return marshal.loads(entry[0]) if entry else zipimport.zipimporter.get_code(self, name)


class _ByteCode:
    """What was compiled for this Python; a finder of modules."""

    def __init__(self):
        # the second: the modules of the other part, which a start does not read
        self._codes, self._later = _read("start")
        self._loaders = {}

    def entry(self, name):
        """The code of a module, and whether it is a package; None if there is none."""
        if name in self._later:
            self._codes.update(_read("more"))
            self._later = ()
        return self._codes.get(name)

    def find_spec(self, name, _path=None, _target=None):
        entry = self.entry(name)
        if entry is None:
            return None
        place = zipimport.path_sep.join([__loader__.archive] + name.split("."))  # noqa: RUF005 - for Python 2
        folder = place.rpartition(zipimport.path_sep)[0]
        if folder not in self._loaders:
            self._loaders[folder] = _Loader(folder)
        origin = place + (zipimport.path_sep + "__init__.py" if entry[1] else ".py")
        spec = type(__spec__)(name, self._loaders[folder], origin=origin, is_package=entry[1])
        spec.has_location = True
        if entry[1]:
            spec.submodule_search_locations = [place]
        return spec


def _read(part):
    from _frozen_importlib_external import MAGIC_NUMBER

    name = sys.implementation.cache_tag + "." + part + ".bin"
    content = __loader__.get_data(zipimport.path_sep.join([__loader__.archive, "byte-code", name]))
    if not content.startswith(MAGIC_NUMBER):
        raise ImportError("another Python of the same name has made " + name)
    return marshal.loads(memoryview(content)[len(MAGIC_NUMBER) :])


try:
    _BYTE_CODE = _ByteCode()
    sys.meta_path.insert(0, _BYTE_CODE)
except (OSError, ImportError):  # none for this Python: it compiles the texts
    pass
