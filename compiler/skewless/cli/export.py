"""`skewless export`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.tasks.workspace import Workspace


@click.group("export")
def command() -> None:
    """Write what other tools need to work with the project's features."""


@verb("feast")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder; feast/ in the target folder by default.",
)
@click.option(
    "--url", default="http://127.0.0.1:6566", show_default=True, metavar="URL", help="Where `skewless serve` answers."
)
@click.option(
    "--token-variable", metavar="NAME", help="The environment variable in which clients have their bearer token."
)
@click.option("--old-clients", is_flag=True, help="For clients before 0.64, however many requests they send.")
def feast(session: Session, output: Path | None, url: str, token_variable: str | None, old_clients: bool) -> int:
    """Write a Feast repository, for Feast's own clients.

    feature_store.yaml points Feast's remote online store at `skewless serve`; definitions.py has the entities, feature
    views and services. Run `feast apply` in the folder, and clients go on calling get_online_features.

    \b
    Example:
      skewless export feast --output feature_repo --url https://features.internal:6566
    """
    from skewless.tasks.export_feast import feast_files, write_feast

    _check_address(url)
    _check_variable(token_variable)
    session.header()
    workspace = session.workspace()
    files = feast_files(workspace, url=url.rstrip("/"), token_variable=token_variable, old_clients=old_clients)
    folder = output or workspace.target_path / "feast"
    _check_folder(folder, workspace)
    for path in write_feast(files, folder):
        session.console.info("written", f"Wrote {path}", path=path)
    session.console.info("next", f"Run `feast apply` in {folder}, with the clients' release of Feast", folder=folder)
    return 0


command.add_command(feast)


def _check_folder(folder: Path, workspace: Workspace) -> None:
    """What is in the project's own folders is read as part of it."""
    from skewless.ground.errors import UsageError

    for name in workspace.read.folders:
        if folder.resolve().is_relative_to((workspace.root / name).resolve()):
            raise UsageError(
                f"'{folder}' is in '{name}', whose files are read as the project's own",
                help="name another folder: --output DIR",
            )


def _check_address(url: str) -> None:
    if "@" in url:
        text = "the address would be written with its password; clients send a token: --token-variable"
        raise click.BadParameter(text, param_hint="--url")
    if not re.fullmatch(r"https?://[^\s?#]+", url):
        text = f"'{url}' is not the address of a server, such as https://features.internal:6566"
        raise click.BadParameter(text, param_hint="--url")


def _check_variable(name: str | None) -> None:
    if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        text = f"'{name}' is not the name of an environment variable"
        raise click.BadParameter(text, param_hint="--token-variable")
