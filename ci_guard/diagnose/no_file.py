"""Refusals of what is no file: a key of the registry, a service, certificates, the token of a process.

No scanner holds these, so that nothing is waited for: whoever is refused there lacks the rights.
"""

from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression

_CHAIN = 4  # lines of one message, from what was wanted down to the system's words
_KEY = expression(
    r"(?i)^(?:(?:Computer|Registry(?:::)?|[\w.]*\\Registry::)[\\/]{0,2})?"
    r"(?:HKEY_[A-Z_]+|HK(?:LM|CU|CR|CC|U))(?::|[\\/]|$)"
    r"|^System[\\/]{1,2}CurrentControlSet(?:[\\/]|$)"
    r"|^Software[\\/]{1,2}(?:Microsoft|Classes|Wow6432Node|Policies)(?:[\\/]|$)"
    r"|^(?:Global|Local)\\{1,2}[^\\/]{1,200}$"  # a name of the kernel's: a mutex, an event, a section
)
_MAY_BE_KEY = expression(r"(?i)^(?:Software|System|Hardware|SAM)[\\/]")
_OF_THE_REGISTRY = expression(
    r"(?i)\bregistry\b|\bwinreg|HKEY_|\bHK(?:LM|CU|CR)\b|\bReg(?:Open|Creat|Set|Delet|Query)\w+"
)
_NO_FILE = expression(
    r"(?i)\b(?:TLS|SSL|certificates?|registry (?:keys?|values?|entr(?:y|ies))|(?:in|to|from) the registry"
    r"|HKEY_[A-Z_]+|HKLM|HKCU|service control manager"
    r"|(?:open|start|stop|creat|install|delet|register|quer|control)\w* (?:the |a )?service"
    r"|(?:named )?pipes?|sockets?|firewall|scheduled tasks?|task scheduler|(?:process|access|user) token"
    r"|(?:kill|terminat|suspend|signal|attach|debug)\w* (?:to )?(?:the )?(?:child )?process"
    r"|environment variables?|system proxy|proxy settings|COM (?:object|class|server)|event log"
    r"|performance counters?|job object|network (?:adapter|interface)|group policy"
    r"|(?:user|service) account)\b"
    # what Python shows of the line that was refused, and the function that pywin32 names
    r"|\bwinreg\.|\bos\.kill\(|\bOpenProcess\b|\bTerminateProcess\b|\.(?:kill|terminate|send_signal)\("
    r"|\bOpenSCManager\b|\b(?:Open|Start|Create)Service\b|\bLogonUser\b|\bAdjustTokenPrivileges\b"
)
_A_FILE = expression(
    r"(?i)\b(?:files?\b(?! \")|folders?|director(?:y|ies)|cache|lock ?file|archive|temp\w*)\b"
)
# the method of .NET that was refused, in the first frames below the message, with none of a file above it
_FRAME_OF_NO_FILE = expression(
    r"[^\n]{0,300}\n(?:(?! {0,8}at )[^\n]{0,300}\n){0,2}"
    r"(?: {0,8}at (?!System\.IO\.(?!Pipes\.))[^\n]{1,400}\n){0,3} {0,8}at (?:"
    r"System\.Diagnostics\.(?:Process\.(?!Start)|ProcessManager\.|EventLog|PerformanceCounter)"
    r"|System\.(?:ServiceProcess|Management|DirectoryServices|Net|IO\.Pipes)\."
    r"|System\.Security\."
    r"|System\.Threading\.(?:Mutex|Semaphore|EventWaitHandle)\b|Microsoft\.Win32\.Registry"
    r"|Microsoft\.Web\.Administration\.)"
)


def is_registry_key(path: str | None, near: str) -> bool:
    """Whether a path leads to a key of the registry, or is a name of the kernel's.

    `near`: the text around it, if the root of the key is missing.
    """
    if path is None:
        return False
    return _KEY.search(path) is not None or (
        _MAY_BE_KEY.match(path) is not None and _OF_THE_REGISTRY.search(near) is not None
    )


def came_from_no_file(reading: Reading, end: int) -> bool:
    """Whether the call stack behind the system's words tells of a process, a service or a key."""
    return _FRAME_OF_NO_FILE.match(reading.text, end) is not None


def speaks_of_no_file(reading: Reading, start: int) -> bool:
    """Whether a message that names no file says of what else it is, in its line or in those it explains."""
    last = reading.index(start)
    first = max(last - _CHAIN + 1, 0)
    low, high = reading.extent(first)[0], reading.extent(last)[1]
    return (
        _NO_FILE.search(reading.text, low, high) is not None
        and _A_FILE.search(reading.text, low, high) is None
    )
