"""Asks the machine what the text of a failure leaves open: may this user do what was refused?

Looks at one path and its folder only, leaves nothing behind, and gives up on a volume that does not answer.
"""

import os
import stat
import sys
import threading
import time

from ci_guard.dataclass import dataclass, field
from ci_guard.machine.lookup import nearest_folder, program_of, straight_of
from ci_guard.machine.probe import PROBE_PREFIX
from ci_guard.machine.volume import can_link, forbids_programs, is_mount_point
from ci_guard.model.error_numbers import UNWRITABLE_ERRNOS
from ci_guard.model.evidence import FILE_CLOCK_SLACK, Evidence, Refusal
from ci_guard.windows.paths import extended, plain, shown
from ci_guard.windows.rights import LINKS, OWNERS, READ, RUN, SYMBOLIC

PATIENCE = 5.0  # seconds that a volume may take to answer
LEAST_FREE = 64 * 1024  # bytes; below, a volume is as good as full


def examine(path: str, operation: str | None, since: float, directory: str) -> Evidence:
    """What the machine says about an absolute `path` after `operation` on it was refused.

    `since`: when the attempt began, seconds since the epoch. `directory`: where the command ran; a program
    without a folder is looked for from there. Never fails; a volume that hangs costs `PATIENCE` seconds.
    """
    if _is_foreign(os.path.relpath(path, directory) if _same_drive(path, directory) else path):
        return Evidence(path=path, sentences=(f"`{path}` is not a path of this system",))
    answers: list[Evidence] = []

    def ask() -> None:
        try:
            answers.append(_Question(extended(path), operation or "", since, directory).answer())
            if sys.platform == "win32":
                from ci_guard.machine import _holders, windows

                answers.append(windows.with_holders(answers[0], _holders.holders))
        except OSError as error:  # the volume, or a folder on the way, has gone meanwhile
            answers.append(
                Evidence(path=path, sentences=(f"`{path}` could not be examined: {error.strerror}",))
            )

    question = threading.Thread(target=ask, daemon=True)
    question.start()
    question.join(PATIENCE)
    if answers:
        return answers[-1]
    return Evidence(path=path, sentences=(f"`{path}` gave no answer within {PATIENCE:.0f} s",))


