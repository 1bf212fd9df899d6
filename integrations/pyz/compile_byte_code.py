"""Compiles the texts of the one-file program with the Python that runs this; see `pack_pyz`.

usage: compile_byte_code.py TEXTS MADE. In two parts: what a first attempt that passes may need, and the rest,
which is three quarters of it and would be read at every start.
"""

import importlib.util
import marshal
import sys

COMMON_FORMAT = 2  # of marshal: without references, which are not the same each time
PACKAGE = "ci_guard"
# `tests/unit/run/test_startup.py` holds every start to it
START = {
    *(
        "",
        "__main__",
        "cli",
        "run",
        "model",
        "process",
        "policy",
        "config",
        "ci_server",
        "knowledge",
        "windows",
    ),
    *("errors", "random_name", "dataclass", "expression", "annotation", "bundle"),
}


def is_for_a_start(module: str) -> bool:
    """Whether a start may need it."""
    package, _, rest = module.partition(".")
    return package == PACKAGE and rest.partition(".")[0] in START


def main(texts_file: str, made_file: str) -> None:
    """Compile the texts in the one file into the other."""
    with open(texts_file, "rb") as file:
        texts = marshal.load(file)
    start: dict[str, tuple[bytes, bool]] = {}
    more: dict[str, tuple[bytes, bool]] = {}
    for path, text in texts:
        name = path.removesuffix(".py").replace("/", ".")
        module = name.removesuffix(".__init__")
        code = marshal.dumps(compile(text, path, "exec", dont_inherit=True, optimize=0), COMMON_FORMAT)
        (start if is_for_a_start(module) else more)[module] = (code, module != name)
    tag, magic = sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER
    made = {
        f"{tag}.start.bin": magic + marshal.dumps((start, tuple(more)), COMMON_FORMAT),
        f"{tag}.more.bin": magic + marshal.dumps(more, COMMON_FORMAT),
    }
    with open(made_file, "wb") as result:
        marshal.dump(made, result, COMMON_FORMAT)


if __name__ == "__main__":
    main(*sys.argv[1:])
