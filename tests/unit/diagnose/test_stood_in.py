"""A folder that the shell of the log stands in cannot be moved away by anybody; folders below it can."""

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

HELD = "The process cannot access the file because it is being used by another process."
PROMPTS = {
    "cmd": "C:\\ws\\app\\src>{command}\n",
    "powershell": "PS C:\\ws\\app\\src> {command}\n",
    "git bash": "me@HOST MINGW64 /c/ws/app/src (main)\n$ {command}\n",
}
REFUSALS = {
    "npm ci": "npm ERR! Error: EPERM: operation not permitted, rename '{0}' -> '{0}.DELETE'",
    "npm create riga": "Error: EBUSY: resource busy or locked, rmdir '{0}'",
    "rmdir /s /q app": f"{{0}} - {HELD}",
    "cargo clean": f"error: failed to remove directory `{{0}}`\n\nCaused by:\n  {HELD} (os error 32)",
    "python clean.py": f"PermissionError: [WinError 32] {HELD}: '{{0}}'",
}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("command", REFUSALS)
def test_the_folder_of_the_prompt(prompt: str, command: str) -> None:
    shown = prompt.format(command=command)
    for folder in ("C:\\ws\\app", "C:\\ws\\app\\src"):
        assert category(shown + REFUSALS[command].format(folder), command) is Category.FILE_IN_USE
    for folder in ("C:\\ws\\ap", "C:\\ws\\app\\src\\deep"):
        assert category(shown + REFUSALS[command].format(folder), command) is Category.ANTIVIRUS_LOCK


def test_the_last_prompt_counts() -> None:
    words = "C:\\ws\\app>cd ..\nC:\\ws>npm ci\nError: EBUSY: resource busy or locked, rmdir 'C:\\ws\\app'"
    assert category(words, "npm ci") is Category.ANTIVIRUS_LOCK