@dataclass(slots=True)
class _Question:
    path: str
    operation: str
    since: float
    directory: str
    said: list[str] = field(default_factory=list)

    def answer(self) -> Evidence:
        path = program_of(self.path, self.directory) if self.operation in RUN else self.path
        path = straight_of(path)
        status, reachable = self._status(path)
        folder = os.path.dirname(path) or "."
        folder_exists = os.path.isdir(folder)
        nearest = nearest_folder(folder)
        full = self._is_full(nearest)
        read_only = status is not None and _has_read_only_attribute(status)
        if read_only:
            self.said.append(f"`{path}` has the read-only attribute")
        allowed, refusal = self._rights(path, status, nearest) if reachable else (False, None)
        made = self._make(nearest) if allowed is not False and not full else None
        opened = self._open(path) if status is not None and stat.S_ISREG(status.st_mode) else None
        fresh = self._is_fresh(path, folder, status)
        if fresh and allowed is False:
            self.said.insert(0, self.said.pop())  # the last is told first: why it may not be done
        return Evidence(
            path=plain(path),
            exists=status is not None,
            folder_exists=folder_exists,
            allowed=allowed,
            made=made,
            opened=opened,
            read_only=read_only,
            full=full,
            written=max(status.st_mtime, status.st_ctime) if status is not None else None,
            fresh=fresh,
            mount_point=self._is_mount_point(path, status),
            linkable=self._can_link(nearest) if made else None,
            closed=reachable and allowed is False and self._was_closed(nearest),
            refusal=refusal,
            sentences=tuple(shown(sentence) for sentence in self.said),
        )

    def _status(self, path: str) -> tuple[os.stat_result | None, bool]:
        """The status, and whether this user gets as far as to the path at all."""
        try:
            return os.stat(path), True
        except PermissionError:
            self.said.append(f"`{path}` cannot be reached by this user: a folder above it is closed")
            return None, sys.platform == "win32"
        except OSError:
            self.said.append(f"`{path}` does not exist")
            return None, True

    def _rights(
        self, path: str, status: os.stat_result | None, folder: str
    ) -> tuple[bool | None, Refusal | None]:
        if sys.platform != "win32":
            return self._is_allowed(path, status, folder), None
        # os.access would look at the read-only attribute alone
        from ci_guard.machine import _access, windows

        told = windows.ask(path, folder, self.operation, exists=status is not None, windows=_access)
        self.said += told.sentences
        return told.allowed, told.refusal

    def _is_allowed(self, path: str, status: os.stat_result | None, folder: str) -> bool:
        if status is not None and self._was_to_run(status) and self._is_no_exec(path):
            return False
        if status is not None and self.operation in RUN:
            return self._may(path, os.X_OK, "executable")
        if status is not None and self.operation in READ and not _is_own_temporary(path):
            return self._may(path, os.R_OK, "readable")
        if status is not None and self.operation in OWNERS:
            return self._is_owner(path, status)
        if status is not None and os.path.isdir(path) and not self._may(path, os.W_OK | os.X_OK, "writable"):
            return False
        return self._may(folder, os.W_OK | os.X_OK, "writable") and self._may_replace(path, status, folder)

    def _may(self, path: str, right: int, word: str) -> bool:
        granted = os.access(path, right)
        self.said.append(f"`{path}` is {'' if granted else 'not '}{word} by this user{_rights(path)}")
        return granted

    def _is_owner(self, path: str, status: os.stat_result) -> bool:
        if sys.platform == "win32":
            return True
        owner = os.geteuid() in (0, status.st_uid)
        self.said.append(f"`{path}` belongs to {'this user' if owner else 'another user'}{_rights(path)}")
        return owner

    def _may_replace(self, path: str, status: os.stat_result | None, folder: str) -> bool:
        """In a folder with the sticky bit only the owner of a file may remove or replace it."""
        if sys.platform == "win32" or status is None:
            return True
        above = os.stat(folder)
        me = os.geteuid()
        if not above.st_mode & stat.S_ISVTX or me in (0, status.st_uid, above.st_uid):
            return True
        self.said.append(f"`{path}` belongs to another user, in a folder with the sticky bit")
        return False

    def _was_to_run(self, status: os.stat_result) -> bool:
        """A program, if it was started or if nobody says what was tried: shells name no operation."""
        return self.operation in RUN or (
            not self.operation and stat.S_ISREG(status.st_mode) and bool(status.st_mode & stat.S_IXUSR)
        )

    def _is_mount_point(self, path: str, status: os.stat_result | None) -> bool:
        if sys.platform == "win32" or status is None or not is_mount_point(path):
            return False
        self.said.append(f"`{path}` is a mount point: it can be emptied, not removed or renamed")
        return True

    def _can_link(self, folder: str) -> bool | None:
        if sys.platform == "win32" or self.operation not in LINKS:
            return None
        symbolic = self.operation in SYMBOLIC
        able = can_link(folder, symbolic=symbolic, prefix=PROBE_PREFIX)
        if able is False:
            kind = "symbolic" if symbolic else "hard"
            self.said.append(f"the volume of `{folder}` does not support {kind} links")
        return able

    def _is_no_exec(self, path: str) -> bool:
        if sys.platform == "win32":
            return False
        forbidden = forbids_programs(path)
        if forbidden:
            self.said.append(f"`{path}` lies on a volume from which programs may not be run (noexec)")
        return forbidden

    def _was_closed(self, folder: str) -> bool:
        """Whether a folder of this user, older than the attempt, was made read-only while that ran.

        A folder that the attempt has made and closed itself, as Go's module cache is, is not meant: something
        in it has to be older than the attempt.
        """
        if sys.platform == "win32":
            return False
        try:
            status = os.stat(folder)
            with os.scandir(folder) as entries:
                older = any(entry.stat(follow_symlinks=False).st_ctime < self.since for entry in entries)
        except OSError:
            return False
        if status.st_uid != os.geteuid() or status.st_mode & stat.S_IWUSR or status.st_ctime <= self.since:
            return False
        if older:
            after = status.st_ctime - self.since
            self.said.append(f"`{folder}` was made read-only {after:.1f} s after the attempt began")
        return older

    def _is_full(self, folder: str) -> bool:
        if sys.platform == "win32":
            import shutil

            free, inodes = shutil.disk_usage(folder).free, 1
        else:
            volume = os.statvfs(folder)
            free, inodes = volume.f_bavail * volume.f_frsize, volume.f_favail if volume.f_files else 1
        if free >= LEAST_FREE and inodes:
            return False
        what = f"{free} bytes free" if free < LEAST_FREE else "no inodes free"
        self.said.append(f"the volume of `{folder}` has {what}")
        return True

    def _make(self, folder: str) -> bool:
        """Whether a file can be made in the folder; it is removed at once."""
        import tempfile  # with what it imports nine files, where a file was refused

        try:
            with tempfile.TemporaryFile(prefix=PROBE_PREFIX, dir=folder):
                pass
        except OSError as error:
            self.said.append(f"no file can be made in `{folder}`: {error.strerror or error}")
            return error.errno not in UNWRITABLE_ERRNOS
        self.said.append(f"a file could be made in `{folder}` just now")
        return True

    def _open(self, path: str) -> bool | None:
        """Whether the file can be opened for reading now; a pipe or device is never opened."""
        try:
            os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
        except OSError as error:
            self.said.append(f"`{path}` cannot be opened now: {error.strerror or error}")
            return False
        return True

    def _is_fresh(self, path: str, folder: str, status: os.stat_result | None) -> bool:
        try:
            changed = (status or os.stat(folder)).st_mtime
        except OSError:
            return False
        if changed < self.since - FILE_CLOCK_SLACK or changed > time.time() + FILE_CLOCK_SLACK:
            return False
        name = path if status is not None else folder
        self.said.append(
            f"`{name}` was last changed {max(changed - self.since, 0.0):.1f} s after the attempt began"
        )
        return True


def _is_foreign(path: str) -> bool:
    """A Windows path on another system (a Windows program under Wine), or the other way round."""
    if sys.platform == "win32":
        return path.startswith("/") and not path.startswith("//")
    return "\\" in path and not os.path.lexists(path)


def _same_drive(path: str, directory: str) -> bool:
    return os.path.splitdrive(path)[0].lower() == os.path.splitdrive(directory)[0].lower()


def _is_own_temporary(path: str) -> bool:
    return os.path.basename(path).startswith(".tmp")


def _has_read_only_attribute(status: os.stat_result) -> bool:
    attributes = getattr(status, "st_file_attributes", 0)
    return bool(attributes & stat.FILE_ATTRIBUTE_READONLY) and stat.S_ISREG(status.st_mode)


def _rights(path: str) -> str:
    """Mode and owner, for people."""
    if sys.platform == "win32":
        return ""
    import pwd

    try:
        status = os.stat(path)
    except OSError:
        return ""
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    return f" (mode {stat.S_IMODE(status.st_mode):04o}, owner {owner})"
