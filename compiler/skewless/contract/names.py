"""Names that the compiler gives to columns and relations, and how identifiers are spelled.

Columns that start with an underscore travel with each row, unseen by the user (semantics, section 3).
"""

from __future__ import annotations

import re

from sqlglot import exp

MOMENT = "moment"
"""The relation of moments: one row for each (keys, T) at which features are wanted."""
EVENT = "event"
"""The relation of rows that a feature is made of."""
REQUEST = "request"
"""The relation of request fields."""

AT = "_at"
"""T, the moment itself."""
ROW = "_row"
"""The number of the moment's row: of the spine in training, of the request in serving."""
EVENT_TIME = "_event_time"
KNOWN_AT = "_known_at"
KNOWN_FROM = "_known_from"
"""The first T at which the row is known."""
VISIBLE_FROM = "_visible_from"
"""The first T at which the row is known and has happened."""
VISIBLE_TO = "_visible_to"
"""The first T at which a later version has replaced the row; NULL if none has."""
ID = "_id"
"""Which event of the source a row is of: its primary key, as one text."""
TILE, TILE_FIRST, TILE_LAST = "_tile", "_tile_first", "_tile_last"
"""That a row stands for a tile of events; the event times of the tile's first and last one."""
TILE_NEWEST, TILE_ROWS, SETTLED = "_tile_newest", "_tile_rows", "_settled"
"""The event time of its newest visible one, how many of these there are, and since when that does not change."""
SEEN = "_seen"
"""How many visible rows a value was made of; 0 explains NOT_FOUND."""

SINCE = "_since"
"""The moment before T from which on something has become known."""
IS_READ = "_is_read"
"""Whether serving reads a stored row."""

RESERVED = frozenset(
    {
        *(AT, ROW, EVENT_TIME, KNOWN_AT, KNOWN_FROM, VISIBLE_FROM, VISIBLE_TO, SEEN, ID, SINCE, IS_READ),
        *(TILE, TILE_FIRST, TILE_LAST, TILE_ROWS, TILE_NEWEST, SETTLED, "_time", "_is_moment"),
    }
)
_NUMBERED = re.compile(r"_(tie|value|aggregate|slot|part)_\d+$|_(raw|key|given)_")
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*$")
_KEYWORDS = frozenset(
    """all analyse analyze and any anti array as asc asof asymmetric at authorization between bigint binary bit boolean
    both by case cast char check coalesce collate collation column columns concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user date default
    deferrable desc describe distinct do else end event_time except exists extract false fetch for foreign freeze from
    full generated glob group grouping having ilike in initially inner inout intersect interval into is isnull join
    lambda lateral leading left like limit localtime localtimestamp map natural not notnull null offset on only or
    order outer overlaps overlay pivot placing position positional primary qualify references returning right row
    select semi session_user show similar some struct summarize symmetric table tablesample then time timestamp to
    trailing treat trim true try_cast tuple union unique unpack unpivot user using values variadic verbose when where
    window with""".split()
)


def tie(number: int) -> str:
    """The name of the n-th tie-break column, from 1."""
    return f"_tie_{number}"


def part(number: int) -> str:
    """The name of the n-th partial aggregate, from 1."""
    return f"_part_{number}"


def is_reserved(name: str) -> bool:
    """Whether a user's column may not have this name."""
    return name.lower() in RESERVED or _NUMBERED.match(name.lower()) is not None


def identifier(name: str) -> exp.Identifier:
    """An identifier that survives any engine's parser; plain lower-case words stay unquoted, to be read."""
    return exp.Identifier(this=name, quoted=not _PLAIN.match(name) or name in _KEYWORDS)


def column(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=identifier(name), table=identifier(table) if table else None)


def table(name: str, alias: str | None = None) -> exp.Table:
    return exp.Table(this=identifier(name), alias=exp.TableAlias(this=identifier(alias)) if alias else None)


def aliased(expression: exp.Expr, name: str) -> exp.Expr:
    """`expression AS name`, or the bare column when it has that name already."""
    if isinstance(expression, exp.Column) and expression.name == name:
        return expression
    return exp.Alias(this=expression, alias=identifier(name))
