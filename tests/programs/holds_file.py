"""Holds a file open with a given share mode, as a scanner does, until its standard input ends (Windows).

usage: holds_file.py FILE SHARE [delete]: SHARE is made of r, w, d, or is `-`; with `delete`, the file is
to be deleted, which it is when the last program closes it. Prints `ready`.
"""

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"
SHARES = {"r": 1, "w": 2, "d": 4}
GENERIC_READ, DELETE, OPEN_EXISTING, FOR_FOLDERS = 0x80000000, 0x10000, 3, 0x02000000
FILE_DISPOSITION_INFO = 4

path, share, *marked = sys.argv[1:]
kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.CreateFileW.restype = wintypes.HANDLE
handle = wintypes.HANDLE(
    kernel.CreateFileW(
        path,
        GENERIC_READ | (DELETE if marked else 0),
        sum(SHARES.get(letter, 0) for letter in share),
        None,
        OPEN_EXISTING,
        FOR_FOLDERS,
        None,
    )
)
if handle.value == wintypes.HANDLE(-1).value:
    sys.exit(f"WinError {ctypes.get_last_error()}")
if marked:
    yes = wintypes.BOOLEAN(1)
    if not kernel.SetFileInformationByHandle(handle, FILE_DISPOSITION_INFO, ctypes.byref(yes), 1):
        sys.exit(f"WinError {ctypes.get_last_error()}")
print("ready", flush=True)
sys.stdin.read()
