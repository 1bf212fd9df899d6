"""A Windows that speaks German: words change, numbers do not."""

import subprocess
from pathlib import Path

import pytest

from rig import tools
from rig.events import HANG
from rig.requirement import expected

LOCALE = "de_DE.UTF-8"


@pytest.fixture(scope="session")
def german(system, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of Wine that make it German."""
    if system.native:
        pytest.skip("the language of a Windows is a matter of its installation")
    folder: Path = tmp_path_factory.mktemp("locales")
    try:
        done = subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", folder / LOCALE],
            capture_output=True,
            text=True,
            timeout=HANG,
        )
        reason = done.stderr if done.returncode else None
    except FileNotFoundError as error:
        reason = str(error)
    if reason and expected():
        pytest.fail(f"this CI must be able to make a locale (Debian's package `locales`): {reason}")
    if reason:
        pytest.skip(f"no German locale (Debian's package `locales`): {reason}")
    return {"LC_ALL": LOCALE, "LOCPATH": str(folder)}


def test_german_messages(workshop, guard, holder, german) -> None:
    workshop.use_uv(tools.NEWEST_UV)
    workshop.make_venv()
    code = "import sys; print('begun', flush=True); sys.stdin.read()"
    running = workshop.system.start([workshop.scripts / "python.exe", "-I", "-c", code], folder=workshop.root)
    assert running.process.stdout.readline().strip() == b"begun"
    guarded = guard.start("uv", "venv", "--clear", ".venv", unix=german)
    guarded.says("; next attempt in ")
    running.done()
    done = guard.ended(guarded)
    assert done.status == 0, done.output
    assert "Zugriff verweigert. (os error 5)" in done.stderr
    assert done.categories == ["antivirus_lock", None]
    assert done.record["attempts"][0]["match"]["code"] == {"namespace": "win32", "number": 5}
