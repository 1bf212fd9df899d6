"""Hatch's hook: the addresses of the project, all from the one place that names who publishes it."""

from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Addresses(MetadataHookInterface):  # type: ignore[misc]
    """Fills `project.urls` from `repository` of the hook's own table in pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the addresses."""
        repository = self.config["repository"]
        metadata["urls"] = {
            "Documentation": f"{repository}/blob/main/docs/index.md",
            "Source": repository,
            "Issues": f"{repository}/issues",
            "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        }
