"""Which error numbers mean what for a file, each set once: errno(3), winerror.h, ntstatus.h."""

import errno

# POSIX: what a program gets that may not; a scanner that decides about opening a file answers so too
DENIED_ERRNOS = frozenset({errno.EACCES, errno.EPERM})
UNWRITABLE_ERRNOS = DENIED_ERRNOS | {errno.EROFS}  # what a folder without the right to write answers
UNSTARTABLE_ERRNOS = DENIED_ERRNOS | {errno.ETXTBSY}
# EAGAIN: another process has a lease on the file, and the opening was not to wait for it, fcntl(2)
HELD_ERRNOS = DENIED_ERRNOS | {errno.EBUSY, errno.ETXTBSY, errno.EAGAIN}

# ERROR_ACCESS_DENIED where a held file is to be replaced, ..._SHARING_VIOLATION where it is to be removed,
# ..._LOCK_VIOLATION where a part of it is locked
WIN32_SHARING_VIOLATION = 32
HELD_WIN32 = frozenset({5, WIN32_SHARING_VIOLATION, 33})

STATUS_SUCCESS = 0
# STATUS_NO_SUCH_FILE, ..._OBJECT_NAME_NOT_FOUND, ..._OBJECT_PATH_NOT_FOUND
MISSING_STATUSES = frozenset({0xC000000F, 0xC0000034, 0xC000003A})
STATUS_ACCESS_DENIED = 0xC0000022
STATUS_SHARING_VIOLATION = 0xC0000043
STATUS_FILE_LOCK_CONFLICT = 0xC0000054
STATUS_DELETE_PENDING = 0xC0000056
STATUS_CANNOT_DELETE = 0xC0000121
STATUS_USER_MAPPED_FILE = 0xC0000243
STATUS_VIRUS_INFECTED = 0xC0000906
STATUS_VIRUS_DELETED = 0xC0000907
VIRUS_STATUSES = frozenset({STATUS_VIRUS_INFECTED, STATUS_VIRUS_DELETED})
# somebody has the file open, or runs it, and does not share it
SHARING_STATUSES = frozenset({STATUS_SHARING_VIOLATION, STATUS_FILE_LOCK_CONFLICT, STATUS_USER_MAPPED_FILE})
HELD_STATUSES = SHARING_STATUSES | {STATUS_ACCESS_DENIED, STATUS_DELETE_PENDING, STATUS_CANNOT_DELETE}
