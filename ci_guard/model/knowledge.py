"""What is known about tools: the shape of the data files."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from ci_guard.dataclass import dataclass, field
from ci_guard.model.category import Category, System
from ci_guard.model.history import Namespace
from ci_guard.model.patience import Habits


class Shell(StrEnum):
    """How a shell reads its command lines."""

    POSIX = "posix"  # sh, bash
    CMD = "cmd"
    POWERSHELL = "powershell"


# words without which a regular expression matches nothing: of one alternative, all; each may be alternatives
Needs = Sequence[Sequence["str | Needs"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """A program that runs another one, and where in its arguments that one stands."""

    programs: tuple[str, ...]
    after: tuple[str, ...] = ()  # sub-commands that are followed by the other program; empty: none needed
    after_anything: tuple[str, ...] = ()  # sub-commands that run what a file says (`npm run`)
    itself: bool = False  # the wrapper is a tool of its own, too (`uv run`)
    shell: Shell | None = None  # it reads scripts, in this grammar
    script_options: tuple[str, ...] = ()  # options that are followed by command lines in one string
    module_options: tuple[str, ...] = ()  # options that are followed by a Python module's name
    directory_options: tuple[str, ...] = ()  # options that are followed by the folder to work in
    unset_options: tuple[str, ...] = ()  # options that are followed by a variable to remove
    flags: tuple[str, ...] = ()  # options without a value that do not begin with `-`
    value_options: tuple[str, ...] = ()  # options whose value is the next argument
    operands: int = 0  # arguments before the other program (the duration of `timeout`)
    silent: bool = False  # runs nothing (`echo`)
    changes_directory: bool = False  # runs nothing, and what follows works elsewhere (`cd`)
    sets_variables: bool = False  # runs nothing, and what follows has its assignments (`export`)
    keyword: bool = False  # a word of a shell's grammar: starts nothing where no command follows (`then`)
    anything: bool = False  # runs what a file of its own says (`make`)


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
    """A pattern of a tool's or a run-time's output, what it means, and its examples."""

    id: str
    category: Category | None  # None: the number that the pattern finds decides
    pattern: str
    reference: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...] = ()
    operation: str | None = None  # None: the pattern's group `operation`, if it has one
    namespace: Namespace | None = None  # of the number in group `code`
    systems: tuple[System, ...] = ()
    on_success: bool = False  # also looked for when the command says that it passed
    nonfatal: bool = False  # a warning that the tool lived through: never the cause
    mention: bool = False  # words that only speak of a failure: what begins within them is no cause
    primary: bool = False  # fails by itself: no refusal before it is its reason
    symptom: bool = False  # says only that something failed: chosen where nothing else is found
    ambiguous: bool = False  # fits a lock and missing rights alike: the machine is asked
    generic: bool = False  # words of any program: what knows the tool decides before it
    success: bool = False  # says that all is well now: what failed before it was survived
    tries_again: bool = (
        False  # the tool's own retry: what failed before it was survived if nothing fails after
    )
    retry_once: bool = False  # retried once at the most: a vanished file comes back at most once
    advice: tuple[str, ...] = ()
    needs: "Needs | None" = None  # of `pattern`; None: not worked out


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """Versions of a tool that are known to be broken, or cured, in a way that matters under locks."""

    id: str
    versions: str  # bounds that all hold, such as `>=0.5.17,<0.5.25`
    signatures: tuple[str, ...] = ()  # said only beside one of these signatures; empty: beside any lock
    category: Category | None = None  # what such a failure is with these versions, whatever it looks like
    says: str  # what is wrong there, and which version to take
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """How what a failed run left half done is repaired."""

    id: str
    does: str
    command: str | None = None  # for a person to type; may name {package}
    signatures: tuple[str, ...] = ()  # said only beside one of these signatures; empty: beside any lock
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Another command that does the same with fewer fresh files: suggested, never run unasked."""

    id: str
    pattern: str  # matches a whole command, its program's bare name first; its groups fill `command`
    command: str  # such as `uvx {name}`
    why: str
    reference: str
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPrinting:
    """How others than a tool print its version."""

    id: str
    before: str  # regular expression of what stands in front of it; {name} and {NAME} stand for the tool
    reference: str
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How a tool tells of locks that it survived."""

    pattern: str  # of a line; its group `path` is the file
    environment: Mapping[str, str]  # what makes it tell; empty: it does so by itself
    chatter: tuple[str, ...] = ()  # how lines begin that are there only because of `environment`
    reference: str
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


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
    modules: tuple[str, ...] = ()  # of Python, which are no programs by themselves (`python -m build`)
    runs: tuple[str, ...] = ()  # other tools that it starts: their words and tweaks are looked at, too
    successes: tuple[int, ...] = ()  # exit statuses beside 0 with which it has done what it should
    version: str | None = None  # regular expression: how a log shows the version, in its group `version`
    version_elsewhere: str | None = (
        None  # the same, of what others print; worked out where releases are known
    )
    releases: tuple[Releases, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    notes: tuple[Note, ...] = ()
    no_tweaks: Note | None = None  # why no change of its environment can help it
    patience: Habits | None = None  # None: not known to bear locks by itself
    near_misses: tuple[Telling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMeaning:
    """What an error number, or the words that stand for it, means when an installer meets it."""

    namespace: Namespace
    number: int
    name: str
    category: Category | None = None  # None: says nothing about the cause
    systems: tuple[System, ...] = ()  # empty: all
    ambiguous: bool = False  # fits a lock and missing rights alike
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
    advice: tuple[str, ...] = ()  # what a person can do, a sentence each
    needs: "Needs | None" = None  # of `pattern`; None: not worked out


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """An antivirus or EDR product, and by what it is known on a machine."""

    name: str
    drivers: tuple[str, ...] = ()  # names of its minifilter drivers
    processes: tuple[str, ...] = ()  # names of its programs; a `*` at the end stands for any ending
    version: tuple[str, ...] = ()  # commands that tell its version


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
class Publishing:
    """A command that changes something outside of the machine: it is not repeated unasked."""

    programs: tuple[str, ...]  # as `Command.program` names them; `*` stands for anything
    subcommand: str | None = None  # regular expression, at the first operands; None: `options` alone decide
    options: tuple[str, ...] = ()  # patterns of options that publish, also with the word after them
    unless: tuple[str, ...] = ()  # patterns of options with which nothing is changed
    value_options: tuple[str, ...] = ()  # options whose value is the next argument
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
    publishing: tuple[Publishing, ...] = ()
    misreadings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of systems' texts, worked out

    def signatures(self) -> Iterator[Signature]:
        """All of them."""
        yield from self.general
        for shared in self.runtimes.values():
            yield from shared
        for tool in self.tools:
            yield from tool.signatures

    def numbers(self, namespace: Namespace) -> tuple[int, ...]:
        """The error numbers of one list that mean something."""
        return tuple(meaning.number for meaning in self.codes if meaning.namespace == namespace)
