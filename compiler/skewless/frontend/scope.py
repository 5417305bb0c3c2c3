"""Relations, and the names that a query's expressions may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from skewless.contract.ir import Timing
from skewless.contract.names import EVENT_TIME, column
from skewless.frontend.faults import Faults
from skewless.frontend.positions import is_placed, place, place_as, position
from skewless.frontend.trees import is_call, own
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What a scan or a step yields, next to the time columns that travel unseen."""

    name: str
    columns: tuple[str, ...]
    timing: Timing | None
    """None for a static relation."""
    event_time: str | None
    """The column that holds the event time under the user's own name, if it still does."""
    ties: tuple[DataType, ...] | None
    """Types of the tie-break columns; None when equal event times cannot be told apart."""
    unique_by: frozenset[str] | None
    """Columns that identify a row of a static relation."""
    dated: bool = False
    """Whether `event_time` is a DATE: it orders rows as the event time does, and is a value of its own."""

    def spelled(self, name: str) -> str | None:
        """The column's own spelling; names are compared as DuckDB does, without regard to case."""
        return next((known for known in self.columns if known.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Scope:
    """The relations of one FROM clause by alias, in order; `merged` are USING columns and the alias that has them."""

    relations: dict[str, Relation]
    merged: dict[str, str]
    multiplied: exp.Expr | None = None
    """The join that may have made several rows of one, if there is one: nothing orders them then."""

    @property
    def timed(self) -> tuple[str, Relation] | None:
        """The one relation that gives the rows their time."""
        return next(((alias, known) for alias, known in self.relations.items() if known.timing is not None), None)

    @property
    def ties(self) -> tuple[DataType, ...] | None:
        """The tie-break types that rows carry; None if rows of equal event time cannot be told apart."""
        timed = self.timed
        return timed[1].ties if timed is not None and self.multiplied is None else None

    @property
    def order_help(self) -> str:
        """What would give the rows a total order."""
        if self.multiplied is not None:
            return "join it by its whole primary_key, which its source must declare, so that a row finds one partner"
        return "give the source a primary_key or a tie_break"

    def alias(self, name: str) -> str | None:
        return next((alias for alias in self.relations if alias.lower() == name.lower()), None)

    def columns(self) -> Iterable[tuple[str, str]]:
        """(alias, column) of everything in scope; a USING column once."""
        for alias, relation in self.relations.items():
            for name in relation.columns:
                if self.merged.get(name.lower(), alias) == alias:
                    yield alias, name


@dataclass(frozen=True, slots=True)
class Resolver:
    """Qualifies the columns of expressions, in place, against one scope."""

    scope: Scope
    faults: Faults

    def resolve(self, expression: exp.Expr, aliases: dict[str, exp.Expr] | None = None) -> exp.Expr:
        """The expression with every column qualified and `event_time()` replaced.

        `aliases` are earlier items of the SELECT list, which DuckDB lets later ones use; columns win over them.
        """
        holder = exp.Paren(this=expression)
        _bind_variables(holder)
        for node in list(own(holder, exp.Column)):
            if isinstance(node, exp.Column):
                node.replace(self._column(node, aliases or {}))
        for call in list(holder.find_all(exp.Anonymous)):
            if is_call(call, "event_time"):
                call.replace(self._event_time(call))
        return holder.this  # type: ignore[no-any-return]

    def _column(self, node: exp.Column, aliases: dict[str, exp.Expr]) -> exp.Expr:
        found = self._qualified(node) if node.table else self._unqualified(node, aliases)
        if found is None:
            return node
        first = node.args.get("table") or node.this
        if is_placed(first) and is_placed(node.this):
            place(found, position(first)["start"], position(node.this)["end"])
        return found

    def _qualified(self, node: exp.Column) -> exp.Expr | None:
        alias = self.scope.alias(node.table)
        if alias is None:
            self.faults.report(
                "unknown-column",
                node,
                f"no relation here is called '{node.table}'",
                did_you_mean(node.table, self.scope.relations)
                or f"relations in this FROM: {', '.join(self.scope.relations)}",
            )
            return None
        relation = self.scope.relations[alias]
        if (name := relation.spelled(node.name)) is None:
            self._unknown(node, f"'{alias}' has no column '{node.name}'", relation.columns)
            return None
        return column(name, alias)

    def _unqualified(self, node: exp.Column, aliases: dict[str, exp.Expr]) -> exp.Expr | None:
        found = [(alias, name) for alias, name in self.scope.columns() if name.lower() == node.name.lower()]
        if len(found) > 1:
            self.faults.report(
                "ambiguous-column",
                node,
                f"'{node.name}' could be a column of {' or '.join(alias for alias, _ in found)}",
                f"write {' or '.join(f'{alias}.{name}' for alias, name in found)}",
            )
            return None
        if found:
            return column(found[0][1], found[0][0])
        if (earlier := aliases.get(node.name.lower())) is not None:
            return earlier.copy() if isinstance(earlier, exp.Column | exp.Literal) else exp.Paren(this=earlier.copy())
        self._unknown(node, f"there is no column '{node.name}'", [name for _, name in self.scope.columns()])
        return None

    def _unknown(self, node: exp.Column, message: str, known: Iterable[str]) -> None:
        names = list(dict.fromkeys(known))
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        self.faults.report("unknown-column", node, message, did_you_mean(node.name, names) or f"columns here: {shown}")

    def _event_time(self, node: exp.Anonymous) -> exp.Expr:
        if (timed := self.scope.timed) is None:
            self.faults.report(
                "missing-event-time", node, "there is no timed source here, so rows have no event time",
                "read from a source with an event_time",
            )  # fmt: skip
            return node
        return place_as(column(EVENT_TIME, timed[0]), node)


def _bind_variables(tree: exp.Expr) -> None:
    """Marks the variables of lambdas and list comprehensions, so that no column of that name is read instead.

    sqlglot does so for lambdas, but with regard to case.
    """
    for node in list(tree.find_all(exp.Lambda, exp.Comprehension)):
        variables = [*node.expressions, node.args.get("expression"), node.args.get("position")]
        names = {variable.name.lower() for variable in variables if isinstance(variable, exp.Identifier | exp.Column)}
        for body in (node.this, node.args.get("condition")):
            for found in list(body.find_all(exp.Column)) if body is not None else []:
                if isinstance(found, exp.Column) and not found.table and found.name.lower() in names:
                    found.replace(found.this)
