"""Real uv.exe, files that another process really holds, ci-guard in Windows Python."""

import pytest


@pytest.mark.parametrize("version", ["0.13.9"])
def test_uv_outlasts_a_short_lock_by_itself(workshop, guard, holder, version: str) -> None:
    workshop.use_uv(version)
    workshop.make_venv()
    launcher = workshop.scripts / "rigapp.exe"
    launcher.write_bytes(b"left over")
    held = holder(launcher, seconds=3)
    done = guard("uv", "pip", "install", "rigapp==1.0")
    assert done.status == 0, done.output
    assert done.categories == [None]
    assert done.record["outcome"] == "passed"
    held.release()
    assert workshop.run(launcher).stdout.split()[:2] == [b"rigapp", b"1.0"]
