"""Versions of products, signatures of programs, and the answer of the Security Center."""

import os
import sys
from pathlib import Path

import pytest

from ci_guard.machine.product_versions import (
    Registered,
    image_path,
    registered_in,
    security_center,
    told_version,
    version_of_file,
)
from ci_guard.machine.signature import SIGNED, UNEXAMINED, UNSIGNED, signature_of, words_for


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            '{"displayName":"Windows Defender","productState":397568,"pathToSignedReportingExe":"c.exe"}',
            (Registered(name="Windows Defender", active=True, current=True, program="c.exe"),),
        ),
        (
            '[{"displayName":"A","productState":266256},{"displayName":"B","productState":393472}]',
            (
                Registered(name="A", active=True, current=False, program=""),
                Registered(name="B", active=False, current=True, program=""),
            ),
        ),
        ("", None),
        ("Get-CimInstance : Invalid namespace", None),
        ("[]", ()),
    ],
)
def test_the_security_center_s_answer(answer: str, expected: tuple[Registered, ...] | None) -> None:
    assert registered_in(answer) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (r"\SystemRoot\system32\drivers\WdFilter.sys", r"C:\W\system32\drivers\WdFilter.sys"),
        (r"system32\DRIVERS\csagent.sys", r"C:\W\system32\DRIVERS\csagent.sys"),
        (r"\??\C:\Program Files\X\x.sys", r"C:\Program Files\X\x.sys"),
        (r'"C:\Program Files\Sophos\SSP.exe" -service', r"C:\Program Files\Sophos\SSP.exe"),
        (r"C:\x\svc.exe -k run", r"C:\x\svc.exe"),
        (r"%SystemRoot%\System32\svc.exe -k", r"C:\W\System32\svc.exe"),
    ],
)
def test_the_file_that_a_service_is_started_from(image: str, expected: str) -> None:
    assert image_path(image, r"C:\W") == expected


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script of sh")
def test_a_product_tells_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "clamd"
    program.write_text("#!/bin/sh\necho 'ClamAV 1.4.6/27821/Wed Nov 25 09:31:02 2026'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert told_version(("nobody-has-this --version", "clamd --version")) == "1.4.6"
    program.write_text("#!/bin/sh\nexit 3\n")
    assert told_version(("clamd --version",)) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [(0, SIGNED), (-2146762496, UNSIGNED), (0x800B0003, UNSIGNED), (0x800B0109, "0x800B0109")],
)
def test_the_state_of_a_signature(answer: int, words: str) -> None:
    assert words in words_for(answer)


@pytest.mark.skipif(sys.platform == "win32", reason="not asked on Windows")
def test_elsewhere_nothing_is_claimed() -> None:
    assert signature_of(sys.executable) == UNEXAMINED
    assert security_center() is None
    assert version_of_file(sys.executable) is None


@pytest.mark.skipif(sys.platform != "win32", reason="asks Windows")
def test_windows_is_asked(tmp_path: Path) -> None:
    script = tmp_path / "a.cmd"
    script.write_text("@rem\n")
    assert signature_of(str(script)) in (UNSIGNED, UNEXAMINED)
    assert signature_of(sys.executable) != ""
    assert signature_of(str(tmp_path / "gone.exe")) == UNEXAMINED
    found = version_of_file(sys.executable)
    assert found is None or found.startswith(f"{sys.version_info.major}.")
