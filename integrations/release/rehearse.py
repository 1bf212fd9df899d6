"""A release, rehearsed: each `run:` step of the workflow as it stands, in a clone, against local places.

`python integrations/release/rehearse.py` needs git, bash and an index for the build's own requirements. The
origin is a bare repository, PyPI a server on loopback that takes what twine brings, `gh` a stand-in that does
to the bare repository what GitHub would. Ends with the status of the first step that fails.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = Path(".github", "workflows", "release.yml")
VERSION, DAY = "9.9.9", "2030-01-02"
NAMED = re.compile(rb'name="content"; filename="([^"]+)"')
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
# what the two calls of the workflow do at GitHub; --verify-tag: the tag must be there
GH = r"""#!/bin/bash
set -eu
case "$1 $2" in
  "release create")
    git -C "$ORIGIN" rev-parse --verify --quiet "refs/tags/$3" >/dev/null
    mkdir "$PAGE"
    for word in "${@:4}"; do [ ! -f "$word" ] || cp "$word" "$PAGE"; done ;;
  "api --method")
    for word; do
      case $word in
        sha=*) sha=${word#sha=} ;;
        ref=*) ref=${word#ref=} ;;
        */git/refs/*) ref=${word#*/git/} ;;
      esac
    done
    [ "$3" = POST ] || git -C "$ORIGIN" rev-parse --verify --quiet "$ref" >/dev/null
    git -C "$ORIGIN" update-ref "$ref" "$sha" ;;
  *) echo "gh: $*" >&2; exit 2 ;;
esac
"""


def say(line: str) -> None:
    """Tell it before what the steps print."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Rehearsal:
    """The places of one rehearsal, below a scratch folder."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.origin, self.tree, self.page = (scratch / name for name in ("origin.git", "tree", "page"))
        self.jobs: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / WORKFLOW).read_text("utf-8"))["jobs"]
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}

    def prepare(self) -> None:
        """A commit of the release and its tag, in a bare repository; a Python and a `gh` for the steps."""
        self.git(self.scratch, "clone", "--quiet", "--bare", "--no-hardlinks", str(ROOT), str(self.origin))
        self.git(self.scratch, "clone", "--quiet", str(self.origin), str(self.tree))
        source = self.tree / "ci_guard" / "__init__.py"
        source.write_text(re.sub(r'"\d[^"]*"', f'"{VERSION}"', source.read_text("utf-8")), "utf-8")
        changelog = [sys.executable, "integrations/release/changelog.py", VERSION, DAY]
        subprocess.run(changelog, cwd=self.tree, check=True)
        own = ("-c", "user.name=release", "-c", "user.email=release@example.org")
        self.git(self.tree, *own, "commit", "--quiet", "--all", "--message", f"Release {VERSION}")
        self.git(self.tree, "tag", f"v{VERSION}")
        self.git(self.tree, "push", "--quiet", "origin", "HEAD:refs/heads/main", f"v{VERSION}")
        programs = self.scratch / "bin"
        venv.create(self.scratch / "python", with_pip=True, symlinks=os.name != "nt")
        programs.mkdir()
        (programs / "gh").write_text(GH, "utf-8")
        (programs / "gh").chmod(0o755)
        self.environ |= {
            "PATH": os.pathsep.join(
                map(str, (programs, self.scratch / "python" / "bin", self.environ["PATH"]))
            ),
            "GITHUB_REF_NAME": f"v{VERSION}",
            "GITHUB_SHA": self.git(self.tree, "rev-parse", "HEAD"),
            "GH_REPO": "owner/ci-guard",
            "ORIGIN": str(self.origin),
            "PAGE": str(self.page),
        }

    def run(self, job: str, folder: Path, only: str = "") -> None:
        """The `run:` steps of a job, in order, those with `only` in the name. Raises CalledProcessError."""
        for step in self.jobs[job]["steps"]:
            if "run" in step and only in step.get("name", ""):
                say(f"== {job}: {step.get('name', step['run'].splitlines()[0])}")
                subprocess.run([*SHELL, step["run"]], cwd=folder, env=self.environ, check=True)

    def refuses(self, tag: str) -> None:
        """The step that checks the version must fail for a wrong tag."""
        (check,) = [
            each["run"] for each in self.jobs["build"]["steps"] if "check_version" in each.get("run", "")
        ]
        environ = self.environ | {"GITHUB_REF_NAME": tag}
        if subprocess.run([*SHELL, check], cwd=self.tree, env=environ).returncode == 0:
            sys.exit(f"the tag {tag} was not refused")

    def git(self, folder: Path, *words: str) -> str:
        """What git says."""
        told = subprocess.run(["git", *words], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
        return told.stdout.strip()


@contextmanager
def index() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that takes uploads as PyPI does, and the names of the files that came."""
    taken: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found = NAMED.search(self.rfile.read(int(self.headers["Content-Length"])))
            taken.append(found[1].decode() if found else "")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", taken
        server.shutdown()


def main() -> None:
    """All jobs, then what must have come of them."""
    with tempfile.TemporaryDirectory() as scratch:
        release = Rehearsal(Path(scratch))
        release.prepare()
        for tag in ("v9.9.8", "v9", "9.9.9"):
            release.refuses(tag)
        release.run("build", release.tree)
        with index() as (address, taken):
            upload = ("-m", "twine", "upload", "--non-interactive", "--disable-progress-bar")
            access = ("--repository-url", address, "-u", "__token__", "-p", "none")
            files = sorted(map(str, (release.tree / "dist").iterdir()))
            python = release.scratch / "python" / "bin" / "python"
            subprocess.run([python, *upload, *access, *files], check=True)
        made = release.scratch / "made"  # as the artifact `release` is unpacked
        shutil.copytree(release.tree / "release", made / "release")
        shutil.copy(release.tree / "notes.md", made)
        release.run("page", release.scratch)
        assert len(taken) == 2, taken
        names = {each.name for each in release.page.iterdir()}
        assert {"ci-guard.pyz", "ci-guard.pyz.cdx.json", "SHA256SUMS", "notes.md", *taken} == names, names
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=release.page, check=True)
        assert release.git(release.origin, "rev-parse", "v1") == release.environ["GITHUB_SHA"]
        release.git(release.origin, "update-ref", "refs/tags/v1", "main~1")  # as an older release left it
        release.run("page", release.scratch, only="v1")
        assert release.git(release.origin, "rev-parse", "v1") == release.environ["GITHUB_SHA"]
        say(f"{VERSION} was released to the places of this rehearsal, and to nowhere else")


if __name__ == "__main__":
    main()
