"""What ci-guard would do about a failure in a saved log, and what a person can do."""

from collections.abc import Collection, Iterator, Sequence

from ci_guard.command_line.parse import parse
from ci_guard.command_line.publishing import published_by
from ci_guard.command_line.tools import named_tools
from ci_guard.dataclass import replace
from ci_guard.diagnose.paths import plain_path
from ci_guard.diagnose.versions import concerning, concerns, holds, judge_release, version_in
from ci_guard.explain.exclusion import exclusion_advice
from ci_guard.explain.fallback import suggested_fallbacks
from ci_guard.model.category import Category, System
from ci_guard.model.counting import counted
from ci_guard.model.explanation import Ending, StepExplanation
from ci_guard.model.history import Code, Diagnosis
from ci_guard.model.knowledge import Knowledge, Remedy, Tool, Tweak
from ci_guard.model.policy import Policy
from ci_guard.policy.show import duration
from ci_guard.recover.steps import is_served
from ci_guard.recover.tweaks import SCRATCH, ladder_of, select_tweaks
from ci_guard.retry.decide import unrepeatable

PACKAGE = "{package}"
SHOWN = 3  # tweaks of a longer ladder
_CONTAINERS = frozenset({"docker", "docker-compose", "podman", "buildah", "nerdctl"})
_INSIDE = frozenset({"build", "run", "exec", "up", "bake", "bud"})  # sub-commands whose work is done inside
_OURS = frozenset({Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK})


class Adviser:
    """Completes explanations."""

    def __init__(self, knowledge: Knowledge, policy: Policy) -> None:
        self._knowledge = knowledge
        self._policy = policy

    def advised(self, step: StepExplanation, argv: Sequence[str], tool: Tool | None) -> StepExplanation:
        """The explanation with the name of its number, plan, advice and references."""
        advice = dict(self._advice(step.diagnosis, argv, tool, step.version))
        known = {each.id: each for each in self._knowledge.signatures()}
        match = step.diagnosis.match
        signature = known.get(match.signature) if match is not None else None
        references = [signature.reference] if signature is not None else []
        refusal = unrepeatable(self._policy.repeat, published_by(self._knowledge, argv))
        return replace(
            step,
            retryable=step.retryable and refusal is None,
            meaning=self._name(match.code) if match is not None and match.code is not None else None,
            plan=tuple(self._plan(step, argv, refusal)),
            advice=tuple(advice),
            references=tuple(dict.fromkeys(filter(None, (*references, *advice.values())))),
        )

    def hints(
        self, found: Diagnosis, argv: Sequence[str], text: str, tried: Collection[str] = ()
    ) -> tuple[str, ...]:
        """The advice alone, a sentence each, about a failure with the output `text`.

        `tried`: the tweaks that have been applied in vain.
        """
        tool = tool_of(found, argv, self._knowledge)
        asks = tool is not None and concerning(tool, found)  # else a search for nothing: 10 ms
        version = version_in(tool, text) if tool is not None and asks else None
        found = judge_release(found, tool, version) if tool is not None else found
        return tuple(dict(self._advice(found, argv, tool, version, tried)))

    def _name(self, code: Code) -> str | None:
        fitting = (known for known in self._knowledge.codes if Code(known.namespace, known.number) == code)
        return next((known.name for known in fitting), None)

    def _plan(self, step: StepExplanation, argv: Sequence[str], refusal: str | None) -> Iterator[str]:
        found = step.diagnosis
        if step.recovered is not None:
            yield f"ci-guard has recovered this step at attempt {step.recovered}"
        elif found.ambiguous:
            yield "ask the machine: a lock is tried again, missing permissions fail at once"
        elif step.retryable and refusal is not None:
            yield f"fail at once: {refusal}"
        elif found.retry_once and step.retryable:
            yield "try once more, since a file that has vanished may be given back; then fail"
        elif step.retryable:
            yield from self._retries(found, argv)
        elif step.ending is Ending.PASSED or (
            found.category is Category.UNKNOWN and found.match is None and not step.exit_status
        ):
            return
        elif found.category is Category.NETWORK:
            yield "fail at once with the command's own exit status: the policy does not try `network` again"
        elif found.category is Category.UNKNOWN and step.exit_status:
            yield (
                "fail at once with the command's own exit status: the policy does not say that "
                f"{step.exit_status} is worth another try (`retry_on_exit_code`)"
            )
        else:
            yield "fail at once with the command's own exit status: trying again would not help"

    def _retries(self, found: Diagnosis, argv: Sequence[str]) -> Iterator[str]:
        policy = self._policy
        line = parse(argv, self._knowledge.wrappers)
        limits = [limit for limit in (policy.deadline, policy.recovery_time) if limit is not None]
        within = f" within {duration(min(limits))}" if limits else ""
        path = plain_path(found.match.path) if found.match is not None and found.match.path else None
        if path and policy.wait_for_unlock:
            yield f"wait until `{path}` is free, for at most {duration(policy.backoff.maximum)}"
        yield f"run the whole step again, up to {counted(policy.attempts, 'attempt')}{within}"
        if policy.repair and is_served(line):
            yield "repair before each attempt what the one before left half done"
        for tweak in self._tweaks(found, argv):
            yield f"from attempt {tweak.from_attempt} on set {_changes(tweak, 'a fresh folder')}"
        if policy.verify and is_served(line):
            yield "verify that every file and launcher is there before it ends green"

    def _tweaks(self, found: Diagnosis, argv: Sequence[str]) -> tuple[Tweak, ...]:
        if found.category is not Category.ANTIVIRUS_LOCK:
            return ()
        ladder = ladder_of(self._knowledge, argv, found.match.signature if found.match is not None else None)
        return select_tweaks(ladder, self._policy.attempts, found, self._policy.tweaks, System.WINDOWS)

    def _advice(
        self,
        found: Diagnosis,
        argv: Sequence[str],
        tool: Tool | None,
        version: str | None,
        tried: Collection[str] = (),
    ) -> Iterator[tuple[str, str | None]]:
        """Sentences, each with its reference."""
        for sentence in found.advice:
            yield sentence, None
        if found.category not in _OURS:
            return
        if found.category is Category.ANTIVIRUS_LOCK and self._policy.fallback is None:
            yield from suggested_fallbacks(argv, self._knowledge)
        if tool is not None:
            yield from _defects(tool, found, version)
            for remedy in _of_program(tool, argv, self._knowledge):
                if concerns(remedy.signatures, found) and _is_filled(remedy, found):
                    command = _filled(remedy.command, found.packages)
                    yield f"{remedy.does}: `{command}`" if command else remedy.does, remedy.reference
        for tweak in [each for each in self._tweaks(found, argv) if each.id not in tried][:SHOWN]:
            yield f"set {_changes(tweak, 'a folder that is not scanned')}: {tweak.why}", tweak.reference
        wish = exclusion_advice(found, tool.name if tool is not None else None)
        if wish and not _in_a_container(argv, self._knowledge):
            yield wish, None


