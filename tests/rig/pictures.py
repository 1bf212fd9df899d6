"""The pictures of docs/doctor-to-evidence.md, from real runs: `PYTHONPATH=tests python -m rig.pictures`.

The kernel really refuses what uv and the probe do (`rig.injector`), ci-guard guards the real uv, and report
and evidence are made of the records that it leaves. Text becomes SVG, the page a picture of Chromium.
"""

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rig import guard, python, tools, wheels
from rig.injector import Injector

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MANIFEST = (
    '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\ndependencies = ["rigapp==2.0"]\n'
)
POLICY = "version: 1\nbackoff: {initial: 500ms, maximum: 1s}\n"
# what is refused, and on which agent; the last one never passes
LOCKS = (
    ("win-agent-1", "rename:*/bin/rigapp:EACCES:secs=2"),
    ("win-agent-1", "link,openw:*/site-packages/rigdep/module_0*:EBUSY:secs=1"),
    ("win-agent-2", "rename:*/bin/rigapp:EACCES:secs=4"),
    ("win-agent-2", "rename:*/nothing:EACCES:n=1"),
    ("win-agent-3", "rename:*/bin/rigapp:EACCES:forever"),
    ("win-agent-3", "rename:*/bin/rigapp:EBUSY:n=1"),
)
WIDTH, LINE, LETTER, MARGIN = 100, 18, 8.4, 16  # columns; pixels
HOW = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=8000")
WINDOW = "--window-size=1000,1060"
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-family="ui-monospace,\
SFMono-Regular,Consolas,monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="#1b1f24"/>
<g fill="#d0d7de" style="white-space: pre">
{lines}</g>
</svg>
"""
CUT, MOST = "[...]", 21  # what is left out of a picture; lines of the longest
OURS, ASKED = ' fill="#79c0ff"', ' fill="#7ee787"'


def as_picture(lines: Sequence[str]) -> str:
    """Lines of a terminal as SVG; what ci-guard says and what was typed have colours of their own."""
    folded = [part for line in lines for part in _folded(line)]
    rows = "".join(
        f'<text x="{MARGIN}" y="{MARGIN + LINE * (number + 1) - 4}"{colour}>{html.escape(text)}</text>\n'
        for number, (text, colour) in enumerate(folded)
    )
    return SVG.format(width=WIDTH * LETTER + 2 * MARGIN, height=LINE * len(folded) + 2 * MARGIN, lines=rows)


def _folded(line: str) -> Iterator[tuple[str, str]]:
    colour = OURS if line.startswith("ci-guard: ") else ASKED if line.startswith("$ ") else ""
    while len(line) > WIDTH:
        at = line.rfind(" ", WIDTH // 2, WIDTH)
        at = at if at > 0 else WIDTH
        yield line[:at], colour
        line = "    " + line[at:].strip()
    yield line, colour


class Scene:
    """A project, a throw-away Python and the real uv, in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.records = root / "records"
        self.base = root / "python"
        python.clone(self.base)
        self.wheels = wheels.write_all(root / "wheels")

    def guarded(self, number: int, agent: str, rule: str) -> list[str]:
        """One build: what its log shows."""
        project = self.root / agent / f"build-{number}"
        project.mkdir(parents=True)
        (project / "pyproject.toml").write_text(MANIFEST, "utf-8")
        (project / ".ci-guard.yml").write_text(POLICY, "utf-8")
        environ = python.environment(project / "state", self.base / "bin" / "python3", self.wheels)
        environ = guard.variables(environ) | {
            "JENKINS_URL": "https://ci.example/",
            "NODE_NAME": agent,
            "JOB_NAME": "team/app",
            "BUILD_NUMBER": str(number),
            "BUILD_URL": f"https://ci.example/job/team/job/app/{number}/",
        }
        report = self.records / f"{agent}-{number}.json"
        with Injector([rule], project) as injector:
            environ["PATH"] = f"{injector.shim('uv', tools.uv(tools.UV_VERSIONS[-1]))}:{environ['PATH']}"
            words = guard.command("--attempts", "4", "--report", f"json={report}", "--", "uv", "sync")
            done = subprocess.run(
                words, cwd=project, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        return self.plain(["$ ci-guard -- uv sync", *done.stdout.splitlines()], project)

    def probe(self) -> list[str]:
        """The doctor where fresh programs stay refused for two seconds."""
        place = self.root / "workspace"
        place.mkdir()
        with Injector(["rename:*/.tmp*:EBUSY:secs=2"], self.root) as injector:
            words = (sys.executable, "-m", "ci_guard", "doctor", "--in", str(place))
            done = subprocess.run(injector.command(*words), cwd=place, stdout=subprocess.PIPE, text=True)
        lines = done.stdout.splitlines()
        measured = next(number for number, line in enumerate(lines) if line.startswith("measured"))
        return self.plain(["$ ci-guard doctor --probe", CUT, *lines[measured:]], self.root)

    def asked(self, *words: str) -> list[str]:
        """A command of ours over the records."""
        command = [sys.executable, "-m", "ci_guard", *words]
        done = subprocess.run(
            command, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return self.plain([f"$ ci-guard {' '.join(words)}", *done.stdout.splitlines()], self.root)

    def plain(self, lines: Sequence[str], folder: Path) -> list[str]:
        """The lines without the names of scratch folders and of this machine."""
        shown = (line.replace(str(folder), "/w").replace(str(self.root), "/w") for line in lines)
        return [re.sub(r"/tmp/[\w-]+", "/tmp", line) for line in shown]


def photograph(page: Path, picture: Path, *more: str) -> None:
    """The page as Chromium shows it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome") or "chrome"
    words = [browser, *HOW, *more, f"--screenshot={picture}", page.as_uri()]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    if shrink := shutil.which("pngquant"):
        subprocess.run([shrink, "--force", "--strip", "--ext=.png", "64", picture], check=True)


def main() -> None:
    """All pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        logs = [scene.guarded(41 + number, *lock) for number, lock in enumerate(LOCKS)]
        told = {
            "recovered": logs[0],
            "probe": scene.probe(),
            "evidence": [*scene.asked("evidence", "records", "-o", "evidence.zip")[:MOST], CUT],
        }
        for name, lines in told.items():
            (PICTURES / f"{name}.svg").write_text(as_picture(lines), "utf-8")
            print("\n".join(lines))
        scene.asked("report", "--html", "report.html", "records")
        page = scene.root / "report.html"
        photograph(page, PICTURES / "report.png", WINDOW)
        if os.environ.get("KEEP_REPORT"):
            shutil.copy(page, os.environ["KEEP_REPORT"])


if __name__ == "__main__":
    main()
