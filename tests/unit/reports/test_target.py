"""Report paths: placeholders, names that Windows refuses, the folder of the run."""

from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.reports.target import SLUG_LENGTH, find_target, make_slug
from unit.reports import samples


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("uv sync", "uv-sync"),
        ("../../etc/passwd", "etc-passwd"),
        ('a:b*c?d"e<f>g|h\\i/j', "a-b-c-d-e-f-g-h-i-j"),
        ("prüfen 検査", "prüfen-検査"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1", "_com1"),
        ("LPT9.log.xml", "_LPT9.log.xml"),
        ("console", "console"),
        ("name. ", "name"),
        ("...", "unnamed"),
        ("", "unnamed"),
        ("x\x00\ny", "x-y"),
    ],
)
def test_slug(name: str, slug: str) -> None:
    assert make_slug(name) == slug


def test_a_long_slug_is_cut() -> None:
    assert len(make_slug("x" * 500)) == SLUG_LENGTH


def test_placeholders_and_the_folder_of_the_run(tmp_path: Path) -> None:
    path = find_target(
        "reports/TEST-{step}-{host}-{agent}-{other}.xml", samples.shown(samples.PASSED), str(tmp_path)
    )
    assert path == str(tmp_path / "reports" / "TEST-uv-sync-jenkins-win-build-07-{other}.xml")


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    path = str(tmp_path / "a.xml")
    assert find_target(path, samples.shown(samples.PASSED), str(tmp_path)) == path


def test_a_secret_in_the_name_of_the_step_does_not_reach_the_file_name(tmp_path: Path) -> None:
    run = replace(samples.PASSED, name="publish --token=hunter2")
    path = find_target("{step}.xml", samples.shown(run), str(tmp_path))
    assert path == str(tmp_path / "publish---token.xml")
