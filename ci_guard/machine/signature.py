"""Whether a Windows program is signed, and whether this machine trusts the signature (WinVerifyTrust)."""

import os
import sys

UNEXAMINED = "not examined"
SIGNED, UNSIGNED = "signed and trusted", "not signed"
_NO_SIGNATURE = 0x800B0100  # winerror.h: TRUST_E_NOSIGNATURE
_UNKNOWN_FORM = 0x800B0003  # TRUST_E_SUBJECT_FORM_UNKNOWN: a script, say
_WITHOUT_WINDOW, _FILE, _NO_REVOCATION, _VERIFY, _CLOSE = 2, 1, 0, 1, 2
_FROM_CACHE_ONLY = 0x1000  # WTD_CACHE_ONLY_URL_RETRIEVAL: no network


def signature_of(path: str) -> str:
    """Its state in words; `not examined` elsewhere than on Windows, and where the file is not here."""
    if sys.platform != "win32" or not path or not os.path.isfile(path):
        return UNEXAMINED
    try:
        return words_for(_verify(path))
    except OSError:
        return UNEXAMINED


def words_for(answer: int) -> str:
    """What WinVerifyTrust answered, in words."""
    if answer == 0:
        return SIGNED
    status = answer & 0xFFFFFFFF
    if status in (_NO_SIGNATURE, _UNKNOWN_FORM):
        return UNSIGNED
    return f"signed, but not trusted (0x{status:08X})"


def _verify(path: str) -> int:
    if sys.platform != "win32":
        raise AssertionError
    import ctypes
    from ctypes import wintypes

    class FileInfo(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("path", wintypes.LPCWSTR),
            ("handle", wintypes.HANDLE),
            ("subject", ctypes.c_void_p),
        )

    class Data(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("callback", ctypes.c_void_p),
            ("sip", ctypes.c_void_p),
            ("window", wintypes.DWORD),
            ("revocation", wintypes.DWORD),
            ("union", wintypes.DWORD),
            ("file", ctypes.POINTER(FileInfo)),
            ("action", wintypes.DWORD),
            ("state", wintypes.HANDLE),
            ("url", wintypes.LPCWSTR),
            ("flags", wintypes.DWORD),
            ("context", wintypes.DWORD),
            ("settings", ctypes.c_void_p),
        )

    # softpub.h: WINTRUST_ACTION_GENERIC_VERIFY_V2, {00AAC56B-CD44-11d0-8CC2-00C04FC295EE}
    action = (ctypes.c_ubyte * 16)(*bytes.fromhex("6bc5aa0044cdd0118cc200c04fc295ee"))
    info = FileInfo(ctypes.sizeof(FileInfo), path, None, None)
    data = Data()
    data.size, data.window, data.revocation = ctypes.sizeof(Data), _WITHOUT_WINDOW, _NO_REVOCATION
    data.union, data.file, data.flags = _FILE, ctypes.pointer(info), _FROM_CACHE_ONLY
    data.action = _VERIFY
    verify = ctypes.windll.wintrust.WinVerifyTrust
    answer = verify(None, ctypes.byref(action), ctypes.byref(data))
    data.action = _CLOSE
    verify(None, ctypes.byref(action), ctypes.byref(data))
    return int(answer)
