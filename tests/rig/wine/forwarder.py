"""Writes a DLL that only forwards its exports to another DLL, without a compiler.

Wine 8 has no `bcryptprimitives.dll`, whose one documented export `ProcessPrng(PBYTE, SIZE_T)` every Rust
program of the last years loads. `SystemFunction036` of advapi32 (documented as RtlGenRandom) takes the same
two arguments in the same registers and does the same. The layout is that of Microsoft's "PE Format":
https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
"""

import struct
from collections.abc import Mapping

RANDOM_NUMBERS = {"ProcessPrng": "advapi32.SystemFunction036"}

PE_OFFSET, OPTIONAL_HEADER_SIZE, HEADERS_SIZE = 0x80, 240, 0x200
AMD64, EXECUTABLE_LARGE_ADDRESS_DLL = 0x8664, 0x2022
PE32_PLUS, LINKER_MAJOR, CONSOLE = 0x20B, 14, 3
IMAGE_BASE, SECTION_ALIGNMENT, FILE_ALIGNMENT, IMAGE_SIZE = 0x2A0000000, 0x1000, 0x200, 0x2000
DYNAMIC_BASE_NX = 0x0140
STACK_OR_HEAP, COMMIT = 0x100000, 0x1000
INITIALIZED_READABLE = 0x40000040
DIRECTORIES = 16
EXPORTS_RVA = SECTION_ALIGNMENT
DIRECTORY_SIZE = 40


def dll(name: str, forwards: Mapping[str, str]) -> bytes:
    """The bytes of a 64-bit DLL `name`; `forwards` maps an export to `module.function`."""
    exports = _exports(name, forwards)
    section = exports.ljust(-(-len(exports) // FILE_ALIGNMENT) * FILE_ALIGNMENT, b"\0")
    dos = (b"MZ" + b"\0" * 58 + struct.pack("<I", PE_OFFSET)).ljust(PE_OFFSET, b"\0")
    coff = struct.pack(
        "<4sHHIIIHH", b"PE", AMD64, 1, 0, 0, 0, OPTIONAL_HEADER_SIZE, EXECUTABLE_LARGE_ADDRESS_DLL
    )
    table = struct.pack("<8sIIIIIIHHI", b".edata", IMAGE_SIZE - EXPORTS_RVA, EXPORTS_RVA, len(section),
                        HEADERS_SIZE, 0, 0, 0, 0, INITIALIZED_READABLE)  # fmt: skip
    headers = dos + coff + _optional_header(len(section), len(exports)) + table
    return headers.ljust(HEADERS_SIZE, b"\0") + section


def _optional_header(section: int, exports: int) -> bytes:
    header = struct.pack("<HBBIIIII", PE32_PLUS, LINKER_MAJOR, 0, 0, section, 0, 0, EXPORTS_RVA)
    header += struct.pack("<QII", IMAGE_BASE, SECTION_ALIGNMENT, FILE_ALIGNMENT)
    header += struct.pack("<HHHHHHI", 6, 0, 0, 0, 6, 0, 0)  # versions: Windows Vista, the first 64-bit loader
    header += struct.pack("<IIIHH", IMAGE_SIZE, HEADERS_SIZE, 0, CONSOLE, DYNAMIC_BASE_NX)
    header += struct.pack("<QQQQII", STACK_OR_HEAP, COMMIT, STACK_OR_HEAP, COMMIT, 0, DIRECTORIES)
    return header + struct.pack("<II", EXPORTS_RVA, exports).ljust(8 * DIRECTORIES, b"\0")


def _exports(name: str, forwards: Mapping[str, str]) -> bytes:
    """The export section: a function whose address lies within it is a forwarder, says the format."""
    names = sorted(forwards)  # the loader looks them up by halving
    count = len(names)
    addresses = EXPORTS_RVA + DIRECTORY_SIZE
    name_pointers, ordinals = addresses + 4 * count, addresses + 8 * count
    place = ordinals + 2 * count
    strings, where = b"", {}
    for text in (name, *names, *forwards.values()):
        where[text] = place + len(strings)
        strings += text.encode("ascii") + b"\0"
    directory = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, where[name], 1, count, count, addresses,
                            name_pointers, ordinals)  # fmt: skip
    functions = b"".join(struct.pack("<I", where[forwards[each]]) for each in names)
    pointers = b"".join(struct.pack("<I", where[each]) for each in names)
    return directory + functions + pointers + struct.pack(f"<{count}H", *range(count)) + strings
