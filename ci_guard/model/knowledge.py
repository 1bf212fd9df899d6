"""What is known about tools: the shape of the data files."""

from collections.abc import Mapping
from dataclasses import dataclass

from ci_guard.model.category import Category, System


@dataclass(frozen=True, slots=True, kw_only=True)
class Tweak:
    """A change of the environment for a later attempt, with the evidence that it can matter."""

    id: str
    why: str
    reference: str
    from_attempt: int = 2
    systems: tuple[System, ...] = ()  # empty: all
    operations: tuple[str, ...] = ()  # only after one of these operations failed; empty: any
    when_path: str | None = None  # only where the failing path matches this regular expression
    set: Mapping[str, str]  # a value may name {scratch}, a fresh folder on the target's volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A pattern of a tool's or a run-time's output, what it means, and its proof."""

    id: str
    category: Category | None  # None: the number that the pattern finds decides
    pattern: str
    reference: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...] = ()
    operation: str | None = None  # None: the pattern's group `operation`, if it has one
    namespace: str | None = None  # of the number in group `code`; see `history.Code`
    systems: tuple[System, ...] = ()
    on_success: bool = False  # also looked for when the command says that it passed
    survived: bool = False  # a warning that the tool lived through: never the cause
    one_more: bool = False  # retried once at the most: a vanished file comes back at most once
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: its programs, the run-times that word its errors, its own signatures and tweaks."""

    name: str
    programs: tuple[str, ...]
    runtimes: tuple[str, ...]
    signatures: tuple[Signature, ...]
    tweaks: tuple[Tweak, ...]
