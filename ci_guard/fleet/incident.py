"""One refusal or hold with all that a vendor asks for: a frozen value, redacted."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ci_guard.dataclass import dataclass
from ci_guard.fleet.step import ANTIVIRUS, UNNAMED, known, tool_of
from ci_guard.machine.signature import UNEXAMINED, signature_of
from ci_guard.record.shape import AttemptRecord, MachineRecord, RunRecord
from ci_guard.redact.redacted import redact_value
from ci_guard.redact.secrets import Secrets

CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Times are seconds; empty texts: not known."""

    time: str
    agent: str
    path: str
    sha256: str  # of the file as it is now; empty: it is not here any more
    operation: str
    code: str
    refused: float  # until it could be tried again
    held: float  # for which the command was held still
    holders: tuple[str, ...]
    user: str
    system: str
    tool: str
    program: str  # the tool's full path where it is known
    tool_version: str
    signature: str  # state of the program's signature
    products: tuple[str, ...]
    command: str
    line: str


def incidents(records: Iterable[RunRecord], secrets: Secrets) -> list[Incident]:
    """All of them, in the order of the records."""
    hashes: dict[str, str] = {}

    def digest(path: str) -> str:
        if path not in hashes:
            hashes[path] = sha256_of(path)
        return hashes[path]

    return [redact_value(one, secrets) for record in records for one in _of(record, digest)]


def sha256_of(path: str) -> str:
    """The hash of the file; empty where there is none or it cannot be read."""
    if not path:
        return ""
    try:
        if not Path(path).is_file():  # a device or a pipe would never end
            return ""
        found = hashlib.sha256()
        with open(path, "rb") as file:
            while data := file.read(CHUNK):
                found.update(data)
        return found.hexdigest()
    except (OSError, ValueError):
        return ""


def _of(record: RunRecord, digest: Callable[[str], str]) -> Iterator[Incident]:
    following: list[AttemptRecord | None] = [*record.attempts[1:], None]
    for attempt, after in zip(record.attempts, following, strict=False):
        for hold in attempt.holds:
            yield _incident(
                record,
                hold.started,
                hold.file,
                digest,
                operation="hold",
                held=known(hold.seconds),
                holders=hold.holders,
            )
        if attempt.category not in ANTIVIRUS:
            continue
        match = attempt.match
        waited = after.waited if after is not None else None
        yield _incident(
            record,
            attempt.started or record.started,
            (match.path or "") if match is not None else "",
            digest,
            operation=(match.operation or "") if match is not None else "",
            code=f"{match.code.namespace} {match.code.number}" if match is not None and match.code else "",
            refused=known(waited.seconds) if waited is not None else 0.0,
            holders=match.holders if match is not None else (),
            line=match.excerpt.strip() if match is not None else "",
        )


def _incident(
    record: RunRecord,
    time: str,
    path: str,
    digest: Callable[[str], str],
    *,
    operation: str,
    code: str = "",
    refused: float = 0.0,
    held: float = 0.0,
    holders: tuple[str, ...] = (),
    line: str = "",
) -> Incident:
    machine = record.machine
    return Incident(
        time=time,
        agent=record.agent or UNNAMED,
        path=path,
        sha256=digest(path),
        operation=operation,
        code=code,
        refused=refused,
        held=held,
        holders=holders,
        user=(machine.user or "") if machine is not None else "",
        system=(machine.system or "") if machine is not None else "",
        tool=tool_of(record),
        program=(machine.tool or "") if machine is not None else "",
        tool_version=(machine.tool_version or "") if machine is not None else "",
        signature=_signature(machine),
        products=tuple(
            f"{each.name} {each.version or ''}".strip()
            for each in (machine.products if machine is not None else ())
        ),
        command=" ".join(record.command) or record.name,
        line=line,
    )


def _signature(machine: MachineRecord | None) -> str:
    """As the record has it; an older one has none, and the program may still be here."""
    if machine is None:
        return UNEXAMINED
    return machine.tool_signature or signature_of(machine.tool or "")
