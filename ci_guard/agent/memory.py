"""What healed which tool on this agent, in one small SQLite file.

Nothing here may stop or delay a build: a file that is damaged is renamed and begun anew, one that is locked
or cannot be written is done without, and `trouble` says so.
"""

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ci_guard.model.memory import Healed

FILE = "memory.sqlite"
DAMAGED = ".damaged"  # what is added to the name of a file that cannot be read; one is kept
BUSY = 1.0  # seconds for another guard that is just writing
# a rung costs something, and scanners change: after this time a build begins without it, and so learns again
REMEMBERED = 30 * 24 * 3600.0  # seconds
_TABLE = (
    "CREATE TABLE IF NOT EXISTS healed_1 (tool TEXT PRIMARY KEY, rungs TEXT NOT NULL, "
    "patience REAL NOT NULL, times INTEGER NOT NULL, last REAL NOT NULL)"
)
# SQLite's names for what is no damage: somebody is in the way, or the place
_IN_THE_WAY = (
    "BUSY",
    "LOCKED",
    "READONLY",
    "CANTOPEN",
    "PERM",
    "AUTH",
    "FULL",
    "IOERR",
    "NOMEM",
    "INTERRUPT",
)
Answer = TypeVar("Answer")


class Memory:
    """The memory of one agent; opens its file only while it reads or writes."""

    def __init__(self, folder: str) -> None:
        self.path: str = os.path.join(folder, FILE)
        self.trouble: str | None = None  # what kept it from reading or writing the last time, a sentence

    def all(self) -> tuple[Healed, ...]:
        """All that is remembered, the latest first; also what is too old to be heeded. Makes no file."""
        if not os.path.exists(self.path):
            return ()
        return self._do(_read, ())

    def of(self, tools: Sequence[str], now: float | None = None) -> tuple[Healed, ...]:
        """What healed these tools lately."""
        now = time.time() if now is None else now
        return tuple(each for each in self.all() if each.tool in tools and now - each.last <= REMEMBERED)

    def keep(self, healed: Healed) -> None:
        """Remember it in the place of what healed the same tool before; the times add up."""
        self._do(lambda file: _write(file, healed), None)

    def drop(self, tools: Sequence[str]) -> None:
        """Forget what healed these tools: it does so no more."""
        if os.path.exists(self.path):
            self._do(lambda file: _remove(file, tools), None)

    def clear(self) -> bool:
        """Forget everything; whether there is nothing left of it."""
        for path in (self.path, f"{self.path}-journal", self.path + DAMAGED):
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.trouble = f"`{path}` cannot be removed: {error.strerror or error}"
                return False
        return True

    def _do(self, act: Callable[[sqlite3.Connection], Answer], otherwise: Answer) -> Answer:
        self.trouble = None
        try:
            with _opened(self.path) as file:
                return act(file)
        except (sqlite3.Error, ValueError, TypeError) as error:
            if _is_in_the_way(error):
                self.trouble = f"`{self.path}` cannot be used: {error}"
            else:
                self.trouble = f"`{self.path}` is damaged ({error}) and set aside"
                with contextlib.suppress(OSError):
                    os.replace(self.path, self.path + DAMAGED)
        except OSError as error:
            self.trouble = f"`{self.path}` cannot be used: {error.strerror or error}"
        return otherwise


def _is_in_the_way(error: Exception) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return isinstance(name, str) and name.removeprefix("SQLITE_").startswith(_IN_THE_WAY)


@contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    file = sqlite3.connect(path, timeout=BUSY)
    try:
        with file:  # one transaction
            file.execute(_TABLE)
            yield file
    finally:
        file.close()


def _read(file: sqlite3.Connection) -> tuple[Healed, ...]:
    rows = file.execute("SELECT tool, rungs, patience, times, last FROM healed_1 ORDER BY last DESC")
    return tuple(
        Healed(
            tool=str(tool),
            rungs=tuple(str(rung) for rung in json.loads(rungs)),
            patience=float(patience),
            times=int(times),
            last=float(last),
        )
        for tool, rungs, patience, times, last in rows
    )


def _write(file: sqlite3.Connection, healed: Healed) -> None:
    file.execute(
        "INSERT INTO healed_1 VALUES (?, ?, ?, ?, ?) ON CONFLICT (tool) DO UPDATE SET "
        "rungs = excluded.rungs, patience = excluded.patience, times = times + excluded.times, "
        "last = excluded.last",
        (healed.tool, json.dumps(healed.rungs), healed.patience, healed.times, healed.last),
    )


def _remove(file: sqlite3.Connection, tools: Sequence[str]) -> None:
    file.executemany("DELETE FROM healed_1 WHERE tool = ?", [(tool,) for tool in tools])
