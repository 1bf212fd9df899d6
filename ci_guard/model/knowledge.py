"""What is known about tools: the shape of the data files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ci_guard.model.category import Category, System
from ci_guard.model.programs import Wrapper, programs_of


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
    examples: tuple[str, ...] = ()  # outputs of the tool after which it is applied
    counterexamples: tuple[str, ...] = ()  # outputs after which it is not


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
    summary: bool = False  # says only that something failed: chosen where nothing else is found
    one_more: bool = False  # retried once at the most: a vanished file comes back at most once
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """Versions of a tool that are known to be broken, or cured, in a way that matters under locks."""

    id: str
    versions: str  # bounds that all hold, such as `>=0.5.17,<0.5.25`
    signatures: tuple[str, ...] = ()  # said only beside one of these signatures; empty: beside any lock
    says: str  # what is wrong there, and which version to take
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """How what a failed run left half done is mended."""

    id: str
    does: str
    command: str | None = None  # for a person to type; may name {package}
    signatures: tuple[str, ...] = ()  # said only beside one of these signatures; empty: beside any lock
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something else that is known about a tool under locks: what it retries by itself, say."""

    says: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: its programs, the run-times that word its errors, its own signatures and tweaks."""

    name: str
    programs: tuple[str, ...]
    runtimes: tuple[str, ...]
    signatures: tuple[Signature, ...]
    tweaks: tuple[Tweak, ...]
    runs: tuple[str, ...] = ()  # other tools that it starts: their words and tweaks are looked at, too
    version: str | None = None  # regular expression: how a log shows the version, in its group `version`
    releases: tuple[Releases, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMeaning:
    """What an error number, or the words that stand for it, means when an installer meets it."""

    namespace: str  # see `history.Code`
    number: int
    name: str
    category: Category | None = None  # None: says nothing about the cause
    systems: tuple[System, ...] = ()  # empty: all
    undecided: bool = False  # fits a lock and missing rights alike
    texts: tuple[str, ...] = ()  # the operating system's words for it, in many languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Paths that refuse for another reason than a lock: an ordinary user may not write there, mostly."""

    pattern: str  # regular expression, matched anywhere in a lower-case path with forward slashes
    systems: tuple[System, ...]
    unless: str | None = None
    operations: tuple[str, ...] = ()  # only these are refused there; empty: all
    category: Category = Category.PERMISSION
    certain: bool = False  # the machine need not be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """An antivirus or EDR product, and by what it is known on a machine."""

    name: str
    drivers: tuple[str, ...] = ()  # names of its minifilter drivers
    processes: tuple[str, ...] = ()  # names of its programs; a `*` at the end stands for any ending


class Guarded(StrEnum):
    """What a line of ci-guard itself says about the command that it guards."""

    FAILED = "failed"  # this attempt
    RECOVERED = "recovered"  # all attempts before
    SAYS = "says"  # something else


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMark:
    """A line by which a log shows that a step begins, or how it ended."""

    id: str
    pattern: str  # at the beginning of a line; groups: command, name, status, attempt
    ends: bool = False  # else it begins one
    job: bool = False  # tells about the whole job
    guard: Guarded | None = None
    reference: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that is known, ready for lookup."""

    general: tuple[Signature, ...]  # tried for every command; the user's own come first
    runtimes: Mapping[str, tuple[Signature, ...]]
    tools: tuple[Tool, ...]
    codes: tuple[CodeMeaning, ...] = ()
    places: tuple[Place, ...] = ()
    wrappers: tuple[Wrapper, ...] = ()
    products: tuple[Product, ...] = ()
    marks: tuple[StepMark, ...] = ()

    def signatures(self) -> Iterator[Signature]:
        """All of them."""
        yield from self.general
        for shared in self.runtimes.values():
            yield from shared
        for tool in self.tools:
            yield from tool.signatures

    def numbers(self, namespace: str) -> tuple[int, ...]:
        """The error numbers of one list (see `history.Code`) that mean something."""
        return tuple(meaning.number for meaning in self.codes if meaning.namespace == namespace)

    def tools_for(self, argv: Sequence[str]) -> tuple[Tool, ...]:
        """The tools that the command can run: all of them where that cannot be told (a script, say)."""
        programs = programs_of(argv, self.wrappers)
        if programs is None:
            return self.tools
        known = {program for tool in self.tools for program in tool.programs}
        if not programs or not known.issuperset(programs):
            return self.tools
        named = [tool for tool in self.tools if not programs.isdisjoint(tool.programs)]
        inside = {name for tool in named for name in tool.runs}
        return tuple(tool for tool in self.tools if tool in named or tool.name in inside)

    def ladder(self, argv: Sequence[str], signature: str | None) -> tuple[Tweak, ...]:
        """The tweaks of the tools that the command names, and of the one that the signature belongs to.

        A script may run anything; changing the environment of tools that it may never start only makes noise.
        """
        programs = programs_of(argv, self.wrappers) or frozenset()
        owner = (signature or "").partition(".")[0]
        tools = (tool for tool in self.tools if tool.name == owner or not programs.isdisjoint(tool.programs))
        return tuple(tweak for tool in tools for tweak in tool.tweaks)
