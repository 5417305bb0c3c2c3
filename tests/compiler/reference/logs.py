"""Turns Hypothesis' draws into sources and small, nasty event logs: ties, retries, corrections, retractions, late rows.

A log is drawn as a list of `Draft`s, each independent of the others, and then laid out one after the other: a draft can
repeat, correct, move or retract the event of an earlier row. What a source's declaration promises (unique keys of an
append_only source, a tie-break that orders what it must) is made true while laying out, so every log is legal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from hypothesis import strategies as st

from .ordering import ranks
from .specs import MINUTE, SECOND, ColumnSpec, Row, SourceSpec

# 2026-01-01 00:00:00 UTC: ticks of odd intervals do not fall on it.
START = 1_767_225_600 * SECOND
LAST_MINUTE = 20
MAX_ROWS = 40

KEYS = (1, 2, 3)
GROUPS = ("a", "b", "é")
INTEGERS = (2, 0, 1, -2, -1, 3, 7, None)
FLOATS = (1.0, 0.0, 0.25, 0.5, -1.5, 2.75, 1024.25, None, math.nan)
# U+FB00 and U+1D11E: by code point (and in UTF-8) the first is smaller, in UTF-16 the second.
STRINGS = ("a", "", "B", "b'c", "é", "日本", "\ufb00", "\U0001d11e", None)
LATENESS = (0, 0, 1, -MINUTE, MINUTE, 3 * MINUTE, 10 * MINUTE)

Kind = Literal["fresh", "retry", "redelivery", "correction", "move", "retraction"]
KINDS: tuple[Kind, ...] = ("fresh", "fresh", "fresh", "retry", "redelivery", "correction", "move", "retraction")

VALUE_COLUMNS = {"x": "integer", "z": "double", "s": "varchar", "b": "boolean"}
KEY_COLUMNS = {"id": "varchar", "seq": "bigint", "k": "bigint", "g": "varchar"}
STATIC_COLUMNS = {"g": "varchar", "label": "varchar", "weight": "double"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one row wants to be; `origin` picks the earlier row that all kinds but `fresh` are about."""

    kind: Kind
    origin: int
    event_time: int | None
    lateness: int | None
    id: str | None
    seq_is_null: bool
    k: int | None
    g: str | None
    x: int | None
    z: float | None
    s: str | None
    b: bool | None
    keeps_seq: bool


def draft(seed: int) -> Draft:
    """One row to be, from a seed.

    Hypothesis draws one integer per row and not one choice per field: so logs can be long and every field varied, and a
    counter-example still shrinks to the few rows that matter.
    """
    random = Random(seed)
    return Draft(
        kind=random.choice(KINDS),
        origin=random.randrange(MAX_ROWS),
        event_time=None if rarely(random) else instant(random),
        lateness=None if rarely(random) else random.choice(LATENESS),
        id=None if rarely(random) else random.choice("abcdefghijklmnop"),
        seq_is_null=rarely(random),
        k=None if rarely(random) else random.choice((1, 1, *KEYS)),
        g=None if rarely(random) else random.choice(("a", "a", *GROUPS)),
        x=random.choice(INTEGERS),
        z=random.choice(FLOATS),
        s=random.choice(STRINGS),
        b=random.choice((True, False, None)),
        keeps_seq=random.choice((True, False)),
    )


