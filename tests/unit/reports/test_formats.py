"""Formats are found by name, and only the one that is asked for is imported."""

import subprocess
import sys

import pytest

from ci_guard.errors import UsageError
from ci_guard.reports.formats import FORMATS, find_format
from rig.events import HANG
from unit.reports import samples


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", samples.ALL)
def test_every_format_takes_every_run(name: str, sample: str) -> None:
    document = find_format(name).render(samples.shown(samples.ALL[sample]))
    assert document.decode("utf-8").strip()


def test_an_unknown_format_is_an_error_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        find_format("xml")
    assert caught.value.hint == "use one of `junit`, `json`, `markdown`"


def test_a_format_is_not_imported_before_it_is_due() -> None:
    program = (
        "import sys, ci_guard.reports; "
        "late = ('junit_xml', 'ci_guard.reports.json', 'ci_guard.reports.markdown'); "
        "print([name for name in late if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANG)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
