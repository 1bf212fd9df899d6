r"""scanner.py SECONDS SHARE LOG PATTERN...   (in Windows Python): an antivirus that scans every fresh file.

Each new file that matches a PATTERN (a folder and a pattern of names) is opened as soon as it is seen, with
the share mode SHARE, of `r`, `w`, `d`, or `-` for none, and held for SECONDS. Every new file anew, by its
name and the time of its writing, whatever its content: a scanner that remembers nothing, the worst case for a
retry. With SHARE `rw+first` only the first file is held, with `rw+content` no content a second time. Says
`READY`, writes a line `held`, `free` or `missed` with the time to LOG for each file, and ends when its input
ends.
"""

import ctypes
import hashlib
import msvcrt
import os
import sys
import threading
import time
from ctypes import wintypes

assert sys.platform == "win32"  # also tells the type checker

GENERIC_READ, OPEN_EXISTING, BACKUP_SEMANTICS = 0x80000000, 3, 0x02000000
DUPLICATE_SAME_ACCESS = 2
SHARES = {"r": 1, "w": 2, "d": 4, "-": 0}
TRY_AGAIN = (5, 32)  # its writer has it open
INVALID = wintypes.HANDLE(-1).value

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
kernel32.CreateFileW.restype = kernel32.FindFirstFileW.restype = wintypes.HANDLE
kernel32.CreateFileW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.LPVOID,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.HANDLE,
)
kernel32.GetCurrentProcess.restype = wintypes.HANDLE
kernel32.DuplicateHandle.argtypes = (
    wintypes.HANDLE,
    wintypes.HANDLE,
    wintypes.HANDLE,
    ctypes.POINTER(wintypes.HANDLE),
    wintypes.DWORD,
    wintypes.BOOL,
    wintypes.DWORD,
)
kernel32.FindFirstFileW.argtypes = (wintypes.LPCWSTR, ctypes.c_void_p)
kernel32.FindNextFileW.argtypes = (wintypes.HANDLE, ctypes.c_void_p)
kernel32.FindClose.argtypes = kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)


class Scanner:
    """Opens what is new, and lets it go later."""

    def __init__(self, seconds: float, share: str, log: str) -> None:
        self._seconds = seconds
        letters, _, self._remembers = share.partition("+")
        self._mode = sum(SHARES[letter] for letter in letters)
        self._known: set[bytes] = set()
        self._log = open(log, "a", buffering=1, encoding="utf-8")  # noqa: SIM115 - open until the end
        self._seen: set[tuple[str, int, int]] = set()
        self._found = wintypes.WIN32_FIND_DATAW()

    def look(self, pattern: str) -> None:
        """Take every new file that matches."""
        search = kernel32.FindFirstFileW(pattern, ctypes.byref(self._found))
        more = search != INVALID
        while more:
            written = self._found.ftLastWriteTime
            path = os.path.join(os.path.dirname(pattern), self._found.cFileName)
            which = path, written.dwHighDateTime, written.dwLowDateTime
            if which not in self._seen and self._take(path):
                self._seen.add(which)
            more = kernel32.FindNextFileW(search, ctypes.byref(self._found))
        if search != INVALID:
            kernel32.FindClose(search)

    def _take(self, path: str) -> bool:
        """Hold it; False to look at it once more."""
        handle = kernel32.CreateFileW(
            path, GENERIC_READ, self._mode, None, OPEN_EXISTING, BACKUP_SEMANTICS, None
        )
        if handle == INVALID:
            error = ctypes.get_last_error()
            if error in TRY_AGAIN:
                return False
            self._tell(f"missed {error}", path)
            return True
        if self._is_known(handle):
            kernel32.CloseHandle(handle)
            return True
        self._tell("held", path)
        threading.Thread(target=self._release, args=(handle, path), daemon=True).start()
        return True

    def _is_known(self, handle: int) -> bool:
        content = b""
        if self._remembers == "content":
            with os.fdopen(msvcrt.open_osfhandle(_copy(handle), os.O_RDONLY | os.O_BINARY), "rb") as file:
                content = hashlib.sha256(file.read()).digest()
        known = content in self._known
        if self._remembers:
            self._known.add(content)
        return known

    def _release(self, handle: int, path: str) -> None:
        time.sleep(self._seconds)
        kernel32.CloseHandle(handle)
        self._tell("free", path)

    def _tell(self, word: str, path: str) -> None:
        self._log.write(f"{time.time():.2f} {word} {path}\n")


def _copy(handle: int) -> int:
    """A handle that may be closed by itself."""
    copied, own = wintypes.HANDLE(), kernel32.GetCurrentProcess()
    kernel32.DuplicateHandle(own, handle, own, ctypes.byref(copied), 0, False, DUPLICATE_SAME_ACCESS)
    assert copied.value
    return copied.value


def _until_told(told: threading.Event) -> None:
    sys.stdin.buffer.read()
    told.set()


def main(seconds: str, share: str, log: str, *patterns: str) -> None:
    told = threading.Event()
    threading.Thread(target=_until_told, args=(told,), daemon=True).start()
    scanner = Scanner(float(seconds), share, log)
    print("READY", flush=True)
    while not told.is_set():  # no pause: a launcher lives for a millisecond before it is renamed
        for pattern in patterns:
            scanner.look(pattern)


main(*sys.argv[1:])
