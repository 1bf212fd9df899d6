"""Flees: each process starts the next one in a session of its own and ends, until there is FOLDER/over.

usage: flees.py FOLDER: each generation adds a word to FOLDER/generations. The first process stays.
"""

import os
import sys
import time

FOREVER = 600
folder = sys.argv[1]
if os.fork():
    os.wait()
    time.sleep(FOREVER)
while not os.path.exists(os.path.join(folder, "over")):
    if os.fork():
        os._exit(0)
    os.setsid()
    with open(os.path.join(folder, "generations"), "ab") as file:
        file.write(b". ")
os._exit(0)
