"""`skewless get`."""

from __future__ import annotations

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
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(session: Session, service: str, entities: tuple[str, ...], as_of: str | None, form: str) -> int:
    """Read online feature vectors, as a server would answer.

    Reads target/serving/SERVICE.json and the target's online store; `skewless run` fills both. --entity is a JSON
    object of the service's keys and request fields, a list of them, or @FILE; several make a batch.

    \b
    Examples:
      skewless get --service fraud_v1 --entity '{"user_id": 42, "amount": 12.5}'
      skewless get --service fraud_v1 --entity @requests.json --format json
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

    if len(vector) == 1:
        rows = [
            (name, vector.values[name][0], vector.statuses[name][0], vector.event_timestamps[name][0])
            for name in vector.names
        ]
        print_table(session.console, ("feature", "value", "status", "event_timestamp"), rows)
    else:
        columns = vector.to_dict()
        print_table(session.console, tuple(columns), list(zip(*columns.values(), strict=True)))
    session.console.info("as_of", f"as of {vector.as_of.isoformat(sep=' ')} UTC", as_of=jsonable(vector.as_of))


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
