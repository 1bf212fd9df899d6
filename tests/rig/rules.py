"""The language of the faults, and the count of what each of them has seen.

A rule is `OPERATIONS:GLOB:ANSWER[:OPTION,...]`, for example `rename:*/bin/rigapp:EACCES:attempts=2`.

OPERATIONS  comma-separated: rename link unlink rmdir mkdir symlink chmod openr openw open exec any
GLOB        of the full path (`*` crosses folders); a call with two paths matches with either
ANSWER      the name of an errno, or GONE: remove the file and let the call go on, as a quarantine does
OPTIONS     n=N        the first N matching calls (the default: n=1)
            after=K    counted from the K-th call on
            secs=T     all calls in the T seconds after the first
            attempts=N all calls in the first N runs of the program
            perpath=N  the first N calls for each path
            forever    every call
            again=N    the path of the first refused call, in that run of the program and the N - 1 after it
            held=T     the path of the first refused call, for T seconds
            delay=MS   answer only after so many milliseconds
"""

import errno
import fnmatch
import json
import re
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from rig.syscalls import OPERATIONS

GONE = "GONE"
KNOWN = frozenset({"n", "after", "secs", "attempts", "perpath", "forever", "again", "held", "delay"})
GROUPS = {"open": frozenset({"openr", "openw"}), "any": OPERATIONS}
MILLISECOND = 0.001


@dataclass(slots=True)
class Tally:
    """What one rule has seen so far, over all attempts."""

    seen: int = 0
    hits: int = 0
    first: float = 0.0
    paths: dict[str, int] = field(default_factory=dict)
    held: str = ""  # the path of the first refused call, where it alone is refused again
    since: int = 0  # the attempt in which that was


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One fault to inject; made by `parse`."""

    text: str
    operations: frozenset[str]
    glob: re.Pattern[str]
    answer: str
    n: int = 0
    after: int = 0
    secs: float = 0.0
    attempts: int = 0
    perpath: int = 0
    forever: bool = False
    again: int = 0
    held: float = 0.0
    delay: float = 0.0

    @property
    def errno(self) -> int:
        """The error number to answer with; 0 lets the call go on."""
        return 0 if self.answer == GONE else int(getattr(errno, self.answer))

    @property
    def holds(self) -> bool:
        """Whether it refuses one file, whichever the first refused call was about."""
        return bool(self.again or self.held)

    def _hold(self, tally: Tally, attempt: int, path: str) -> bool:
        now = time.time()
        if not tally.held:
            tally.seen += 1
            if tally.seen <= self.after:
                return False
            tally.held, tally.since, tally.first = path, attempt, now
        hit = path == tally.held and (attempt < tally.since + self.again or now - tally.first < self.held)
        tally.hits += hit
        return hit

    def decide(self, tally: Tally, attempt: int, path: str) -> bool:
        """Whether this call is refused; counts it in `tally`."""
        if self.holds:
            return self._hold(tally, attempt, path)
        now = time.time()
        tally.seen += 1
        tally.first = tally.first or now
        if tally.seen <= self.after:
            return False
        tally.paths[path] = tally.paths.get(path, 0) + 1 if self.perpath else 0
        hit = (
            self.forever
            or tally.seen - self.after <= self.n
            or now - tally.first < self.secs
            or attempt <= self.attempts
            or 0 < tally.paths[path] <= self.perpath
        )
        tally.hits += hit
        return hit


def parse(text: str) -> Rule:
    """Read one rule; raises ValueError with what is wrong in it."""
    operations, glob, answer, *rest = text.split(":", 3)
    wanted: frozenset[str] = frozenset()
    for word in operations.split(","):
        wanted |= GROUPS.get(word, frozenset({word}))
    if unknown := wanted - OPERATIONS:
        raise ValueError(f"unknown operation {sorted(unknown)} in `{text}`")
    if answer != GONE and not hasattr(errno, answer):
        raise ValueError(f"`{answer}` in `{text}` is neither an errno nor {GONE}")
    options = _options(rest[0]) if rest else {}
    if unknown_options := options.keys() - KNOWN:
        raise ValueError(f"unknown option {sorted(unknown_options)} in `{text}`")
    bounded = any(options.get(name) for name in ("secs", "attempts", "perpath", "forever", "again", "held"))
    return Rule(
        text=text,
        operations=wanted,
        glob=re.compile(fnmatch.translate(glob)),
        answer=answer,
        n=int(options.get("n", 0 if bounded else 1)),
        after=int(options.get("after", 0)),
        secs=options.get("secs", 0.0),
        attempts=int(options.get("attempts", 0)),
        perpath=int(options.get("perpath", 0)),
        forever=bool(options.get("forever", 0)),
        again=int(options.get("again", 0)),
        held=options.get("held", 0.0),
        delay=options.get("delay", 0.0) * MILLISECOND,
    )


def _options(text: str) -> dict[str, float]:
    """`n=2,forever` as numbers."""
    pairs = (word.partition("=") for word in text.split(",") if word)
    return {name: float(value or 1) for name, _, value in pairs}


@dataclass(slots=True)
class State:
    """The attempts so far and the tally of each rule; kept in a file so that it outlives an attempt."""

    attempt: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)

    def tally(self, rule: Rule) -> Tally:
        """The tally of this rule, a fresh one if it has seen nothing yet."""
        return self.tallies.setdefault(rule.text, Tally())

    def dump(self) -> str:
        """The state as one line of JSON."""
        rules = {
            text: {field.name: getattr(tally, field.name) for field in fields(tally)}
            for text, tally in self.tallies.items()
        }
        return json.dumps({"attempt": self.attempt, "rules": rules})


def load(text: str) -> State:
    """Read what `State.dump` wrote; an empty text is a fresh state."""
    stored: dict[str, Any] = json.loads(text) if text else {"attempt": 0, "rules": {}}
    return State(stored["attempt"], {name: Tally(**tally) for name, tally in stored["rules"].items()})


def read(path: Path) -> State:
    """The state in this file; a fresh one if nothing has run yet."""
    return load(path.read_text("utf-8") if path.exists() else "")
