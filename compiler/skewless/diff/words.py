"""What makes two definitions differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from skewless.codegen.canonical import anonymous, canonical
from skewless.codegen.meaning import source_rules
from skewless.contract.ir import Feature, Field, Pipeline
from skewless.contract.names import EVENT, REQUEST
from skewless.contract.windows import moment_offset
from skewless.dialects.emit import emit
from skewless.ground.durations import Duration

_LONGEST = 160
_LED_BY = 40
"""How much of what two long texts have in common is shown before they part."""
_CLAUSES: Mapping[str, str] = {
    "distinct": "DISTINCT",
    "from_": "FROM",
    "joins": "JOIN",
    "where": "WHERE",
    "group": "GROUP BY",
    "having": "HAVING",
    "windows": "WINDOW",
    "qualify": "QUALIFY",
    "order": "ORDER BY",
    "limit": "LIMIT",
}


def changed(what: str, before: object, now: object) -> str:
    """`ttl: 1 hour -> 2 hours`. Definitions that differ may read the same: then that is what is told of them."""
    old, new = str(before), str(now)
    if old == new:
        return f"{what} is defined in another way: {_short(old)}"
    if _short(old) == _short(new):
        start = max(0, _parting(old, new) - _LED_BY)
        old, new = f"...{old[start:]}", f"...{new[start:]}"
    return f"{what}: {_short(old)} -> {_short(new)}"


def of_expression(before: Feature, now: Feature) -> list[str]:
    """Why the expression of a feature has another meaning; nothing if it has the same."""
    if canonical(before.expression) == canonical(now.expression):
        return []
    if canonical(before.expression, with_lengths=False) == canonical(now.expression, with_lengths=False):
        was, is_ = _lengths(before.expression, now.expression)
        if was != is_:  # they are the same where windows change places
            return [changed(f"window of {now.name}", was, is_)]
    return [changed(now.name, shown(before.expression), shown(now.expression))]


def of_sources(before: Pipeline, now: Pipeline) -> Iterator[str]:
    """Rules of sources that both read; sources that only one of them reads."""
    old = {scan.source.name: source_rules(scan) for scan in before.scans}
    new = {scan.source.name: source_rules(scan) for scan in now.scans}
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield f"{name} is not read any more"
        elif name not in old:
            yield f"{name} is read"
        else:
            rules = dict.fromkeys((*old[name], *new[name]))
            for rule in rules:
                first, second = old[name].get(rule, "none"), new[name].get(rule, "none")
                if rule == "columns":
                    yield from _of_columns(name, first, second)
                elif first != second:
                    yield changed(f"{rule} of {name}", first, second)


def of_landings(before: Pipeline, now: Pipeline) -> dict[str, str]:
    """Sources that both read, whose streams land their rows elsewhere now, and that in words."""
    old = {scan.source.name: scan.source.landed for scan in before.scans}
    new = {scan.source.name: scan.source.landed for scan in now.scans}
    return {
        name: changed(f"land of {name}", old[name] or "none", new[name] or "none")
        for name in old
        if name in new and old[name] != new[name]
    }


def of_rows(before: Pipeline, now: Pipeline) -> Iterator[str]:
    """Clauses that differ, step by step; steps are told apart by what the user calls them."""
    old, new = _by_name(before), _by_name(now)
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"{name} is gone"
        elif name not in old:
            yield f"{name} is new: {_short(_text(new[name]))}"
        else:
            yield from _of_query(name, old[name], new[name])


def shown(expression: exp.Expr) -> str:
    """An expression as the user wrote it, nearly: windows as `last('1 hour')`, columns without their relation."""
    holder = exp.Paren(this=expression.copy())
    for node in list(holder.find_all(exp.GTE)):
        if (offset := moment_offset(node)) is not None and offset > 0:
            node.replace(exp.Anonymous(this="last", expressions=[exp.Literal.string(str(Duration(offset)))]))
    for found in holder.find_all(exp.Column):
        if found.table in (EVENT, REQUEST):
            found.set("table", None)
    return _text(holder.this)


def typed(fields: Sequence[Field]) -> str:
    return ", ".join(f"{known.name} {known.dtype}" for known in fields) or "none"


def _of_columns(source: str, before: str, now: str) -> Iterator[str]:
    """Types, and the order of columns where it counts: that more or fewer are read changes nothing by itself."""
    old, new = (dict(one.split(" ", 1) for one in text.split(", ") if one) for text in (before, now))
    both = [[name for name in one if name in old.keys() & new.keys()] for one in (old, new)]
    if both[0] != both[1]:
        yield changed(f"order of columns of {source}", *map(", ".join, both))
    for name in old:
        if name in new and old[name] != new[name]:
            yield changed(f"type of {source}.{name}", old[name], new[name])


def _by_name(pipeline: Pipeline) -> dict[str, exp.Query]:
    """The last step is called `the rows`, whatever the compiler calls it."""
    return {"the rows" if step.name == pipeline.output else step.name: step.query for step in pipeline.steps}


def _of_query(name: str, before: exp.Query, now: exp.Query) -> Iterator[str]:
    old, new = anonymous(before), anonymous(now)
    if canonical(old) == canonical(new):
        return
    if not isinstance(old, exp.Select) or not isinstance(new, exp.Select):
        yield changed(name, _text(before), _text(now))
        return
    for key, words in _CLAUSES.items():
        if _meaning(old, key) != _meaning(new, key):
            yield changed(f"{words} of {name}", _clause(before, key) or "none", _clause(now, key) or "none")
    texts = [{item.alias_or_name: _text(item.unalias()) for item in one.selects} for one in (before, now)]
    columns = [{item.alias_or_name: canonical(item) for item in one.expressions} for one in (old, new)]
    for column in columns[0]:
        if column in columns[1] and columns[0][column] != columns[1][column]:
            yield changed(f"{column} of {name}", texts[0][column], texts[1][column])


def _meaning(query: exp.Select, key: str) -> list[str]:
    return [canonical(item) for item in _items(query, key)]


def _clause(query: exp.Query, key: str) -> str:
    texts = ["DISTINCT" if key == "distinct" else _text(item) for item in _items(query, key)]
    return ", ".join(text.removeprefix(f"{_CLAUSES[key]} ") for text in texts)


def _items(query: exp.Query, key: str) -> list[exp.Expr]:
    found = query.args.get(key) or []
    return found if isinstance(found, list) else [found]


def _lengths(before: exp.Expr, now: exp.Expr) -> tuple[str, str]:
    """The windows of two expressions that differ in nothing else: those that are not the same."""
    old, new = (
        [str(Duration(offset)) for node in tree.walk() if (offset := moment_offset(node)) is not None and offset >= 0]
        for tree in (before, now)
    )
    pairs = [pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]]
    return ", ".join(dict.fromkeys(one for one, _ in pairs)), ", ".join(dict.fromkeys(other for _, other in pairs))


def _text(tree: exp.Expr) -> str:
    return emit(tree, pretty=False, comments=False)


def _parting(one: str, other: str) -> int:
    """The place of the first letter that differs."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
