"""Asking a program: nobody sees the question, and a program that does not answer is no error."""

import subprocess
from collections.abc import Mapping, Sequence


def ask(
    command: Sequence[str], *, environment: Mapping[str, str], seconds: float, directory: str | None = None
) -> bytes | None:
    """What a program writes to its standard output; None if it cannot start, fails or takes longer."""
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
