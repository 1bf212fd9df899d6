"""Runs the probe of `doctor --probe` in a folder whose name is known beforehand, and prints its samples.

usage: probes.py FRESH_FILES PLACE: the module's file, and a folder. What it makes stands in PLACE/probe.
"""

import json
import os
import runpy
import sys
import tempfile
from dataclasses import asdict

module, place = sys.argv[1:]


def known_folder(prefix: str = "", dir: str = "") -> str:  # noqa: A002 - as `tempfile` names it
    folder = os.path.join(dir, "probe")
    os.mkdir(folder)
    return folder


tempfile.mkdtemp = known_folder  # type: ignore[assignment]
probe = runpy.run_path(module)["probe"]
print(json.dumps([asdict(each) for each in probe(place, rounds=1)]))
