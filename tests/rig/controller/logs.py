"""Console logs as Jenkins writes them, short."""

PATH = "C:\\w\\v\\Scripts\\httpx.exe"
_LOCK = (
    "error: Failed to install: httpx-0.28.1-py3-none-any.whl (httpx==0.28.1)\n"
    f"  Caused by: Failed to persist temporary file to {PATH}: "
    "failed to persist temporary file: Access is denied. (os error 5)\n"
)
_SOLUTION = "  \u00d7 No solution found when resolving dependencies:\n"


def pipeline(agent: str, body: str, end: str = "SUCCESS") -> bytes:
    """A Pipeline's log."""
    return (
        f"Started by user admin\n[Pipeline] Start of Pipeline\n[Pipeline] node\n"
        f"Running on {agent} in C:\\jenkins\\workspace\\app\n[Pipeline] {{\n"
        f"[Pipeline] bat\n\nC:\\jenkins\\workspace\\app>uv sync \n"
        f"{body}"
        f"[Pipeline] }}\n[Pipeline] // node\n[Pipeline] End of Pipeline\nFinished: {end}\n"
    ).encode()


def passed(agent: str) -> bytes:
    return pipeline(agent, "Installed 41 packages in 1.2s\n")


def locked(agent: str) -> bytes:
    """A lock that nobody recovered from."""
    return pipeline(agent, f"{_LOCK}ERROR: script returned exit code 2\n", "FAILURE")


def recovered(agent: str) -> bytes:
    """Two attempts that failed, a third that passed: 12 + 2 + 8 + 4 seconds lost."""
    return pipeline(
        agent,
        f"{_LOCK}"
        f"ci-guard: attempt 1 of 6 failed after 12.0 s: antivirus_lock (win32 5); next attempt in 2.0 s\n"
        f"ci-guard: attempt 2 of 6 starts after 2.0 s (backoff)\n"
        f"{_LOCK}"
        f"ci-guard: attempt 2 of 6 failed after 8.0 s: antivirus_lock (win32 5); next attempt in 4.0 s\n"
        f"ci-guard: attempt 3 of 6 starts after 4.0 s (the file came free)\n"
        "Installed 41 packages in 1.2s\n"
        "ci-guard: recovered at attempt 3 of 6: verified 12 files of 3 packages in `.venv`\n",
    )


def unsolvable(agent: str) -> bytes:
    """A failure that is no lock."""
    return pipeline(agent, f"{_SOLUTION}ERROR: script returned exit code 1\n", "FAILURE")


def both(agent: str) -> bytes:
    """A lock, and another failure after it."""
    return pipeline(
        agent,
        f"{_LOCK}ERROR: script returned exit code 2\n[Pipeline] bat\n\nC:\\w>uv lock \n{_SOLUTION}"
        "ERROR: script returned exit code 1\n",
        "FAILURE",
    )


def freestyle(agent: str) -> bytes:
    """A lock in a freestyle job."""
    return (
        f"Started by timer\nBuilding remotely on {agent} (windows vs2022) in workspace C:\\j\\w\n"
        f"[w] $ cmd /c call C:\\t\\jenkins1.bat\n\nC:\\j\\w>uv sync \n{_LOCK}\nC:\\j\\w>exit 2 \n"
        "Build step 'Execute Windows batch command' marked build as failure\nFinished: FAILURE\n"
    ).encode()
