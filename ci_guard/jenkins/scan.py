"""Past builds read and understood: which steps failed, why, on which agent, what it cost."""

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from hashlib import sha256
from typing import BinaryIO

from ci_guard import __version__
from ci_guard.dataclass import dataclass, replace
from ci_guard.errors import AccessRefused, ControllerError, NothingThere
from ci_guard.explain.explanation import ExplainInput, explain
from ci_guard.jenkins.api.builds import list_builds, list_tests
from ci_guard.jenkins.api.client import Client
from ci_guard.jenkins.api.console import Console
from ci_guard.jenkins.api.jobs import list_jobs
from ci_guard.jenkins.api.names import build_path
from ci_guard.jenkins.incidents import incidents_of
from ci_guard.jenkins.scan_cache import ScanCache
from ci_guard.model.build import Build, ScannedBuild, UnreadBuild
from ci_guard.model.counting import counted
from ci_guard.model.explanation import LogExplanation
from ci_guard.redact.redacted import redact_value
from ci_guard.redact.secrets import Secrets

GIVE_UP_AFTER = 10  # builds in a row that could not be read: the controller is gone
LOG = "text/plain"
# of a log without its last line, which a proxy may have cut; those of builds that died with the controller
# have none
READINGS = 3
AHEAD = 4  # builds for each worker that are handed out before the first is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """Reads builds, several at a time."""

    client: Client
    question: ExplainInput
    secrets: Secrets
    cache: ScanCache | None
    workers: int

    def builds(self, names: Sequence[str], last: int) -> list[Build]:
        """The newest `last` builds of each job, each once. Raises `ControllerError`."""
        jobs = list_jobs(self.client, names)
        with ThreadPoolExecutor(self.workers) as pool:
            pages = list(pool.map(lambda job: list(list_builds(self.client, job, last)), jobs))
        return [build for page in pages for build in page]

    def scan(self, builds: Sequence[Build]) -> Iterator[ScannedBuild | UnreadBuild]:
        """Each finished build once, in no order; those that were read before come from the cache.

        Raises `ControllerError` if the controller stops answering; what was read until then is kept.
        """
        due: list[Build] = []
        known = {job: self._known(job) for job in dict.fromkeys(build.job for build in builds)}
        for build in builds:
            before = known[build.job].get((build.number, build.started))
            if build.building:
                continue
            if before is not None:  # description and result may have changed since
                yield replace(before, build=build)
            else:
                due.append(build)
        yield from self._read_all(due)

    def _known(self, job: str) -> dict[tuple[int, float], ScannedBuild]:
        return self.cache.of(job) if self.cache is not None else {}

    def _read_all(self, builds: Sequence[Build]) -> Iterator[ScannedBuild | UnreadBuild]:
        pool = ThreadPoolExecutor(self.workers)
        rest = iter(builds)
        running: set[Future[ScannedBuild | UnreadBuild]] = set()
        unread = 0
        try:
            while True:
                while len(running) < self.workers * AHEAD and (build := next(rest, None)) is not None:
                    running.add(pool.submit(self._read_one, build))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    lost = isinstance(result, UnreadBuild) and not result.gone
                    unread = unread + 1 if lost else 0
                    if isinstance(result, UnreadBuild) and unread >= GIVE_UP_AFTER:
                        raise ControllerError(
                            f"{counted(unread, 'build')} in a row could not be read; "
                            f"the last: {result.reason}",
                            hint="run the same command again later: it goes on where it stopped",
                        )
                    yield result
        except BaseException:  # also where nobody wants the rest any more
            self.client.stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _read_one(self, build: Build) -> ScannedBuild | UnreadBuild:
        try:
            scanned = self.read(build)
        except AccessRefused:
            raise
        except ControllerError as error:
            return UnreadBuild(build=build, reason=str(error), gone=isinstance(error, NothingThere))
        if self.cache is not None:
            # what a build was started with may be secret, and is asked for again anyway
            bare = replace(build, parameters=(), causes=(), description="")
            self.cache.add(replace(scanned, build=bare))
        return scanned

    def read(self, build: Build) -> ScannedBuild:
        """Read one build: its log, and its tests where it has any. Raises `ControllerError`."""

        def consume(stream: BinaryIO) -> tuple[LogExplanation, Console]:
            console = Console(stream)
            return explain(build.name, io.BufferedReader(console), self.question), console

        path = f"{build_path(build.job, build.number)}/consoleText"
        log, console = self.client.read(path, consume, kind=LOG)
        for _ in range(READINGS - 1):
            if not console.complete:
                log, console = self.client.read(path, consume, kind=LOG)
        scanned = incidents_of(build, log, console, list_tests(self.client, build))
        return replace(scanned, incidents=redact_value(scanned.incidents, self.secrets))


def name_of_reading(question: ExplainInput, secrets: Secrets) -> str:
    """What the reading of a log depends on: this version; the policy's signatures, categories, patterns."""
    policy = question.policy
    parts = (
        __version__,
        policy.signatures,
        sorted(policy.retry_on),
        [pattern.pattern for pattern in secrets.patterns],
    )
    return f"{__version__}-{sha256(repr(parts).encode()).hexdigest()[:16]}"
