"""Runs a program and refuses it the system calls that the rules name; one run is one attempt.

    python -m rig.supervise --state STATE --log LOG --rule RULE [--rule RULE]... -- PROGRAM [ARGUMENT]...

Ends with the program's own status. Signals are forwarded, and no process is left behind.
"""

import argparse
import contextlib
import fcntl
import os
import platform
import shutil
import signal
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rig import rules, seccomp
from rig.syscalls import AT_REMOVEDIR, CALLS, CREAT_FLAGS, MACHINES, MAY_WRITE, Machine, calls_for

AT_FDCWD = -100
LONGEST_PATH = 4096
PIECE = 256
POLL_MILLISECONDS = 100
GRACE = 1.0  # seconds that processes which outlive the program get before they are ended
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Book:
    """The state file and the log: shared by all attempts, written under a lock."""

    def __init__(self, state: Path, log: Path) -> None:
        self._state = os.open(state, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)

    @contextlib.contextmanager
    def open(self) -> Iterator[rules.State]:
        """The state, to be changed in place; written back unless the block raises."""
        fcntl.flock(self._state, fcntl.LOCK_EX)
        try:
            size = os.fstat(self._state).st_size
            state = rules.load(os.pread(self._state, size, 0).decode())
            yield state
            text = state.dump().encode()
            os.pwrite(self._state, text, 0)
            os.ftruncate(self._state, len(text))
        finally:
            fcntl.flock(self._state, fcntl.LOCK_UN)

    def note(self, line: str) -> None:
        """Add one line to the log."""
        os.write(self._log, f"{line}\n".encode("utf-8", "surrogateescape"))


class Vanished(Exception):
    """The caller is gone, or was never one whose memory can be read: let the call go on."""


class Caller:
    """The thread that waits for an answer: its operation and the paths in its memory."""

    def __init__(self, notification: seccomp.Notification, names: dict[int, str]) -> None:
        self.notification = notification
        self.name = names[notification.number]
        self._call = CALLS[self.name]
        self._proc = f"/proc/{notification.thread}"

    def operation(self) -> str:
        """The operation in the words of the rules."""
        arguments = self.notification.arguments
        if self.name == "unlinkat" and arguments[2] & AT_REMOVEDIR:
            return "rmdir"
        if self._call.operation != "open":
            return self._call.operation
        flags = CREAT_FLAGS if self._call.flags is None else arguments[self._call.flags]
        if self.name == "openat2":
            flags = struct.unpack("Q", self._memory(flags, 8))[0]
        return "openw" if flags & MAY_WRITE else "openr"

    def paths(self) -> list[str]:
        """The full paths of the call, `..` folded."""
        found = []
        for argument in self._call.paths:
            path = self._text(self.notification.arguments[argument.path])
            folder = AT_FDCWD if argument.folder is None else self.notification.arguments[argument.folder]
            found.append(os.path.normpath(path if path.startswith("/") else f"{self._base(folder)}/{path}"))
        return found

    def _base(self, folder: int) -> str:
        number = struct.unpack("i", struct.pack("I", folder & 0xFFFFFFFF))[0]
        link = f"{self._proc}/cwd" if number == AT_FDCWD else f"{self._proc}/fd/{number}"
        try:
            return os.readlink(link)
        except OSError as error:
            raise Vanished from error

    def _memory(self, address: int, size: int) -> bytes:
        try:
            with open(f"{self._proc}/mem", "rb", buffering=0) as memory:
                return os.pread(memory.fileno(), size, address)
        except OSError as error:
            raise Vanished from error

    def _text(self, address: int) -> str:
        text = b""
        while len(text) < LONGEST_PATH:
            piece = self._memory(address, min(PIECE, LONGEST_PATH - address % LONGEST_PATH))
            head, end, _ = piece.partition(b"\0")
            text += head
            if end or not piece:
                break
            address += len(piece)
        return text.decode("utf-8", "surrogateescape")


