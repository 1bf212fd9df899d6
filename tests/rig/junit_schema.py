"""The schema that Jenkins' xunit plugin validates with, taken from the source distribution of pytest.

It is fetched once, pinned by its hash, into the cache folder (`CI_GUARD_TEST_CACHE`, else `.cache/`), so
that no copy has to live in this repository.
"""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import xmlschema

PYTEST_VERSION = "9.2.0"
PYTEST_HASH = "sha256:97c4f3b1f3c7414aa36465e09b8220f1d03627993bd51b1282e193753c80557b"
MEMBER = f"pytest-{PYTEST_VERSION}/testing/example_scripts/junit-10.xsd"
DOWNLOAD_LIMIT = 240  # seconds


def _download(cache: Path, scratch: Path) -> Path:
    archive = cache / f"pytest-{PYTEST_VERSION}.tar.gz"
    if archive.exists():
        return archive
    pins = scratch / "pins.txt"
    pins.write_text(f"pytest=={PYTEST_VERSION} --hash={PYTEST_HASH}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", "pytest", "--require-hashes", "-r", str(pins), "-d", str(scratch)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_LIMIT)
    if done.returncode:
        pytest.skip(f"junit-10.xsd is not in the cache and pip could not fetch it: {done.stderr[-300:]}")
    cache.mkdir(parents=True, exist_ok=True)
    os.replace(_copy_beside(scratch / archive.name, archive), archive)
    return archive


def _copy_beside(source: Path, target: Path) -> Path:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.write_bytes(source.read_bytes())
    return part


@pytest.fixture(scope="session")
def xunit_schema(tmp_path_factory: pytest.TempPathFactory) -> xmlschema.XMLSchema10:
    """junit-10.xsd of Jenkins' xunit plugin."""
    default = Path(__file__).parents[2] / ".cache"
    cache = Path(os.environ.get("CI_GUARD_TEST_CACHE") or default)
    archive = _download(cache, tmp_path_factory.mktemp("schema"))
    with tarfile.open(archive) as bundle:
        member = bundle.extractfile(MEMBER)
        assert member is not None
        return xmlschema.XMLSchema10(member.read().decode())
