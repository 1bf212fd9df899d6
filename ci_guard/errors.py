"""What can go wrong in ci-guard itself; each class owns its exit status and its remedy.

Failures of the guarded command are not errors: they are values (`ci_guard.model.process.Outcome`).
"""

# statuses of our own that no error of ours has
INTERRUPTED = 128 + 2  # SIGINT
BROKEN_PIPE = 128 + 13  # SIGPIPE, which Windows has no name for


class GuardError(Exception):
    """ci-guard could not do its work: what happened, where, and what to do about it."""

    exit_status = 125  # as GNU timeout(1): the wrapper itself failed

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


# what the use of one of ci-guard's own files raises that a scanner has locked, taken away or emptied
BROKEN_FILE = (ImportError, OSError, SyntaxError, EOFError)


def cannot_use(error: BaseException) -> str:
    """Which of ci-guard's own files cannot be used, in one line: the rest of a sentence."""
    told = " ".join(str(error).split()) or type(error).__name__
    return f"a file of ci-guard itself cannot be used: {told}"


def tell_broken(error: Exception, so: str) -> str:
    """What comes (`so`) of an error that nobody expected, and which it is; of a defect all for its report."""
    if isinstance(error, OSError) and _is_foreign(error.filename):
        return f"{so}, since `{error.filename}` cannot be used: {error.strerror}"
    if isinstance(error, BROKEN_FILE):
        return f"{so}, since {cannot_use(error)}"
    import traceback  # a start opens no file more for it

    told = "".join(traceback.format_exception(error))
    return f"{so}, since there is a defect in ci-guard itself; please report it with these lines:\n{told}"


def _is_foreign(path: object) -> bool:
    """Whether it is a file, and none of ci-guard itself."""
    return isinstance(path, str) and not path.startswith(__file__.removesuffix("errors.py"))


class UsageError(GuardError):
    """The command line or an environment variable of ci-guard cannot be understood."""


class PolicyError(GuardError):
    """The policy has mistakes; the message lists all of them, each with its place."""


class NotStarted(GuardError):
    """The operating system refused to start the command for another reason than the two below."""


class CommandNotFound(NotStarted):
    """There is no such program; 127 as every shell says it."""

    exit_status = 127


class CommandNotExecutable(NotStarted):
    """The program is there and cannot be executed; 126 as every shell says it."""

    exit_status = 126


class ControllerError(GuardError):
    """The Jenkins controller cannot be reached, or answers what cannot be used."""


class AccessRefused(ControllerError):
    """It asks for a login, or does not permit what was asked for: trying again is of no use."""


class NothingThere(ControllerError):
    """It says that there is no such thing, which it also says of what the user may not see."""


class Unanswered(ControllerError):
    """A request that changes something was sent, and whether it was carried out is not known."""
