"""The words of the contract: categories of failures, outcomes of runs, operating systems."""

from enum import StrEnum


class Category(StrEnum):
    """Why an attempt failed."""

    ANTIVIRUS_LOCK = "antivirus_lock"
    ANTIVIRUS_BLOCK = "antivirus_block"
    FILE_IN_USE = "file_in_use"
    PERMISSION = "permission"
    DISK_FULL = "disk_full"
    PATH_TOO_LONG = "path_too_long"
    NETWORK = "network"
    AUTHENTICATION = "authentication"
    RESOLUTION = "resolution"
    INTEGRITY = "integrity"
    BUILD_FAILURE = "build_failure"
    CONFIGURATION = "configuration"
    OUT_OF_MEMORY = "out_of_memory"
    COMMAND_NOT_FOUND = "command_not_found"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """As people say it: `antivirus lock`."""
        return self.value.replace("_", " ")


class RunOutcome(StrEnum):
    """How a guarded run ended, in one word."""

    PASSED = "passed"
    FLAKY = "flaky"  # passed after a recovered attempt
    FAILED = "failed"  # a failure that no retry can cure
    GAVE_UP = "gave_up"  # retryable, but attempts or time are used up
    ABORTED = "aborted"  # a signal ended it
    TIMED_OUT = "timed_out"
    NOT_STARTED = "not_started"

    @property
    def words(self) -> str:
        """As people say it: `gave up`."""
        return self.value.replace("_", " ")


class System(StrEnum):
    """Operating systems whose numbers and rules differ."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"
