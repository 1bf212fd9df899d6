"""holds_still.py COMMAND... FILE FILE: supervises COMMAND, and holds it still again and again.

Begins, and says `holding`, when both files are there; each hold and each pause takes some hundredths of a
second.
"""

import os
import sys
import threading
import time

from ci_guard.model.process import Launch
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.stillness import Stillness
from ci_guard.process.supervise import supervise

PAUSE = 0.04  # seconds


class Holder:
    """Holds still, lets go, and so on."""

    def begin(self, stillness: Stillness) -> None:
        threading.Thread(target=self._run, args=(stillness,), daemon=True).start()

    def end(self) -> None:
        pass

    def _run(self, stillness: Stillness) -> None:
        while not all(os.path.exists(file) for file in sys.argv[-2:]):
            time.sleep(PAUSE)
        print("holding", flush=True)
        while True:
            stillness.hold()
            time.sleep(PAUSE)
            stillness.go_on()
            time.sleep(PAUSE)


with Interruptions() as interruptions:
    supervise(Launch(argv=tuple(sys.argv[1:]), environment=dict(os.environ)), interruptions, (), Holder())
