"""The program `ci-guard`, also as `python -m ci_guard`."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the working directory, by `-m`: a `signal.py` of the project must not become ours

import gc
import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C while we start ends us as any program: no traceback
# what a start makes stays, and looking through it for garbage over and over took a tenth of a failed step
gc.set_threshold(100_000, 20, 100)

_SIGN = 2**31  # from here on a 32-bit number is negative where it is read as signed


def main() -> None:
    """Run the command line and end with its exit status."""
    try:
        from ci_guard import bundle

        bundled = bundle.use()
        from ci_guard import cli
    except Exception as error:  # noqa: BLE001 - whatever a locked file of ours leads to
        status = _without_us(error)
    else:
        status = cli.main(interrupted=_end_by_interrupt)
        bundle.keep(bundled)
    sys.exit(for_exit(_written(status), sys.platform))


def _written(status: int) -> int:
    """The status, once what stands in our own streams is out or given up.

    Python ends with 120 where its last flush fails (`sys.exit`, "Changed in version 3.6"): a lie about a
    command that has ended otherwise, told because nobody reads what we say of it.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            import os

            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())
            if stream is sys.stdout:  # an answer is cut off; a command's own output never goes here
                status = status or 1
    return status


def for_exit(status: int, platform: str) -> int:
    """The number that makes `sys.exit` end with a status.

    CPython passes a C `long` on, which has 32 bits and a sign on Windows: 0xC0000135 is too large for it and
    would end as 0xFFFFFFFF, while the negative number of the same bits arrives whole.
    """
    return status - 2 * _SIGN if platform == "win32" and status >= _SIGN else status


def _without_us(error: Exception) -> int:
    import os

    from ci_guard.unguarded import guarded_command, run_unguarded

    command = guarded_command(sys.argv[1:], os.environ)
    if not command:
        raise error
    return run_unguarded(command, error)


def _end_by_interrupt() -> int:
    """End by SIGINT where there is one: a shell stops its script only if a program has died of it.

    See "Proper handling of SIGINT/SIGQUIT" (cons.org/cracauer/sigint.html).
    """
    from ci_guard.errors import INTERRUPTED

    if sys.platform != "win32":
        _written(INTERRUPTED)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    return INTERRUPTED


if __name__ == "__main__":
    main()
