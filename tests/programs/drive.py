"""Runs one command through `supervise` and writes what came of it as JSON.

usage: drive.py OUTCOME_FILE LAUNCH_AS_JSON; the launch has argv and optionally timeout, ask, grace, head,
tail, environment (additions to our own), drain_grace, and `late` if what outlives it is no command to GitHub.
`over`, a file and a number of words: its time is over once they are there. `heard`, a file: a rung counts
once the command has noted there that it heard of it; `obeys`: the first one does once the command has ended.
"""

import dataclasses
import json
import os
import sys
from typing import Any

import events_for_time  # type: ignore[import-not-found]  # it lies beside this one

from ci_guard.ci_server.late_output import LateOutput
from ci_guard.errors import GuardError
from ci_guard.model.process import CaptureLimits, Launch, Outcome, StopLadder
from ci_guard.process import supervise as supervision
from ci_guard.process.interruptions import Interruptions


def launch_from(text: str) -> Launch:
    given = json.loads(text)
    limits = {name: given[name] for name in ("head", "tail") if name in given}
    ladder = {name: given[name] for name in ("ask", "grace") if name in given}
    return Launch(
        argv=tuple(given["argv"]),
        environment={**os.environ, **given.get("environment", {})},
        timeout=given.get("timeout"),
        stop=StopLadder(**ladder),
        capture=CaptureLimits(**limits),
    )


def described(outcome: Outcome, received: int | None) -> dict[str, Any]:
    return {
        "code": outcome.exit.code,
        "signal": outcome.exit.signal,
        "status": outcome.exit.status,
        "stopped": dataclasses.asdict(outcome.stopped) if outcome.stopped else None,
        "received": received,
        "captures": {
            capture.stream: {
                "head": capture.head.decode("latin-1"),
                "tail": capture.tail.decode("latin-1"),
                "dropped": capture.dropped,
                "broken": capture.broken,
            }
            for capture in outcome.captures
        },
    }


def main() -> int:
    given = json.loads(sys.argv[2])
    supervision.DRAIN_GRACE = given.get("drain_grace", supervision.DRAIN_GRACE)
    if "over" in given:
        events_for_time.be_over_at(*given["over"])
    if "heard" in given:
        events_for_time.be_heard(given["heard"])
    if given.get("obeys"):
        events_for_time.end_first()
    late = LateOutput if given.get("late") else None
    with Interruptions() as interruptions:
        try:
            outcome = supervision.supervise(launch_from(sys.argv[2]), interruptions, late=late)
        except GuardError as error:
            result = {"error": type(error).__name__, "message": str(error), "hint": error.hint}
            status = error.exit_status
        else:
            result, status = described(outcome, interruptions.received), outcome.exit.status
        with open(sys.argv[1], "w", encoding="utf-8") as file:  # within, where a late signal does no harm
            json.dump(result, file)
    return status


if __name__ == "__main__":
    sys.exit(main())