def tool_of(found: Diagnosis, argv: Sequence[str], knowledge: Knowledge) -> Tool | None:
    """The tool that the decisive signature belongs to, or that the command names."""
    owner = found.match.signature.partition(".")[0] if found.match is not None else ""
    for tool in knowledge.tools:
        if tool.name == owner:
            return tool
    if not argv:
        return None
    line = parse(argv, knowledge.wrappers)  # the first that it names, not one that this runs in turn
    named = named_tools(knowledge, line)
    first = [tool for command in line.commands for tool in named if command.program in tool.programs]
    return next(iter((*first, *named)), None)


def _changes(tweak: Tweak, folder: str) -> str:
    return ", ".join(f"{name}={value.replace(SCRATCH, folder)}" for name, value in tweak.set.items())


def _defects(tool: Tool, found: Diagnosis, version: str | None) -> Iterator[tuple[str, str | None]]:
    """What is wrong with this version; where that is not known, one line asks for it."""
    known = [each for each in concerning(tool, found) if version is None or holds(each.versions, version)]
    if version is not None:
        for each in known:
            yield f"{tool.name} {version}: {each.says}", each.reference
    elif named := [each for each in known if each.signatures]:
        ranges = ", ".join(each.versions for each in named)
        yield (
            f"find out the version (`{tool.programs[0]} --version`): {tool.name} {ranges} are known to fail "
            "like this for reasons of their own",
            named[0].reference,
        )


def _of_program(tool: Tool, argv: Sequence[str], knowledge: Knowledge) -> list[Remedy]:
    """Its remedies, without those of another program of the same tool: nox's where tox ran."""
    ran = {command.program for command in parse(argv, knowledge.wrappers).commands} if argv else set()
    owners = [(each.command or "").partition(" ")[0] for each in tool.remedies]
    if ran.isdisjoint(owners):
        return list(tool.remedies)
    others = {*tool.programs} - ran
    return [each for each, owner in zip(tool.remedies, owners, strict=True) if owner not in others]


def _in_a_container(argv: Sequence[str], knowledge: Knowledge) -> bool:
    """Whether what was refused lies in a container, whose paths say nothing to those who exclude them."""
    commands = parse(argv, knowledge.wrappers).commands if argv else ()
    return any(
        command.program in _CONTAINERS and not _INSIDE.isdisjoint(command.argv[1:]) for command in commands
    )


def _filled(command: str | None, packages: Sequence[str]) -> str | None:
    if command is None:
        return None
    return command.replace(PACKAGE, packages[0] if packages else "")


def _is_filled(remedy: Remedy, found: Diagnosis) -> bool:
    """Whether the command is whole: a person cannot type one without the package's name."""
    return remedy.command is None or PACKAGE not in remedy.command or bool(found.packages)
