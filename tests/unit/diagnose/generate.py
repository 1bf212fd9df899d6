"""Writes messages of failures that no tool has ever printed: each kind in many dresses.

A refusal (what the system means) is printed as a run-time prints it, in a sentence with a path of some form
in quotes of some form, under the prefix of a CI server, and followed by what a wrapper says about it.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

from ci_guard.model.category import Category
from ci_guard.model.history import Code, Namespace

HRESULT = 0x80070000
WORD = 1 << 32
WORDS = {
    5: (
        "Access is denied.",
        "Zugriff verweigert",
        "Accès refusé.",
        "拒绝访问。",
        "アクセスが拒否されました。",
    ),
    32: (
        "The process cannot access the file because it is being used by another process.",
        "Der Prozess kann nicht auf die Datei zugreifen, da sie von einem anderen Prozess verwendet wird.",
        "另一个程序正在使用此文件，进程无法访问。",  # noqa: RUF001
        "O arquivo já está sendo usado por outro processo.",
    ),
    1224: ("The requested operation cannot be performed on a file with a user-mapped section open.",),
    225: (
        "Operation did not complete successfully because the file contains a virus or potentially "
        "unwanted software.",
    ),
    112: ("There is not enough space on the disk.",),
    206: ("The filename or extension is too long.",),
    64: ("The specified network name is no longer available.",),
}
MEANS = {
    5: Category.ANTIVIRUS_LOCK,
    32: Category.ANTIVIRUS_LOCK,
    1224: Category.ANTIVIRUS_LOCK,
    225: Category.ANTIVIRUS_BLOCK,
    112: Category.DISK_FULL,
    206: Category.PATH_TOO_LONG,
    64: Category.NETWORK,
}
LOCKS = frozenset(number for number, category in MEANS.items() if category is Category.ANTIVIRUS_LOCK)
NUMBERED = {
    "rust": "{words} (os error {number})",
    "rust hresult": "{words} (os error {negative})",
    "python": "[WinError {number}] {words}",
    "words": "{words}",
    "spoken": "{words} (winerror {number})",
    "hresult": "{words} (Exception from HRESULT: 0x{hresult:08X})",
    "pair": "{words} ({negative}/0x{hresult:08x})",
    "dart": "(OS Error: {words}, errno = {number})",
    "nim": "{words} (code: {number})",
    "pascal": "{words} (error code: {number})",
}
PATHS = (
    r"C:\agent\_work\7\s\out\tool.exe",
    r"D:\jenkins\workspace\a b\dist\My Tool 1.0.exe",
    r"D:/ws/build/gen/lib.v2.dll",
    r"\\?\D:\ws\.venv\Lib\site-packages\pkg\_speed.pyd",
    r"build\lib.win-amd64-3.12\pkg\core.pyd",
    r"E:\x\node_modules\.bin\esbuild.exe",
    r"C:\Users\RUNNER~1\AppData\Local\Temp\tmp1a2b\core.obj",
)
QUOTES = (("'", "'"), ('"', '"'), ("\u201c", "\u201d"), ("`", "`"), ("\u00ab", "\u00bb"), ("", ""))
SENTENCES = (
    "cannot delete {path}: {refusal}",
    "Failed to open {path}: {refusal}",
    "error: unable to write file {path}: {refusal}",
    "{refusal}: {path}",
    "Error while copying {path}. {refusal}",
    "could not replace {path}\n  {refusal}",
    "{refusal}\nAn error occurred while updating: {path}",
    '> del /q "{bare}"\n{refusal}',
    "{refusal}\nAdditional info: {path} [OSError]",
    "{bare} - {refusal}",
    "Building {path} failed with output:\nld.lld: error: failed to write to the output file: {refusal}",
    "Can't unlink {path}: {refusal} at C:/Strawberry/perl/lib/ExtUtils/Install.pm line 412.",
)
PREFIXES = (
    "",
    "2026-03-06T10:11:12.1234567Z ",
    "[10:11:12][Step 2/4] ",
    "10:11:12 ",
    "[ERROR] ",
    "[2026-03-06T10:11:12.123Z] ",
)
WRAPPERS = (
    "",
    "ninja: build stopped: subcommand failed.",
    "make: *** [Makefile:12: all] Error 1",
    "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1",
    "tests: exit 1 (3.10 seconds) D:\\ws> quaver build pid=4120",
    "BUILD FAILED",
    "##[error]Process completed with exit code 1.",
)
WIDTHS = (0, 0, 0, 80, 120)  # columns of the terminal that broke the lines; 0: none did
COMMANDS = ("", "quaver build", "tox -e py312", "npm run dist", "cmake --build build", "build.cmd release")


class Dress(NamedTuple):
    """One message, and what it has to lead to."""

    text: str
    command: str
    category: Category
    path: str
    code: Code | None

    @property
    def name(self) -> str:
        """For people: what fails, shortened."""
        return self.text.replace("\n", "|")[:150]


def refusals(number: int) -> Iterator[tuple[str, bool]]:
    """The printings of one number, each with whether it shows the number itself."""
    for words in WORDS[number]:
        for form in NUMBERED.values():
            printed = form.format(
                words=words.rstrip(".") if form.endswith("{words}, errno = {number})") else words,
                number=number,
                hresult=HRESULT + number,
                negative=HRESULT + number - WORD,
            )
            yield printed, form != "{words}"


def broken(text: str, width: int) -> Iterator[str]:
    """The lines as a console host of this width breaks them: at a blank; a path without one stays whole."""
    for line in text.split("\n"):
        rest = line
        while width and len(rest) > width and (cut := rest.rfind(" ", 1, width + 1)) > 0:
            yield rest[:cut]
            rest = rest[cut:].lstrip(" ")
        yield rest


def dresses(count: int, seed: int = 15) -> Iterator[Dress]:
    """So many messages, always the same ones."""
    chance = random.Random(seed)
    printings = {number: list(refusals(number)) for number in WORDS}
    for _ in range(count):
        number = chance.choice(list(WORDS))
        refusal, numbered = chance.choice(printings[number])
        path = chance.choice(PATHS)
        opening, closing = chance.choice(QUOTES)
        sentence = chance.choice(SENTENCES).format(
            path=f"{opening}{path}{closing}", bare=path, refusal=refusal
        )
        text = "\n".join(filter(None, (sentence, chance.choice(WRAPPERS))))
        prefix = chance.choice(PREFIXES)
        width = 0 if prefix else chance.choice(WIDTHS)
        yield Dress(
            text="\n".join(prefix + line for line in broken(text, width)),
            command=chance.choice(COMMANDS),
            category=MEANS[number],
            path=path,
            code=Code(Namespace.WIN32, number) if numbered else None,
        )
