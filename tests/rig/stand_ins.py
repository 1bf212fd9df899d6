"""Programs that do nothing, for where only their presence on the PATH is asked for."""

import os
import shutil
import sys
from pathlib import Path


def path_with(folder: Path, *names: str) -> str:
    """A PATH with programs of all these names: for those missing stand-ins, made in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if shutil.which(name) is not None or os.path.dirname(name):
            continue
        program = folder / (f"{name}.bat" if sys.platform == "win32" else name)
        program.write_text("@exit /b 0\n" if sys.platform == "win32" else "#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
    return os.pathsep.join((os.environ["PATH"], str(folder)))
