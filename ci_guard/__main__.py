"""The program `ci-guard`, also as `python -m ci_guard`."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the working directory, by `-m`: a `yaml.py` of the project must not become ours

_SIGN = 2**31  # from here on a 32-bit number is negative where it is read as signed


def main() -> None:
    """Run the command line and end with its exit status."""
    try:
        from ci_guard import cli
    except Exception as error:  # noqa: BLE001 - whatever a locked file of ours leads to
        status = _without_us(error)
    else:
        status = cli.main()
    sys.exit(for_exit(status, sys.platform))


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


if __name__ == "__main__":
    main()
