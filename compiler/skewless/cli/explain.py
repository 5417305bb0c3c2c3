"""`skewless explain`."""

from __future__ import annotations

from importlib.resources import files

import click

from skewless.cli.console import style
from skewless.cli.session import Session
from skewless.cli.verb import verb


@verb("explain")
@click.argument("what", metavar="CODE|VIEW")
@click.option("--entity", metavar="JSON", help="Explain the view's values of this entity: an object of its keys.")
@click.option("--as-of", metavar="TIMESTAMP", help="The moment of these values (UTC); now, unless given.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many rows are shown.")
@click.option("--sql", "with_sql", is_flag=True, help="Print the SQL that found these rows, too.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    session: Session, what: str, entity: str | None, as_of: str | None, limit: int, with_sql: bool, output: str
) -> int:
    """Explain an error code, a view through every stage, or the values of one entity.

    A code, such as future-leakage, prints its page: what it means and what to do. A view prints its rendered SQL, its
    sources and their time rules, what is stored, the plan, and the SQL of training and serving.

    With --entity, the rows that the values of that entity were made of, and those that were left out, each with the
    reason: not yet known, superseded, outside the window, filtered. Values are computed as training does.

    \b
    Examples:
      skewless explain future-leakage
      skewless explain transaction_stats
      skewless explain transaction_stats --entity '{"user_id": 1}' --as-of 2026-06-12T10:00:00Z
    """
    from skewless.cli.evidence import explain_values
    from skewless.ground.codes import CODES

    session.console.logs_to_stderr = True
    if entity is not None:
        _check_known(session, what)
        explain_values(session, what, entity, as_of, limit, as_json=output == "json", with_sql=with_sql)
        return 0
    _check_alone(as_of, with_sql, output)
    if what in CODES:
        _explain_code(session, what)
    else:
        _explain_view(session, what)
    return 0


def _check_alone(as_of: str | None, with_sql: bool, output: str) -> None:
    from skewless.ground.errors import UsageError

    options = (("--as-of", as_of), ("--sql", with_sql), ("--output json", output == "json"))
    given = [name for name, value in options if value]
    if given:
        raise UsageError(
            f"{given[0]} is about the values of an entity", help="add --entity '{\"KEY\": VALUE}' of the view's keys"
        )


def _explain_code(session: Session, code: str) -> None:
    from skewless.ground.errors import UsageError

    page = files("skewless").joinpath("errors", f"{code}.md")
    if not page.is_file():
        raise UsageError(f"the code '{code}' has no page in this version")
    text = page.read_text(encoding="utf-8")
    if not session.console.is_terminal(err=False):
        session.console.data(text.rstrip())
        return
    from rich.console import Console as Rich
    from rich.markdown import Markdown

    rich = Rich(force_terminal=True, no_color=not session.console.has_colours(err=False))
    with rich.capture() as captured:
        rich.print(Markdown(text))
    session.console.data(captured.get().rstrip("\n"))


def _explain_view(session: Session, name: str) -> None:
    from skewless.tasks.explain import stages

    _check_known(session, name)
    workspace = session.workspace(quietly=True)
    colours = session.console.has_colours(err=False)
    for number, section in enumerate(stages(workspace, workspace.view(name))):
        title = style(section.title, "cyan") if colours else section.title
        blank = "\n" if number else ""
        session.console.data(f"{blank}{title}\n{'-' * len(section.title)}\n{section.text}")


def _check_known(session: Session, name: str) -> None:
    """A misspelled code must not be told of as a view that does not exist."""
    from skewless.ground.codes import CODES
    from skewless.ground.diagnostics import did_you_mean
    from skewless.ground.errors import UsageError

    try:
        files = session.project.files
        views = [model.name for model in files.models]
        services = {one.name: dict.fromkeys(used.view for used in one.views) for one in files.services}
    except UsageError:
        views, services = [], {}
    if name in services and name not in views:
        used = ", ".join(services[name])
        raise UsageError(f"'{name}' is a service, and a view is what can be explained", help=f"its views: {used}")
    if name not in views:
        near = did_you_mean(name, (*views, *CODES))
        raise UsageError(f"'{name}' is neither a code nor a feature view", help=near or "`skewless ls` lists the views")
