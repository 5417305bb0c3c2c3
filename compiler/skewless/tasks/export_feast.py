"""A workspace into the Feast repository with which Feast's own clients ask a skewless server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from skewless.ground.errors import UsageError
from skewless.tasks.feast_definitions import definitions
from skewless.tasks.feast_repository import feast_repository
from skewless.tasks.results import write_files
from skewless.tasks.workspace import Workspace

WRITTEN_BY = "# Written by `skewless export feast`, which writes it anew. Change the project instead."


def feast_files(
    workspace: Workspace, *, url: str, token_variable: str | None = None, old_clients: bool = False
) -> dict[str, str]:
    """File names and texts; the same project gives the same bytes.

    `url` is where the server answers; clients send the token that they find in the environment variable. `old_clients`
    are those before 0.64. Raises UsageError for a project that Feast cannot hold.
    """
    repository = feast_repository(workspace)
    files = {
        "feature_store.yaml": _settings(repository.project, url, token_variable),
        "definitions.py": definitions(repository, url=url, token_variable=token_variable, old_clients=old_clients),
    }
    return {name: workspace.environment.redact(f"{WRITTEN_BY}\n{text}") for name, text in files.items()}


def write_feast(files: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """Writes the files. Raises UsageError for a folder with files of those names that are somebody else's."""
    paths = {folder / name: text for name, text in files.items()}
    for path in paths:
        if path.is_file() and not path.read_text(encoding="utf-8", errors="replace").startswith(WRITTEN_BY):
            raise UsageError(f"'{path}' is there, and `skewless export feast` did not write it",
                             help="name another folder: --output DIR")  # fmt: skip
    write_files(paths)
    return tuple(paths)


def _settings(project: str, url: str, token_variable: str | None) -> str:
    token = f"auth:\n  type: oidc\n  token_env_var: {token_variable}\n" if token_variable else ""
    return (
        f"project: {project}\n"
        "provider: local\n"
        "registry: registry.db\n"
        f"online_store:\n  type: remote\n  path: {json.dumps(url)}\n"
        f"entity_key_serialization_version: 3\n{token}"
    )
