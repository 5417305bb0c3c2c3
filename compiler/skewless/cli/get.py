"""`skewless get`."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from skewless.cli.entities import parse_entities
from skewless.cli.session import Session
from skewless.cli.values import jsonable
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.serve.server import FeatureServer
    from skewless.serve.vector import Vector


@verb("get")
@click.option("--service", required=True, metavar="NAME", help="The service whose vector is wanted.")
@click.option("--entity", "entities", required=True, multiple=True, metavar="JSON", help="Keys and request fields.")
@click.option("--as-of", metavar="TIMESTAMP", help="The moment of the vector (UTC), not before the loaded state.")
@click.option(
    "--output", "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
def command(session: Session, service: str, entities: tuple[str, ...], as_of: str | None, form: str) -> int:
    """Read online feature vectors, as a server would answer.

    Reads target/serving/SERVICE.json and the target's online store; `skewless run` fills both. --entity is a JSON
    object of the service's keys and request fields, a list of them, or @FILE; several make a batch.

    \b
    Examples:
      skewless get --service fraud_v1 --entity '{"user_id": 42, "amount": 12.5}'
      skewless get --service fraud_v1 --entity @requests.json --output json
    """
    from skewless.cli.moments import parse_moment

    session.console.logs_to_stderr = True
    rows = parse_entities(entities)
    moment = parse_moment(as_of, session.started) if as_of is not None else None
    server = _server(session, service)
    try:
        vector = server.get(rows, as_of=moment)
    finally:
        server.close()
    if form == "json":
        session.console.json([_as_object(vector, row, entity) for row, entity in enumerate(rows)], indent=2)
    elif form == "csv":
        session.console.data(_as_csv(vector))
    else:
        _print(session, vector)
    return 0


def _server(session: Session, service: str) -> FeatureServer:
    """Needs neither sqlglot nor the models: the bundle is compiled already."""
    from skewless.ground.diagnostics import did_you_mean
    from skewless.ground.errors import UsageError
    from skewless.serve.server import FeatureServer

    path = session.target_path / "serving" / f"{service}.json"
    known = [one.name for one in session.project.files.services]
    if service not in known:
        help_line = did_you_mean(service, known) or f"services: {', '.join(known) or 'none'}"
        raise UsageError(f"there is no service '{service}'", help=help_line)
    if not path.is_file():
        raise UsageError(f"the service '{service}' is not compiled: there is no {path}", help="skewless run")
    return FeatureServer.load(path, store=session.store())


def _print(session: Session, vector: Vector) -> None:
    from skewless.cli.tables import print_table

    columns = vector.to_dict()
    if len(vector) == 1:
        rows = [
            (*row, times[0]) for row, times in zip(_record(vector, 0), vector.event_timestamps.values(), strict=True)
        ]
        print_table(session.console, ("feature", "value", "status", "event_timestamp"), rows)
    elif session.console.is_terminal(err=False) and _is_wide(columns):
        for row in range(len(vector)):
            keys = ", ".join(f"{name} = {values[row]}" for name, values in vector.keys.items())
            session.console.data(f"{keys}\n")
            print_table(session.console, ("feature", "value", "status"), _record(vector, row))
            session.console.data("")
    else:
        print_table(session.console, tuple(columns), list(zip(*columns.values(), strict=True)))
    session.console.info("as_of", f"as of {vector.as_of.isoformat(sep=' ')} UTC", as_of=jsonable(vector.as_of))


def _record(vector: Vector, row: int) -> list[tuple[str, Any, str]]:
    """(feature, value, status) of each feature of one entity."""
    return [(name, vector.values[name][row], vector.statuses[name][row]) for name in vector.names]


def _is_wide(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Whether a table of these columns is wider than the terminal."""
    from skewless.cli.tables import cell_text

    widths = (max(map(len, (name, *map(cell_text, values)))) + 3 for name, values in columns.items())
    return sum(widths) > shutil.get_terminal_size().columns


def _as_csv(vector: Vector) -> str:
    """A row for each entity, keys before features; NULL is nothing at all, a list is JSON."""
    columns = vector.to_dict()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return text.getvalue().rstrip("\n")


def _csv_cell(value: Any) -> Any:
    plain = jsonable(value)
    return json.dumps(plain) if isinstance(plain, list | bool) else plain


def _as_object(vector: Vector, row: int, entity: dict[str, Any]) -> dict[str, Any]:
    features = {
        name: {
            "value": jsonable(vector.values[name][row]),
            "status": vector.statuses[name][row],
            "event_timestamp": jsonable(vector.event_timestamps[name][row]),
        }
        for name in vector.names
    }
    return {"entity": entity, "as_of": jsonable(vector.as_of), "features": features}