def instant(random: Random) -> int:
    """A minute of the grid, every other time a fifth one; often exactly, sometimes a microsecond beside it."""
    minute = random.choice((random.randint(0, LAST_MINUTE), 5 * random.randint(0, LAST_MINUTE // 5)))
    return START + minute * MINUTE + random.choice((0, 0, 0, -1, 1))


def rarely(random: Random) -> bool:
    """One time in twelve."""
    return random.randrange(12) == 0


@st.composite
def timed_sources(draw: st.DrawFn, name: str, *, ordered: bool = False, windowable: bool = False) -> SourceSpec:
    """A timed source; `ordered`: with a total order; `windowable`: its rows become known as they happen, in order."""
    identities = ["key", "key", "append_only"] if not windowable else ["append_only"]
    identity = draw(st.sampled_from([*identities, "none"]))
    tie_break = ("seq",) if (ordered and identity == "none") or draw(st.booleans()) else ()
    late = not windowable and draw(st.booleans())
    deleted = "gone" if identity == "key" and draw(st.booleans()) else None
    delay = 0 if late else draw(st.sampled_from((0, 0, 30 * SECOND, MINUTE, 2 * MINUTE)))
    times = {"event_ts": "timestamp"} | ({"known_ts": "timestamp"} if late else {})
    flags = {"gone": "boolean"} if deleted else {}
    return SourceSpec(
        name=name,
        columns=column_specs(KEY_COLUMNS | times | VALUE_COLUMNS | flags),
        event_time="event_ts",
        known_at="known_ts" if late else None,
        delay=delay,
        primary_key=() if identity == "none" else draw(st.sampled_from((("id",), ("id",), ("id", "k")))),
        append_only=identity == "append_only",
        tie_break=tie_break,
        deleted=deleted,
        inclusive=draw(st.sampled_from((False, False, True))),
    )


def column_specs(types: dict[str, str]) -> tuple[ColumnSpec, ...]:
    """Declared columns, from name to DuckDB type."""
    return tuple(ColumnSpec(name=name, data_type=data_type) for name, data_type in types.items())


@st.composite
def seeds(draw: st.DrawFn, most: int) -> tuple[int, ...]:
    """Up to `most` seeds, about three quarters of them there, at least one.

    A fixed number of draws of which some say "nothing here", and not a list: Hypothesis prefers short lists, whose
    cases say little. It shrinks a seed to 0, which is nothing, so counter-examples are short all the same.
    """
    drawn = [draw(st.integers(0, 2**32 - 1)) for _ in range(most)]
    return tuple(seed for seed in drawn if seed % 4) or (1,)


def event_logs(source: SourceSpec) -> st.SearchStrategy[tuple[Row, ...]]:
    """The rows of a timed source, 1 to 40, in an order that means nothing."""
    return seeds(MAX_ROWS).map(lambda drawn: lay_out(source, [draft(seed) for seed in drawn]))


def lay_out(source: SourceSpec, drawn: Sequence[Draft]) -> tuple[Row, ...]:
    """The drafts as rows of `source`."""
    rows: list[dict[str, object]] = []
    for number, draft in enumerate(drawn):
        origin = rows[draft.origin % number] if number else None
        rows.append(fresh_row(source, draft, number) if origin is None else next_row(source, draft, number, origin))
    return distinguished(source, rows)


def next_row(source: SourceSpec, draft: Draft, number: int, origin: Row) -> dict[str, object]:
    """A row that is about `origin`'s event, as far as the source allows it."""
    fresh = fresh_row(source, draft, number)
    if draft.kind == "fresh" or source.append_only:
        return fresh
    if draft.kind == "retry":
        return dict(origin)
    if not source.primary_key:
        return fresh
    identity = {name: origin[name] for name in KEY_COLUMNS}
    if not draft.keeps_seq:
        identity["seq"] = fresh["seq"]
    times = {} if draft.kind == "move" else {"event_ts": origin["event_ts"]}
    values = {} if draft.kind in ("correction", "move") else {name: origin[name] for name in VALUE_COLUMNS}
    row = fresh | identity | times | values
    if draft.kind == "move" and source.primary_key == ("id",):
        # A correction may give the event to another entity: versions are of the primary key, not of the entity.
        row |= {"k": draft.k, "g": draft.g}
    if source.deleted:
        row[source.deleted] = draft.kind == "retraction"
    if source.known_at:
        row[source.known_at] = later(origin[source.known_at], draft.lateness)
    return row


def later(known_at: object, lateness: int | None) -> int | None:
    """When the next version of something became known; of something never known, never."""
    if not isinstance(known_at, int) or lateness is None:
        return None
    return known_at + lateness


def fresh_row(source: SourceSpec, draft: Draft, number: int) -> dict[str, object]:
    """A row that is about an event of its own (or, by chance of its id, about one that is already there)."""
    row: dict[str, object] = {
        "id": f"e{number}" if source.append_only else draft.id,
        # 41 is prime: distinct numbers for up to 41 rows, in an order that is not the order of arrival.
        "seq": None if draft.seq_is_null else number * 17 % 41,
        "k": draft.k,
        "g": draft.g,
        "event_ts": draft.event_time,
        "x": draft.x,
        "z": draft.z,
        "s": draft.s,
        "b": draft.b,
    }
    if source.known_at:
        row[source.known_at] = later(draft.event_time, draft.lateness)
    if source.deleted:
        row[source.deleted] = None if draft.b is None else False
    return row


def distinguished(source: SourceSpec, rows: Sequence[dict[str, object]]) -> tuple[Row, ...]:
    """The rows with `seq` unique to each event where it is the tie-break, so that the declared order is total.

    Only versions of one event may share a `seq`; without a primary key, only exact duplicates that nothing can tell
    apart. Over a source without late rows a window may be laid, which tells even those apart: there each is unique.
    """
    if not source.tie_break:
        return tuple(rows)
    owners: dict[object, object] = {}
    told_apart = []
    for number, row in enumerate(rows):
        owner = owners.setdefault(row["seq"], seq_owner(source, row, number))
        if owner != seq_owner(source, row, number):
            row = row | {"seq": 1000 + number}
        told_apart.append(row)
    return tuple(told_apart)


def seq_owner(source: SourceSpec, row: Row, number: int) -> object:
    """Which event a `seq` belongs to."""
    if source.primary_key:
        return ranks(row[name] for name in source.primary_key)
    return number if source.known_at is None else ranks(row.values())


def static_source(name: str) -> SourceSpec:
    """A look-up table by `g`."""
    return SourceSpec(name=name, columns=column_specs(STATIC_COLUMNS), primary_key=("g",), static=True)


def static_rows() -> st.SearchStrategy[tuple[Row, ...]]:
    """The rows of a look-up table: no two of one key, and perhaps one whose key is NULL."""
    row = st.fixed_dictionaries(
        {
            "g": st.sampled_from((*GROUPS, "unused", None)),
            "label": st.sampled_from(STRINGS),
            "weight": st.sampled_from((0.5, 1.0, 2.25, None)),
        }
    )
    return st.lists(row, min_size=1, max_size=5, unique_by=lambda drawn: drawn["g"]).map(tuple)
