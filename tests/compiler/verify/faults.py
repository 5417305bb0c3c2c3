"""Deliberate faults: each spoils one thing on one of the two paths, as a mistake of a programmer would."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from sqlglot import exp

from skewless.codegen import serving, state, tiles, written
from skewless.codegen.training import assemble, latest, range_join
from skewless.contract.ir import Pipeline, Refresh
from skewless.contract.names import AT, EVENT, KNOWN_FROM, VISIBLE_FROM, column
from skewless.ground.durations import Duration
from skewless.ingest import tiles as ingest_tiles
from skewless.serve import lookup, request
from skewless.serve import tiles as serve_tiles
from skewless.tasks import load
from skewless.tasks.day_counts import Counted
from skewless.verify import unit
from skewless.verify.trials.training import Training

Change = Callable[[exp.Expr], exp.Expr]


@dataclass(frozen=True, slots=True)
class Fault:
    """`inject` makes it; it shows in `view`, because that `path` is wrong then."""

    view: str
    inject: Callable[[pytest.MonkeyPatch], None]
    path: Literal["training", "serving"]


FAULTS: dict[str, Fault] = {}


def fault(
    view: str, path: Literal["training", "serving"] = "serving"
) -> Callable[[Callable[[pytest.MonkeyPatch], None]], Callable[[pytest.MonkeyPatch], None]]:
    def known(inject: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
        FAULTS[inject.__name__] = Fault(view, inject, path)
        return inject

    return known


def changing(patch: pytest.MonkeyPatch, of: Any, name: str, change: Callable[[Any], Any]) -> None:
    """What a function returns is changed."""
    step = getattr(of, name)
    patch.setattr(of, name, lambda *arguments, **settings: change(step(*arguments, **settings)))


def taking(patch: pytest.MonkeyPatch, of: Any, name: str, take: Callable[[Any], Any]) -> None:
    """What a function is given first is changed."""
    step = getattr(of, name)
    patch.setattr(of, name, lambda first, *arguments, **settings: step(take(first), *arguments, **settings))


def in_serving_sql(patch: pytest.MonkeyPatch, change: Change) -> None:
    taking(patch, serving, "emit", lambda query: query.transform(change))


def transformed_once(tree: exp.Expr, change: Change) -> exp.Expr:
    """Of the nodes that change, none is looked at again."""
    for node in list(tree.find_all(exp.Filter)):
        node.replace(change(node))
    return tree


def in_training(patch: pytest.MonkeyPatch, of: Any, name: str, instead: Any) -> None:
    """Only while training SQL is made, for trials and for unit tests."""
    for where, maker in ((Training, "__init__"), (unit, "training_set")):
        spoil(patch, where, maker, of, name, instead)


def spoil(patch: pytest.MonkeyPatch, where: Any, maker: str, of: Any, name: str, instead: Any) -> None:
    made = getattr(where, maker)

    def spoiled(*arguments: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(of, name, instead)
            return made(*arguments)

    patch.setattr(where, maker, spoiled)


def is_column(node: exp.Expr | None, name: str) -> bool:
    return isinstance(node, exp.Column) and node.name == name


# Visibility


@fault("traffic")
def visible_at_the_moment_itself(patch: pytest.MonkeyPatch) -> None:
    changing(
        patch, serving, "visible", lambda tree: tree.transform(
            lambda node: exp.LTE(**node.args) if isinstance(node, exp.LT) else node)
    )  # fmt: skip


@fault("totals")
def visible_a_microsecond_late(patch: pytest.MonkeyPatch) -> None:
    changing(
        patch, serving, "visible", lambda tree: tree.transform(
            lambda node: exp.LT(**node.args)
            if isinstance(node, exp.LTE) and is_column(node.this, VISIBLE_FROM) else node)
    )  # fmt: skip


@fault("totals")
def version_rule_dropped_in_serving(patch: pytest.MonkeyPatch) -> None:
    taking(patch, serving, "visible", lambda timing: replace(timing, has_versions=False))


@fault("newest")
def version_rule_dropped_in_look_ups(patch: pytest.MonkeyPatch) -> None:
    find = lookup.Lookup._latest

    def latest_of_all(self: lookup.Lookup, rows: Any, at: int) -> Any:
        until, self._until = self._until, None
        try:
            return find(self, rows, at)
        finally:
            self._until = until

    patch.setattr(lookup.Lookup, "_latest", latest_of_all)


@fault("totals", "training")
def last_of_tied_versions_loses(patch: pytest.MonkeyPatch) -> None:
    from skewless.codegen import scan

    order = scan.version_order

    def reversed_after_time(source: Any) -> list[exp.Expr]:
        known, *rest = order(source)
        return [known, *(exp.Ordered(this=one.this, desc=True, nulls_first=False) for one in rest)]

    in_training(patch, scan, "version_order", reversed_after_time)


@fault("totals")
def retraction_ignored(patch: pytest.MonkeyPatch) -> None:
    taking(patch, written, "identified_ctes", lambda scan: replace(scan, source=replace(scan.source, deleted=None)))


@fault("traffic")
def delay_forgotten(patch: pytest.MonkeyPatch) -> None:
    taking(patch, serving, "visible", lambda timing: replace(timing, delay=Duration(0)))


@fault("remarks")
def inclusive_ignored(patch: pytest.MonkeyPatch) -> None:
    def exclusive(pipeline: Pipeline) -> Pipeline:
        scans = [replace(scan, source=replace(scan.source, inclusive=False)) for scan in pipeline.scans]
        return replace(pipeline, scans=tuple(scans))

    taking(patch, state, "pipeline_ctes", exclusive)


@fault("totals", "training")
def null_key_matched(patch: pytest.MonkeyPatch) -> None:
    same = range_join.same
    patch.setattr(range_join, "same", lambda *arguments, **_: same(*arguments, nulls_match=True))


@fault("remarks")
def happened_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    """A row that is known before it happens counts as soon as it is known."""
    patch.setattr(state, "visible_from", lambda _: column(KNOWN_FROM, EVENT))


# Windows and ttl


@fault("traffic")
def window_tail_exclusive(patch: pytest.MonkeyPatch) -> None:
    in_serving_sql(patch, lambda node: exp.GT(**node.args) if isinstance(node, exp.GTE) else node)


@fault("newest")
def ttl_forgotten(patch: pytest.MonkeyPatch) -> None:
    changing(patch, serving, "_stored_instance", lambda one: replace(one, ttl=None))


@fault("newest")
def ttl_a_microsecond_short(patch: pytest.MonkeyPatch) -> None:
    changing(patch, serving, "_stored_instance", lambda one: replace(one, ttl=one.ttl and one.ttl - 1))


@fault("traffic")
def count_of_nothing_is_null(patch: pytest.MonkeyPatch) -> None:
    def null_for_zero(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Filter) and isinstance(node.this, exp.Count):
            return exp.Nullif(this=node.copy(), expression=exp.Literal.number(0))
        return node

    taking(patch, serving, "emit", lambda query: transformed_once(query, null_for_zero))


# Values


@fault("asked")
def rounded_half_to_even(patch: pytest.MonkeyPatch) -> None:
    in_serving_sql(
        patch,
        lambda node: (
            exp.Anonymous(this="ROUND_EVEN", expressions=[node.this, node.args["decimals"]])
            if isinstance(node, exp.Round)
            else node
        ),
    )


@fault("totals")
def ordered_aggregate_reversed(patch: pytest.MonkeyPatch) -> None:
    def reverse(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Ordered) and node.find_ancestor(exp.Filter):
            return exp.Ordered(this=node.this, desc=not node.args.get("desc"), nulls_first=False)
        return node

    in_serving_sql(patch, reverse)


@fault("newest")
def nan_is_lost(patch: pytest.MonkeyPatch) -> None:
    def without(held: lookup.Held) -> lookup.Held:
        columns = [
            [None if isinstance(one, float) and math.isnan(one) else one for one in values] for values in held.columns
        ]
        return replace(held, columns=columns)

    changing(patch, lookup.Lookup, "find", without)


@fault("asked")
def request_field_in_single_precision(patch: pytest.MonkeyPatch) -> None:
    def single(values: Any) -> Any:
        return [float(f"{one:.6g}") if isinstance(one, float) else one for one in values]

    changing(patch, request, "coerced_column", single)


@fault("seen")
def text_is_trimmed(patch: pytest.MonkeyPatch) -> None:
    def trimmed(held: lookup.Held) -> lookup.Held:
        columns = [[one.strip() if isinstance(one, str) else one for one in values] for values in held.columns]
        return replace(held, columns=columns)

    changing(patch, lookup.Lookup, "find", trimmed)


@fault("seen")
def decimal_through_double(patch: pytest.MonkeyPatch) -> None:
    from decimal import Decimal

    def through(held: lookup.Held) -> lookup.Held:
        columns = [
            [Decimal(f"{float(one):.6g}") if isinstance(one, Decimal) else one for one in values]
            for values in held.columns
        ]
        return replace(held, columns=columns)

    changing(patch, lookup.Lookup, "find", through)


# Order


@fault("seen", "training")
def tie_break_reversed(patch: pytest.MonkeyPatch) -> None:
    order = written._order

    def reversed_ties(*arguments: Any) -> list[exp.Expr]:
        return [
            exp.Ordered(this=one.this, desc=True, nulls_first=False) if one.this.name.startswith("_tie") else one
            for one in order(*arguments)
        ]

    patch.setattr(written, "_order", reversed_ties)
    in_training(
        patch, latest, "newest_first", lambda view: [
            exp.Ordered(this=column(name, EVENT), desc=not name.startswith("_tie"), nulls_first=False)
            for name in view.rows.order]
    )  # fmt: skip


# What a state keeps


@fault("totals")
def repeated_event_counts_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(written, "_replaced", exp.false)


@fault("totals")
def versions_thinned_too_early(patch: pytest.MonkeyPatch) -> None:
    """Of versions that are known, the last stays, though it is not yet known at the state's moment."""

    def last_only(query: exp.Query) -> exp.Query:
        for node in list(query.args["qualify"].find_all(exp.Or)):
            node.replace(node.this.copy())
        return query

    changing(patch, written, "_needed", last_only)


