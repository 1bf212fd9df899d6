"""What a run runs on and as whom: for the record, and so for the evidence that a vendor asks for."""

import os
import sys

from ci_guard.model.history import Surroundings
from ci_guard.run.context import RunContext


def look_around(context: RunContext, *, disturbed: bool) -> Surroundings:
    """What is known; version, signature and products only where something failed or was held still."""
    user = context.environ.get("USERNAME") or context.environ.get("USER") or context.environ.get("LOGNAME")
    program = _program(context)
    return Surroundings(
        user=user or None,
        system=_system(),
        program=program,
        tool_version=_tool_version(context) if disturbed else None,
        tool_signature=_signature(program) if disturbed else None,
        products=_products() if disturbed else (),
    )


def _system() -> str:
    if sys.platform == "win32":
        version = sys.getwindowsversion()
        return f"Windows {version.major}.{version.minor}.{version.build}"
    uname = os.uname()
    return f"{uname.sysname} {uname.release}"


def _program(context: RunContext) -> str | None:
    import shutil

    command = context.invocation.command
    return shutil.which(command[0], path=context.environ.get("PATH")) if command else None


def _signature(program: str | None) -> str | None:
    """From what Windows has cached, without a look into the network; elsewhere programs are not signed."""
    if sys.platform != "win32" or program is None:
        return None
    from ci_guard.machine.signature import signature_of

    return signature_of(program)


def _tool_version(context: RunContext) -> str | None:
    from ci_guard.knowledge.load import load_knowledge
    from ci_guard.run.versions import asked_version

    return asked_version(context.invocation.command, load_knowledge(), context.directory)


def _products() -> tuple[tuple[str, str | None], ...]:
    from ci_guard.knowledge.load import load_knowledge
    from ci_guard.machine.products import present, programs

    found = present(load_knowledge().products, programs())
    return tuple((name, next((each.version for each in seen if each.version), None)) for name, seen in found)