class Judge:
    """Answers held calls by the rules."""

    def __init__(self, wanted: Sequence[rules.Rule], book: Book, names: dict[int, str]) -> None:
        self._rules = wanted
        self._book = book
        self._names = names
        with book.open() as state:
            state.attempt += 1
            self._attempt = state.attempt

    def answer(self, listener: seccomp.Listener, notification: seccomp.Notification) -> None:
        """Refuse the call or let it go on; count and log it only if the caller was there to hear it."""
        caller = Caller(notification, self._names)
        try:
            operation = caller.operation()
            candidates = [rule for rule in self._rules if operation in rule.operations]
            paths = caller.paths() if candidates else []
        except Vanished:
            listener.answer(notification, 0)
            return
        for rule in candidates:
            matched = next((path for path in paths if rule.glob.match(path)), None)
            if matched is not None and self._hit(rule, listener, caller, paths, matched):
                return
        listener.answer(notification, 0)

    def _hit(
        self, rule: rules.Rule, listener: seccomp.Listener, caller: Caller, paths: list[str], matched: str
    ) -> bool:
        """Whether this rule answered the call (or its caller is gone)."""
        if rule.delay:
            time.sleep(rule.delay)
        if not listener.valid(caller.notification):
            return True
        with self._book.open() as state:
            if not rule.decide(state.tally(rule), self._attempt, paths[-1] if rule.holds else matched):
                return False
            if rule.answer == rules.GONE:
                remove(matched)
            if listener.answer(caller.notification, rule.errno):
                self._book.note(
                    f"attempt={self._attempt} thread={caller.notification.thread} call={caller.name} "
                    f"answer={rule.answer} path={' -> '.join(paths)}"
                )
        return True


def remove(path: str) -> None:
    """Take a file or a folder away, as a quarantine does; one that is gone already is gone."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        Path(path).unlink(missing_ok=True)


def serve(listener: seccomp.Listener, judge: Judge, child: int) -> int:
    """Answer until nobody is left under the filter; the child's `os.waitstatus_to_exitcode`."""
    code: int | None = None
    end = 0.0
    while not listener.ended:
        notification = listener.receive(POLL_MILLISECONDS)
        if notification is not None:
            judge.answer(listener, notification)
        if code is None:
            finished, status = os.waitpid(child, os.WNOHANG)
            if finished:
                code = os.waitstatus_to_exitcode(status)
                end = time.monotonic() + GRACE
        elif time.monotonic() > end:
            break
    if code is None:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    listener.close()
    reap()
    return code


def reap() -> None:
    """End and collect what outlived the program; as child subreaper all of it has become our own children."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for orphan in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split():
                os.kill(int(orphan), signal.SIGKILL)
            os.wait()


def run(argv: Sequence[str], wanted: Sequence[rules.Rule], book: Book, machine: Machine) -> int:
    """Run the program under the rules. Raises OSError where the kernel refuses the filter."""
    operations = frozenset[str]().union(*(rule.operations for rule in wanted))
    calls = calls_for(operations, machine)
    program = seccomp.filter_program(calls, machine, read_opens="openr" in operations)
    child, descriptor = seccomp.start(argv, program, machine)
    for number in FORWARDED:
        signal.signal(number, lambda received, _frame: _forward(child, received))
    judge = Judge(wanted, book, {number: name for name, number in calls.items()})
    return serve(seccomp.Listener(descriptor), judge, child)


def _forward(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="rig.supervise")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--rule", type=rules.parse, action="append", required=True)
    parser.add_argument("argv", nargs="+")
    options = parser.parse_args()
    machine = MACHINES.get(platform.machine())
    if machine is None:
        print(f"injector: no system call table for {platform.machine()}", file=sys.stderr)
        return seccomp.REFUSED_STATUS
    try:
        code = run(options.argv, options.rule, Book(options.state, options.log), machine)
    except OSError as error:
        print(f"injector: {error}", file=sys.stderr)
        return seccomp.REFUSED_STATUS
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main())
