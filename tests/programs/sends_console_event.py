"""Sends Ctrl+C or Ctrl+Break to all programs of another process's console, as Jenkins and GitHub's runner do.

usage: sends_console_event.py PID c|break   (Windows only)
"""

import ctypes
import sys

EVENTS = {"c": 0, "break": 1}

kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.FreeConsole()
sent = (
    kernel.AttachConsole(int(sys.argv[1]))
    and kernel.SetConsoleCtrlHandler(None, True)  # not to ourselves
    and kernel.GenerateConsoleCtrlEvent(EVENTS[sys.argv[2]], 0)
)
sys.exit(0 if sent else f"WinError {ctypes.get_last_error()}")
