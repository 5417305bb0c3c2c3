"""What a value was made of, to be read: `skewless explain VIEW --entity`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from skewless.cli.session import Session

if TYPE_CHECKING:
    from skewless.tasks.evidence import EntityRow, Evidence


def explain_values(
    session: Session, view: str, entity: str, as_of: str | None, limit: int, *, as_json: bool, with_sql: bool
) -> None:
    """Prints the values of one entity at a moment, its rows, and the SQL that found them: as JSON in any case."""
    from skewless.cli.entities import parse_entities
    from skewless.cli.moments import parse_moment
    from skewless.ground.errors import UsageError
    from skewless.tasks.evidence import evidence

    rows = parse_entities([entity])
    if len(rows) != 1:
        raise UsageError(f"--entity has {len(rows)} entities", help="values are explained of one at a time")
    moment = parse_moment(as_of, session.started)
    workspace = session.workspace(quietly=True)
    session.console.live(f"Reading {view}")
    with workspace.engine() as engine:
        found = evidence(workspace, engine, view, rows[0], moment)
    if as_json:
        session.console.json(_as_object(found, limit, workspace.dialect), indent=2)
        return
    _print(session, found, limit)
    if with_sql:
        _print_sql(session, found, workspace.dialect)


def _print(session: Session, found: Evidence, limit: int) -> None:
    from skewless.cli.tables import print_table

    _title(session, f"{found.view} of {_pairs(found.entity)} as of {_moment(found.as_of)}")
    print_table(session.console, ("feature", "value"), list(found.values.items()))
    if found.tick is not None:
        session.console.data(f"\nComputed at the tick {_moment(found.tick)}; a row must be known before that.")
    counted = [row for row in found.rows if row.features]
    left_out = [row for row in found.rows if not row.features]
    _title(session, f"Made of {_number(counted)}", after=True)
    _rows(session, counted, limit, len(found.values))
    _title(session, f"Left out: {_number(left_out)}", after=True)
    _reasons(session, left_out)
    _rows(session, _nearest(found, left_out), limit, len(found.values))
    for source in found.not_looked_at:
        session.console.warn(
            f"what the view filters out of '{source}' is not shown: it has no primary_key, or the view's keys are no "
            "columns of it"
        )


def _print_sql(session: Session, found: Evidence, dialect: str) -> None:
    from skewless.dialects.emit import emit

    for number, query in enumerate(found.queries):
        _title(session, "SQL of these rows" if number == 0 else "SQL of rows that are filtered", after=True)
        session.console.data(emit(query, dialect))


def _title(session: Session, text: str, *, after: bool = False) -> None:
    from skewless.cli.console import style

    shown = style(text, "cyan") if session.console.has_colours(err=False) else text
    blank = "\n" if after else ""
    session.console.data(f"{blank}{shown}\n{'-' * len(text)}")


def _rows(session: Session, rows: list[EntityRow], limit: int, features: int) -> None:
    from skewless.cli.tables import print_table

    if not rows:
        return
    cells = [
        (_pairs(row.event), _moment(row.event_time), _moment(row.known_at), _why(row, features), _pairs(row.values))
        for row in rows[:limit]
    ]
    print_table(session.console, ("event", "event_time", "known_at", "why", "row"), cells)
    if len(rows) > limit:
        session.console.data(f"and {len(rows) - limit:,} more; --limit shows more of them")


def _why(row: EntityRow, features: int) -> str:
    if not row.features:
        return row.reason
    return "all features" if len(row.features) == features else ", ".join(row.features)


def _nearest(found: Evidence, rows: list[EntityRow]) -> list[EntityRow]:
    """Rows by how far they are from the moment, since the nearest are asked for first."""
    at = found.tick or found.as_of
    return sorted(rows, key=lambda row: abs(((row.event_time or row.known_at or at) - at).total_seconds()))


def _reasons(session: Session, rows: list[EntityRow]) -> None:
    """How many rows there are of each reason, without the moments that these name."""
    counts = Counter(row.reason.split(" since ")[0].split(" before ")[0] for row in rows)
    for reason, count in counts.most_common():
        session.console.data(f"{count:>9,}  {reason}")
    if counts:
        session.console.data("")


def _number(rows: list[EntityRow]) -> str:
    return f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}"


def _moment(moment: Any) -> str:
    return "none" if moment is None else moment.isoformat(sep=" ")


def _pairs(values: Any) -> str:
    from skewless.cli.tables import cell_text

    return ", ".join(f"{name} = {cell_text(value)}" for name, value in values.items())


def _as_object(found: Evidence, limit: int, dialect: str) -> dict[str, Any]:
    from skewless.cli.values import jsonable
    from skewless.dialects.emit import emit

    counted = [row for row in found.rows if row.features]
    left_out = _nearest(found, [row for row in found.rows if not row.features])
    return {
        "view": found.view,
        "entity": {name: jsonable(value) for name, value in found.entity.items()},
        "as_of": jsonable(found.as_of),
        "tick": jsonable(found.tick),
        "values": {name: jsonable(value) for name, value in found.values.items()},
        "counted": len(counted),
        "left_out": len(left_out),
        "rows": [_row_object(row) for row in (*counted[:limit], *left_out[:limit])],
        "not_looked_at": list(found.not_looked_at),
        "sql": [emit(query, dialect) for query in found.queries],
    }


def _row_object(row: EntityRow) -> dict[str, Any]:
    from skewless.cli.values import jsonable

    return {
        "event": dict(row.event),
        "event_time": jsonable(row.event_time),
        "known_at": jsonable(row.known_at),
        "features": list(row.features),
        "reason": row.reason or None,
        "row": {name: jsonable(value) for name, value in row.values.items()},
    }
