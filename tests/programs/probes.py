"""Runs the probe of `doctor --probe` in a folder whose name is known beforehand, and prints its samples.

usage: probes.py FRESH_FILES PLACE LOG WATCHED: the module's file, a folder, the log of a scanner that holds
the fresh files of the first WATCHED samples. What it makes stands in PLACE/probe. A real scanner is asked
before the file is closed; the one that is played finds it when it gets to run, which is waited for.
"""

import json
import os
import runpy
import sys
import tempfile
import time
from dataclasses import asdict
from typing import Any

module, place, log, watched = sys.argv[1:]


def known_folder(prefix: str = "", dir: str = "") -> str:  # noqa: A002 - as `tempfile` names it
    folder = os.path.join(dir, "probe")
    os.mkdir(folder)
    return folder


tempfile.mkdtemp = known_folder  # type: ignore[assignment]
names = runpy.run_path(module)
prober = names["_Prober"]
make = prober._make


def make_and_be_seen(self: Any, path: str, content: bytes) -> None:
    make(self, path, content)
    while self.number <= int(watched) and os.path.basename(path).startswith(".tmp") and not is_held(path):
        time.sleep(0.005)


def is_held(path: str) -> bool:
    with open(log, encoding="utf-8") as lines:
        return any(line.rstrip("\n").endswith(f" held {path}") for line in lines)


prober._make = make_and_be_seen
print(json.dumps([asdict(each) for each in names["probe"](place, rounds=1)]))
