"""Sends Ctrl+C or Ctrl+Break to all programs of another process's console, as Jenkins and GitHub's runner do.

usage: sends_console_event.py PID c|break   (Windows only)
"""

import ctypes
import os
import sys
import time

assert sys.platform == "win32"
EVENTS = {"c": 0, "break": 1}
HANDLED = 0.5  # seconds in which the event has come to ourselves too, in a thread of its own


@ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_ulong)
def survive(_event: int) -> int:
    """Say that the event is handled; only Ctrl+C can be ignored without."""
    return 1


pid, event = int(sys.argv[1]), sys.argv[2]
kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.FreeConsole()
sent = (
    kernel.AttachConsole(pid)
    and kernel.SetConsoleCtrlHandler(None if event == "c" else survive, True)
    and kernel.GenerateConsoleCtrlEvent(EVENTS[event], 0)
)
if not sent:
    sys.exit(f"WinError {ctypes.get_last_error()}")
if event == "break":
    time.sleep(HANDLED)
os._exit(0)  # without a look at threads that the console has started
