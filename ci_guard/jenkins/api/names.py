"""Names of jobs and their addresses: folders, multibranch projects, branches with a slash."""

from itertools import pairwise
from urllib.parse import quote, unquote, urlsplit

_JOB = "job"


def job_path(name: str) -> str:
    """The path of a job: `folder/app/feature%2Fx` is at `job/folder/job/app/job/feature%252Fx`.

    Each part is encoded once more: a multibranch project names a branch `feature%2Fx`, and JOB_NAME says so.
    """
    return "/".join(f"{_JOB}/{quote(part, safe='')}" for part in name.strip("/").split("/"))


def build_path(job: str, number: int) -> str:
    """The path of a build."""
    return f"{job_path(job)}/{number}"


def agent_path(agent: str) -> str:
    """The path of an agent (not of the controller's own node, which has another)."""
    return f"computer/{quote(agent, safe='')}"


def job_name(given: str) -> str:
    """The full name of a job that is given by its name or by its address in the browser."""
    if "://" not in given:
        return given.strip("/")
    parts = urlsplit(given).path.split("/")
    return "/".join(unquote(part) for before, part in pairwise(parts) if before == _JOB)
