"""The kernel's side: a seccomp filter that hands chosen system calls of a child to this process.

See seccomp_unotify(2). Needs Linux 5.5 and no rights. Works on static programs and on raw system calls, where
LD_PRELOAD is blind. One listener per process tree: it cannot be nested.
"""

import array
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rig.syscalls import CALLS, MAY_WRITE, Machine

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
SET_MODE_FILTER = 1
NEW_LISTENER = 1 << 3
WAIT_KILLABLE = 1 << 5  # from Linux 5.19 on: signals do not interrupt a held call
RECEIVE, SEND, ID_VALID = 0xC0502100, 0xC0182101, 0x40082102
CONTINUE = 1
NOTIFICATION = struct.Struct("QIIiIQ6Q")  # id, pid, flags, number, arch, instruction pointer, arguments
RESPONSE = struct.Struct("QqiI")  # id, value, error, flags
LOAD, JUMP_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000
NUMBER_OFFSET, ARCH_OFFSET, ARGUMENTS_OFFSET, ARGUMENT_SIZE = 0, 4, 16, 8
REFUSED_STATUS, NOT_FOUND_STATUS = 125, 127

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Notification:
    """One system call that the kernel holds until it is answered."""

    id: int
    thread: int
    number: int
    arguments: tuple[int, ...]


def filter_program(calls: dict[str, int], machine: Machine, *, read_opens: bool) -> list[bytes]:
    """The BPF program: notify for `calls`, allow the rest; opens that cannot write only if `read_opens`."""

    def step(code: int, jump_true: int, jump_false: int, value: int) -> bytes:
        return struct.pack("HBBI", code, jump_true, jump_false, value)

    program = [
        step(LOAD, 0, 0, ARCH_OFFSET),
        step(JUMP_EQUAL, 1, 0, machine.audit),
        step(RETURN, 0, 0, ALLOW),
        step(LOAD, 0, 0, NUMBER_OFFSET),
    ]
    for name, number in calls.items():
        flags = CALLS[name].flags
        if name in ("open", "openat") and not read_opens and flags is not None:
            program += [
                step(JUMP_EQUAL, 0, 4, number),
                step(LOAD, 0, 0, ARGUMENTS_OFFSET + ARGUMENT_SIZE * flags),
                step(JUMP_SET, 0, 1, MAY_WRITE),
                step(RETURN, 0, 0, NOTIFY),
                step(RETURN, 0, 0, ALLOW),
            ]
        else:
            program += [step(JUMP_EQUAL, 0, 1, number), step(RETURN, 0, 0, NOTIFY)]
    return [*program, step(RETURN, 0, 0, ALLOW)]


def start(argv: Sequence[str], program: list[bytes], machine: Machine) -> tuple[int, int]:
    """Start the program under the filter: its process id and the listener.

    Raises OSError where the kernel refuses the filter.
    """
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # orphans come to us, so that none is left behind
    ours, theirs = socket.socketpair()
    supervisor = os.getpid()
    child = os.fork()
    if child == 0:
        ours.close()
        _become(argv, program, machine, theirs, supervisor)
    theirs.close()
    with ours:
        message, ancillary, _, _ = ours.recvmsg(4, socket.CMSG_SPACE(4))
    if not ancillary:
        os.waitpid(child, 0)
        number = int.from_bytes(message, sys.byteorder)
        raise OSError(number, f"seccomp user notification: {os.strerror(number)}")
    return child, int(struct.unpack("i", ancillary[0][2][:4])[0])


def _become(
    argv: Sequence[str], program: list[bytes], machine: Machine, channel: socket.socket, supervisor: int
) -> None:
    """In the child: die with the supervisor, install the filter, hand it over, become the program."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != supervisor:
        os._exit(REFUSED_STATUS)
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    code = b"".join(program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer)), 16)
    listener = -1
    for flags in (NEW_LISTENER | WAIT_KILLABLE, NEW_LISTENER):
        listener = _libc.syscall(machine.seccomp, SET_MODE_FILTER, flags, header)
        if listener >= 0 or ctypes.get_errno() != errno.EINVAL:
            break
    if listener < 0:
        channel.send(ctypes.get_errno().to_bytes(4, sys.byteorder))
        os._exit(REFUSED_STATUS)
    channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))])
    os.close(listener)
    channel.close()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(argv[0], list(argv))
    except OSError as error:
        os.write(2, f"injector: {argv[0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND_STATUS)


class Listener:
    """The queue of held system calls."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self.ended = False  # nobody runs under the filter any more

    def receive(self, milliseconds: int) -> Notification | None:
        """The next held call; None after the time, when its caller died meanwhile, or at the end."""
        events = self._poll.poll(milliseconds)
        if not events:
            return None
        if not events[0][1] & select.POLLIN:
            self.ended = True
            return None
        buffer = bytearray(NOTIFICATION.size)
        try:
            fcntl.ioctl(self._descriptor, RECEIVE, buffer)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # the caller was killed between poll and ioctl
                return None
            raise
        identity, thread, _, number, _, _, *arguments = NOTIFICATION.unpack(buffer)
        return Notification(identity, thread, number, tuple(arguments))

    def valid(self, notification: Notification) -> bool:
        """Whether the caller still waits, so that what was read from its memory was its own."""
        try:
            fcntl.ioctl(self._descriptor, ID_VALID, struct.pack("Q", notification.id))
        except OSError as error:
            if error.errno == errno.ENOENT:
                return False
            raise
        return True

    def answer(self, notification: Notification, error_number: int) -> bool:
        """Refuse the call, or with 0 let it go on; whether the caller was still there to hear it."""
        response = RESPONSE.pack(notification.id, 0, -error_number, 0 if error_number else CONTINUE)
        while True:
            try:
                fcntl.ioctl(self._descriptor, SEND, bytearray(response))
            except InterruptedError:
                continue
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINPROGRESS):
                    return False
                raise
            return True

    def close(self) -> None:
        """Stop listening; calls that come after are refused by the kernel."""
        os.close(self._descriptor)
