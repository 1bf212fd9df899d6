"""For Windows Python under Wine, in its packages: asks Wine once more where it refused to start a program.

Wine 8 on a busy machine now and then answers ERROR_INTERNAL_ERROR to CreateProcess, which Windows does not.
Each time is told of in REFUSED, and at the end of the tests. No other answer is asked for again.
"""

import _winapi
import time

TYPE_CHECKING = False  # as `typing` has it, which each start of a Python would import else
if TYPE_CHECKING:
    from typing import Any

REFUSED = "C:\\refused-starts.txt"
ERROR_INTERNAL_ERROR = 1359
TRIES, PAUSE = 5, 0.2  # seconds

WINAPI: "Any" = _winapi
_create = WINAPI.CreateProcess


def _create_or_ask_again(*given: object) -> object:
    for _ in range(TRIES - 1):
        try:
            return _create(*given)
        except OSError as error:
            if getattr(error, "winerror", None) != ERROR_INTERNAL_ERROR:
                raise
            with open(REFUSED, "a", encoding="utf-8") as file:
                file.write(f"{given[0] or given[1]}\n")
            time.sleep(PAUSE)
    return _create(*given)


WINAPI.CreateProcess = _create_or_ask_again
