"""What holds for all tests: the machine's Python stays as it was; real Windows where nothing else will do."""

import os
import signal
import socket
import sys
from collections import Counter

import pytest

from ci_guard.ci_server.detect import MARKS
from rig.guard import MEASURED
from rig.machine import _machine_untouched
from rig.windows import REFUSED

# the tests say themselves which CI server they are on; the one that runs them would hear every little guard
for _, _mark in MARKS:
    os.environ.pop(_mark, None)

# a shell starts what runs in its background deaf to these, and so would be what a test interrupts
for _number in (signal.SIGINT, getattr(signal, "SIGQUIT", signal.SIGINT)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)

__all__ = ["_machine_untouched"]

FLAKY_AT_MOST = 3  # tests of a run; Wine once failed to start a program among twelve thousand tests
COVERAGE = MEASURED[0]
SAMPLE = 20  # cases of a test in which this process is measured: that doubles their time
HERE, PROGRAMS = pytest.StashKey[bool](), pytest.StashKey[bool]()
MEASURING = os.environ.get(COVERAGE)


def _leave_unmeasured() -> None:
    """Let a fork of this process end without writing what this process has reached so far.

    Coverage saves it at each `os._exit`, once more for every fork of a guardian: 60 s for 64 commands.
    """
    os._exit = sys.modules[os.name]._exit  # as it was before coverage's `patch`


if MEASURING is not None and hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_unmeasured)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let no test wait for the network: a third of a whole run was that.

    pytest-rerunfailures notes each test in the process that hands them out: it sends a line that is not
    answered and then one that is, which TCP keeps until the first is acknowledged, 40 ms later (tcp(7),
    TCP_NODELAY).
    """
    connection = getattr(getattr(config, "failures_db", None), "sock", None)
    if connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the programs of a test be measured where it is marked so.

    Not everywhere: a tracer comes late for signals, cannot write where a program is confined, and is an
    import that the tests of the start would count.
    """
    if MEASURING is not None and item.stash.get(PROGRAMS, False):
        os.environ[COVERAGE] = MEASURING
    else:
        os.environ.pop(COVERAGE, None)
    if MEASURING is not None:
        _trace(item.stash.get(HERE, True))


_TRACE = sys.gettrace()  # coverage's, where this process is measured


def _trace(wanted: bool) -> None:
    """Go on measuring this process, or leave off.

    `Coverage.start` would patch `os._exit` and the forks once more each time, and each fork of a long run
    would then save all that was reached hundreds of times.
    """
    sys.settrace(_TRACE if wanted else None)


def _choose_measured(items: list[pytest.Item]) -> None:
    """A sample of a test's cases, and the programs of the first and the last: the others go the same ways."""
    functions = [item.nodeid.partition("[")[0] for item in items]
    cases, seen = Counter(functions), Counter[str]()
    for item, function in zip(items, functions, strict=True):
        at, step = seen[function], -(-cases[function] // SAMPLE)
        seen[function] += 1
        item.stash[HERE] = at % step == 0 and item.get_closest_marker("timed") is None
        ends = at in (0, cases[function] - 1)
        item.stash[PROGRAMS] = ends and item.get_closest_marker("traced") is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Choose what is measured; skip what is marked `windows_only` where this is no Windows, or only Wine."""
    if MEASURING is not None:
        _choose_measured(items)
    reason = _what_is_no_windows()
    for item in items if reason is not None else ():
        mark = item.get_closest_marker("windows_only")
        if mark is not None:
            item.add_marker(pytest.mark.skip(reason=f"{reason}: {mark.args[0]}"))


def _what_is_no_windows() -> str | None:
    if sys.platform != "win32":
        return "this is no Windows"
    import ctypes

    return "this is Wine" if hasattr(ctypes.WinDLL("ntdll"), "wine_get_version") else None


def _flaky(config: pytest.Config) -> list[pytest.TestReport]:
    """The failures of tests that were run once more, where that was asked for (`--reruns`)."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    return list(terminal.stats.get("rerun", ())) if terminal is not None else []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A few flaky tests are told of; more of them are a failure."""
    if len(_flaky(session.config)) > FLAKY_AT_MOST and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show why a test was run once more: its failure would be lost else; and what Wine refused to start."""
    flaky = _flaky(config)
    if flaky:
        terminalreporter.section(f"{len(flaky)} flaky, of at most {FLAKY_AT_MOST}")
    for report in flaky:
        terminalreporter.line(f"{report.nodeid}, {report.when}:\n{report.longreprtext}")
    for report in (each for found in terminalreporter.stats.values() for each in found):
        told = getattr(report, "user_properties", ()) if getattr(report, "when", "") == "teardown" else ()
        for name, value in told:
            if name == REFUSED:
                terminalreporter.line(f"{report.nodeid}: {name} {value}, and was asked again")
