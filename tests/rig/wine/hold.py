r"""hold.py FILE SHARE LIMIT   (in Windows Python): the antivirus stand-in.

Opens FILE (or a folder) for reading with the share mode SHARE, of `r`, `w` and `d` or empty for none, says
`HELD`, and lets it go when its input ends or LIMIT seconds are over. A FILE that is not there yet is taken
the moment it appears.
"""

import ctypes
import sys
import threading
import time
from ctypes import wintypes

assert sys.platform == "win32"  # also tells the type checker

GENERIC_READ, OPEN_EXISTING, BACKUP_SEMANTICS = 0x80000000, 3, 0x02000000
SHARES = {"r": 1, "w": 2, "d": 4}
POLL = 0.002  # seconds
INVALID = wintypes.HANDLE(-1).value

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
kernel32.CreateFileW.restype = wintypes.HANDLE
kernel32.CreateFileW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.LPVOID,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.HANDLE,
)
kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)


def _until_told(told: threading.Event) -> None:
    sys.stdin.buffer.read()
    told.set()


def main(path: str, share: str, limit: str) -> None:
    told = threading.Event()
    threading.Thread(target=_until_told, args=(told,), daemon=True).start()
    until = time.monotonic() + float(limit)
    mode = sum(SHARES[letter] for letter in share)
    while True:
        handle = kernel32.CreateFileW(path, GENERIC_READ, mode, None, OPEN_EXISTING, BACKUP_SEMANTICS, None)
        if handle != INVALID:
            break
        if told.wait(POLL) or time.monotonic() > until:
            sys.exit(f"never got it: WinError {ctypes.get_last_error()}")
    print("HELD", flush=True)
    told.wait(until - time.monotonic())
    kernel32.CloseHandle(handle)
    print("FREE", flush=True)


main(*sys.argv[1:])
