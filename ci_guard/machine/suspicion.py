"""Whether anything on this machine suggests that somebody holds the files of others for moments (POSIX).

A scanner that is known by its name or that the kernel asks about files (fanotify(7)), or a network drive.
"""

from collections.abc import Iterable

from ci_guard.machine.products import fanotify_users, present, programs
from ci_guard.machine.volumes import volume_of
from ci_guard.model.knowledge import Product


def suspects(folders: Iterable[str], products: Iterable[Product]) -> str | None:
    """What it is, in a few words; None: nothing."""
    for folder in folders:
        volume = volume_of(folder)
        if volume.remote:
            return f"`{folder}` lies on {volume.file_system}"
    name = next((name for name, _ in present(products, programs())), None)
    if name is not None:
        return f"{name} is running"
    users, _ = fanotify_users()
    return f"{users[0]} is asked about files (fanotify)" if users else None
