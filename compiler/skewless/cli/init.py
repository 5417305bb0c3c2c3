"""`skewless init`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb


@verb("init")
@click.argument("name", type=click.Path(path_type=Path))
def command(session: Session, name: Path) -> int:
    """Make a new project that runs on DuckDB at once.

    NAME becomes a folder with one source, two feature views, a service and a unit test, and comments that say what is
    what. A folder that has anything in it is refused.

    \b
    Example:
      skewless init shop && cd shop && skewless build
    """
    from skewless.tasks.init import create_project

    session.header()
    folder = session.project_dir / name
    written = create_project(folder, files("skewless.cli").joinpath("starter"), session.started)
    for path in written:
        session.console.info("written", f"  {folder / path}", path=folder / path)
    session.console.info("created", f"""
The project '{folder.name}' is ready. Next:

  cd {folder}
  skewless build
  skewless get --service checkout_v1 --entity '{{"user_id": 1, "amount": 120}}'
  skewless show user_spending""", project=folder.name)  # fmt: skip
    return 0
