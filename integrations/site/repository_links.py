"""A hook of MkDocs: links of the docs that lead to files beside them go to the repository.

On GitHub `../examples/` is a folder; on the site there is none. Without the address of a repository
(`repo_url`) only the words stay.
"""

import re
from typing import Any

BESIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)\s]+)\)")


def on_page_markdown(markdown: str, *, config: Any, **_: object) -> str:
    """The page with its links put right; MkDocs calls it for each page."""
    repository = str(config["repo_url"] or "").rstrip("/")

    def led(found: re.Match[str]) -> str:
        words, path = found[1], found[2]
        kind = "tree" if path.endswith("/") else "blob"
        return f"[{words}]({repository}/{kind}/HEAD/{path})" if repository else words

    return BESIDE.sub(led, markdown)
