"""The Maven build that the sweep disturbs: parents from a repository beside it, and no plugin."""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.few_programs import BarePlace
from rig.scenarios import COMMAND_SECONDS, Place, Scenario, absent

PROGRAMS = ("sh", "dirname", "basename", "expr", "ls", "tr", "uname")
REPOSITORY, HOME, LOCAL = "remote", "tools", "tools/.m2/repository"
POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  {parent}
  <groupId>inner</groupId><artifactId>{name}</artifactId><version>1.0</version>
  <packaging>pom</packaging>
  <repositories><repository><id>central</id><url>{url}</url></repository></repositories>
</project>
"""
PARENT = """<parent>
    <groupId>inner</groupId><artifactId>{name}</artifactId><version>1.0</version><relativePath/>
  </parent>"""
CHAIN = ("top", "middle", "demo")  # each is the parent of the next
# what has the time of the download in it; a lock, a note of a failure, a sum: they serve the download alone
UNCOMPARED = ("_remote.repositories", "resolver-status.properties", ".part.lock", ".lastUpdated", ".sha1")


class MavenPlace(BarePlace):
    """A project with a home of its own, in which Maven keeps what it fetched."""

    NAMES = PROGRAMS

    def variables(self) -> dict[str, str]:
        java = Path(shutil.which("java") or "").resolve()
        home = self.state / HOME
        home.mkdir(parents=True, exist_ok=True)
        return {
            **super().variables(),
            "HOME": str(home),
            "JAVA_HOME": str(java.parents[1]),
            "MAVEN_OPTS": f"-Duser.home={home} -XX:TieredStopAtLevel=1",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MavenScenario(Scenario):
    """One command of Maven."""

    @property
    def installable(self) -> bool:
        """Maven is on few machines: the row runs where it is."""
        return False

    def lacking(self) -> str | None:
        return absent(("mvn", "java"))

    def place(self, root: Path, wheels: Path) -> MavenPlace:
        return MavenPlace(root, wheels)

    def real(self, place: Place) -> list[str | Path]:
        return [Path(shutil.which("mvn") or "mvn").resolve()]

    def snapshot(self, place: Place) -> dict[str, bytes]:
        """What was fetched."""
        found = super(MavenScenario, self).snapshot(place)
        return {name: content for name, content in found.items() if not name.endswith(UNCOMPARED)}

    def speaks(self, place: Place) -> bool:
        """Whether Maven can build from what it has fetched, without the repository."""
        command = [*self.real(place), "--offline", "--batch-mode", "--quiet", *self.arguments]
        done = subprocess.run(
            command, cwd=place.project, env=place.variables(), capture_output=True, timeout=COMMAND_SECONDS
        )
        return done.returncode == 0


def _fresh(place: Place) -> None:
    """A repository with the parents, and the project; nothing was fetched yet."""
    repository = place.root / REPOSITORY
    parent = ""
    for name in CHAIN:
        text = POM.format(parent=parent, name=name, url=repository.as_uri())
        parent = PARENT.format(name=name)
        if name == CHAIN[-1]:
            (place.project / "pom.xml").write_text(text, "utf-8")
            break
        folder = repository / "inner" / name / "1.0"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{name}-1.0.pom"
        file.write_text(text, "utf-8")
        file.with_suffix(".pom.sha1").write_text(hashlib.sha1(text.encode()).hexdigest(), "utf-8")


SCENARIOS: Sequence[MavenScenario] = (
    MavenScenario(
        name="mvn validate",
        tool="mvn",
        arguments=("--batch-mode", "validate"),
        prepare=_fresh,
        trees=(LOCAL,),
        program="",
    ),
)
