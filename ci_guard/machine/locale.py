"""The words in which this machine's Windows speaks: its texts for error numbers, its code pages.

Tools without numbers (Go, Java, Maven) print the system's own text, in whatever language that has. On other
systems there is nothing to ask. Only after a failure: asking needs ctypes.
"""

import sys
from collections.abc import Iterable

UTF8 = 65001  # GetACP() where the machine is set to "UTF-8 for worldwide language support"
_FULL_STOPS = " .\r\n\u3002"
_UNKNOWN = "<no description>"  # what ctypes gives for a number without a text


def system_texts(numbers: Iterable[int]) -> dict[int, str]:
    """Windows's text for each Win32 error number that has one, in the language of this user (FormatMessageW).

    Texts with a gap (`%1 is not a valid Win32 application`) are left out: tools print them with it filled.
    """
    if sys.platform != "win32":
        return {}
    import ctypes

    texts = {number: ctypes.FormatError(number).strip(_FULL_STOPS) for number in numbers}
    return {number: text for number, text in texts.items() if text and text != _UNKNOWN and "%" not in text}


def code_pages() -> tuple[str, ...]:
    """The codecs of the machine's OEM code page (console tools) and ANSI code page (others), in this order.

    learn.microsoft.com/windows/win32/intl/code-pages
    """
    if sys.platform != "win32":
        return ()
    import ctypes

    kernel = ctypes.WinDLL("kernel32")
    pages = (kernel.GetOEMCP(), kernel.GetACP())
    return tuple(f"cp{page}" for page in dict.fromkeys(pages) if page != UTF8)