@fault("totals")
def swept_at_the_edge_of_a_window(patch: pytest.MonkeyPatch) -> None:
    changing(patch, written, "within", lambda tree: exp.GT(**tree.args))


@fault("totals")
def swept_by_the_shorter_window(patch: pytest.MonkeyPatch) -> None:
    taking(patch, written, "within", lambda length: Duration(length.microseconds // 24))


@fault("newest")
def older_row_dropped_though_the_newer_may_be_retracted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(written, "_may_be_latest", lambda *_: exp.column("_is_read"))


@fault("traffic")
def known_at_the_moment_of_a_load_is_left_out(patch: pytest.MonkeyPatch) -> None:
    def earlier(queries: Mapping[str, exp.Query]) -> Mapping[str, exp.Query]:
        return {
            name: query.transform(
                lambda node: (
                    exp.LT(**node.args) if isinstance(node, exp.LTE) and is_column(node.expression, AT) else node
                )
            )
            for name, query in queries.items()
        }

    changing(patch, load, "input_queries", earlier)


@fault("remarks")
def late_rows_skipped_by_an_increment(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Counted, "late_after", lambda *_: None)


@fault("matched")
def replaced_rows_skipped_by_an_increment(patch: pytest.MonkeyPatch) -> None:
    taking(patch, state, "changed", lambda timing: replace(timing, has_versions=False))


@fault("ends")
def branches_of_a_union_are_one_event(patch: pytest.MonkeyPatch) -> None:
    identified = written.identified
    patch.setattr(written, "identified", lambda pipeline, **_: identified(pipeline, by_branch=False))


# Statuses


@fault("newest")
def status_of_old_rows_is_not_found(patch: pytest.MonkeyPatch) -> None:
    unless_old = lookup.Lookup._unless_old

    def mixed_up(self: lookup.Lookup, row: Any, at: int) -> Any:
        found, status, time = unless_old(self, row, at)
        return found, "PRESENT" if status == "OUTSIDE_MAX_AGE" else status, time

    patch.setattr(lookup.Lookup, "_unless_old", mixed_up)


@fault("sums")
def status_of_rows_outside_of_every_window(patch: pytest.MonkeyPatch) -> None:
    taking(patch, serving, "_explained", lambda view: replace(view, horizon=None))


# Ticks


def spoiled_tick(patch: pytest.MonkeyPatch, **changes: Duration) -> None:
    taking(patch, assemble, "last_tick", lambda refresh: replace(refresh, **changes))


@fault("nightly", "training")
def tick_shown_a_microsecond_early(patch: pytest.MonkeyPatch) -> None:
    taking(patch, assemble, "last_tick", lambda refresh: replace(refresh, lag=Duration(refresh.lag.microseconds - 1)))


@fault("nightly", "training")
def lag_forgotten(patch: pytest.MonkeyPatch) -> None:
    spoiled_tick(patch, lag=Duration(0))


@fault("nightly", "training")
def offset_forgotten(patch: pytest.MonkeyPatch) -> None:
    spoiled_tick(patch, offset=Duration(0))


@fault("nightly")
def tick_is_not_loaded(patch: pytest.MonkeyPatch) -> None:
    def later(refresh: Refresh, since: int, until: int) -> bool:
        return (since - 1) // refresh.interval.microseconds < (until - 1) // refresh.interval.microseconds

    patch.setattr(load, "_has_tick", later)


# Tiles


@fault("traffic")
def events_of_one_time_in_two_tiles(patch: pytest.MonkeyPatch) -> None:
    def cut(_: Any, run: tuple[int, int], size: int) -> list[tuple[int, int]]:
        return [(start, min(start + size, run[1])) for start in range(run[0], run[1], size)]

    patch.setattr(ingest_tiles, "_cut", cut)


@fault("sums")
def event_at_the_end_of_a_tile_is_not_in_it(patch: pytest.MonkeyPatch) -> None:
    def tile_of(self: ingest_tiles.Directory, time: int) -> int | None:
        if not self.lasts or time >= self.lasts[-1]:
            return None
        return max(bisect_right(self.firsts, time) - 1, 0)

    patch.setattr(ingest_tiles.Directory, "tile_of", tile_of)


def spoiled_split(patch: pytest.MonkeyPatch, is_cut: Callable[[int, int, int], bool], *, settles: bool = True) -> None:
    def split(self: serve_tiles.TileReader, columns: Any, at: int) -> tuple[list[int], list[int]]:
        cuts = [at - boundary for boundary in self._tiling.boundaries]
        places = (serve_tiles._FIRST, serve_tiles._LAST, serve_tiles._SETTLED)
        firsts, lasts, settled = (columns[place].cast("int64").to_pylist() for place in places)
        whole: list[int] = []
        cut: list[int] = []
        for place, (first, last, since) in enumerate(zip(firsts, lasts, settled, strict=True)):
            if last < min(cuts) or first > at:
                continue
            is_split = (settles and since > at) or any(is_cut(first, moment, last) for moment in cuts)
            (cut if is_split else whole).append(place)
        return whole, cut

    patch.setattr(serve_tiles.TileReader, "_split", split)


@fault("traffic")
def tile_is_cut_after_its_last_event_only(patch: pytest.MonkeyPatch) -> None:
    spoiled_split(patch, lambda first, moment, last: first <= moment < last - 1)


@fault("traffic")
def tile_is_not_cut_by_windows(patch: pytest.MonkeyPatch) -> None:
    spoiled_split(patch, lambda *_: False)


@fault("sums")
def tile_counts_events_that_are_not_yet_visible(patch: pytest.MonkeyPatch) -> None:
    spoiled_split(patch, lambda first, moment, last: first <= moment <= last, settles=False)


@fault("traffic")
def tile_is_not_changed_by_a_late_event(patch: pytest.MonkeyPatch) -> None:
    entities = ingest_tiles.Tiler._entities

    def unchanged(self: Any, runs: Any, directories: Any, touched: Any, stored: Any, cutoff: int) -> Any:
        return entities(self, runs, directories, [], stored, cutoff)

    patch.setattr(ingest_tiles.Tiler, "_entities", unchanged)


@fault("sums")
def tile_counts_what_was_retracted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tiles, "_also", lambda made, _: made)


@fault("traffic")
def mean_of_tiles_is_the_greatest(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(tiles._COMBINED, "avg", tiles._extreme(exp.Greatest))


@fault("traffic")
def no_tile_makes_a_count_null(patch: pytest.MonkeyPatch) -> None:
    def count(builder: Any, function: exp.Expr, window: list[exp.Expr], rest: list[exp.Expr]) -> exp.Expr:
        found = tiles._count(builder, function, window, rest)
        found.find(exp.Coalesce).replace(found.find(exp.Coalesce).this)  # type: ignore[union-attr]
        return found

    patch.setitem(tiles._COMBINED, "count", count)
    patch.setitem(tiles._COMBINED, "count_star", count)
