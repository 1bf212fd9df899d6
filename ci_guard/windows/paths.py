r"""Windows paths beyond the 260 characters of MAX_PATH, told to the system by the prefix `\\?\`; pure.

learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation: behind the prefix the system takes a
path as it stands (no `/`, no `..`), up to 32,767 characters, whatever LongPathsEnabled is set to.
"""

import ntpath
import sys

PREFIX, UNC_PREFIX, DEVICE_PREFIX = "\\\\?\\", "\\\\?\\UNC\\", "\\\\.\\"
LONGEST_PLAIN = 247  # characters; a directory must leave room for a file name of the form 8.3 within MAX_PATH


def extended(path: str, platform: str = sys.platform) -> str:
    r"""The path in a form that the system takes at any length; short ones, and other systems', as they are.

    A relative path counts from the working directory; `\\server\share` becomes `\\?\UNC\server\share`.
    """
    if platform != "win32" or path.startswith((PREFIX, DEVICE_PREFIX)):
        return path
    return prefixed(path, platform) if len(ntpath.abspath(path)) > LONGEST_PLAIN else path


def prefixed(path: str, platform: str = sys.platform) -> str:
    """The path with the prefix at any length, for a folder of which all is meant that is below it."""
    if platform != "win32" or path.startswith((PREFIX, DEVICE_PREFIX)):
        return path
    whole = ntpath.abspath(path)
    return UNC_PREFIX + whole[2:] if whole.startswith("\\\\") else PREFIX + whole


def plain(path: str) -> str:
    r"""The path as people and exclusion lists write it: without `\\?\`, as uv prints it for instance."""
    if path.startswith(UNC_PREFIX):
        return "\\\\" + path[len(UNC_PREFIX) :]
    rest = path[len(PREFIX) :] if path.startswith(PREFIX) else ""
    return rest if ntpath.splitdrive(rest)[0][1:2] == ":" else path


def shown(sentence: str) -> str:
    """A sentence with its paths as people write them."""
    return sentence.replace(f"`{UNC_PREFIX}", "`\\\\").replace(f"`{PREFIX}", "`")
