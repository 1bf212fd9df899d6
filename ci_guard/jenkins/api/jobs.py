"""Jobs: what a name stands for, which may be a folder or a multibranch project."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ci_guard.jenkins.api.client import Client
from ci_guard.jenkins.api.names import job_name, job_path


def list_jobs(client: Client, names: Sequence[str]) -> tuple[str, ...]:
    """The full names of the jobs that have builds, each once; folders are opened, however deep.

    Raises `ControllerError`.
    """
    found: dict[str, None] = {}
    for name in names:
        for job in _jobs_in(client, job_name(name)):
            found[job] = None
    return tuple(found)


def _jobs_in(client: Client, name: str) -> Iterator[str]:
    full_name, children = client.json(job_path(name), _job, tree="fullName,jobs[fullName,jobs[name]]")
    if children is None:
        yield full_name
        return
    for child, is_folder in children:
        if is_folder:
            yield from _jobs_in(client, child)
        else:
            yield child


def _job(answer: Mapping[str, Any]) -> tuple[str, list[tuple[str, bool]] | None]:
    """Name and, of a folder only, the children with whether they are folders themselves."""
    name = answer["fullName"]
    if not isinstance(name, str):
        raise TypeError(name)
    if "jobs" not in answer:
        return name, None
    return name, [(str(child["fullName"]), "jobs" in child) for child in answer["jobs"]]
