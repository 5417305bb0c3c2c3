"""What the columns of a SELECT are: relation by relation, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.contract.names import AT, ROW
from skewless.dialects.lowering.core import ColumnType, Unportable, Untyped
from skewless.ground.dtypes import BIGINT, TIMESTAMP

Schema = Mapping[str, ColumnType]
"""The columns of a relation by name."""
Relations = Callable[[exp.Table], Schema | None]
"""The columns of a relation that a statement reads; None if nobody looked."""
NATIVE = "native"
"""In the `meta` of a relation that is written in the engine's own SQL already: its Schema."""
_OWN: Schema = {ROW: ColumnType(BIGINT), AT: ColumnType(TIMESTAMP)}
"""The columns that skewless gives to every relation of moments."""
_UNKNOWN = ColumnType(None)


@dataclass(frozen=True, slots=True)
class Scope:
    """The relations of one SELECT, by alias in lower case; those of the SELECT around it, where it is correlated."""

    relations: dict[str, Schema | None]
    outer: Scope | None = None
    outputs: dict[str, ColumnType] = field(default_factory=dict)
    """The columns of its SELECT list, as far as it has been read."""

    def column(self, node: exp.Column) -> ColumnType:
        """A column, or else an output of that name."""
        name = node.name.lower()
        if node.table:
            return self._of(node.table.lower(), name)
        for schema in self.relations.values():
            if schema is not None and name in schema:
                return schema[name]
        return self.outputs[name] if name in self.outputs else _OWN.get(name, _UNKNOWN)

    def ordered(self, node: exp.Column) -> ColumnType:
        """What ORDER BY means by a column: an output first."""
        name = node.name.lower()
        return self.outputs[name] if not node.table and name in self.outputs else self.column(node)

    def named(self, alias: str) -> Schema:
        """The columns of a relation. Raises Untyped if they are not known."""
        schema = self.relations.get(alias.lower())
        if schema is None:
            raise Untyped(f"the columns of {alias} are not known")
        return schema

    def _of(self, alias: str, name: str) -> ColumnType:
        if alias in self.relations:
            schema = self.relations[alias]
            return (_OWN if schema is None else schema).get(name, _UNKNOWN)
        if self.outer is None:
            raise Untyped(f"there is no relation {alias} here")
        return self.outer._of(alias, name)


def unread(_: exp.Table) -> None:
    """Relations that are as the engine has them: they are cast before anything else is done with them."""


def renamed(schema: Schema, alias: exp.Expr | None) -> Schema:
    """The schema under the names of `AS alias(a, b)`."""
    names = [one.name.lower() for one in alias.args.get("columns") or []] if alias is not None else []
    if not names:
        return schema
    if len(names) != len(schema):
        raise Unportable(alias or exp.Null(), "only some columns have a name after the alias", "name all of them")
    return dict(zip(names, schema.values(), strict=True))


def check_only(node: exp.Expr, allowed: Iterable[str]) -> None:
    """Raises Unportable if the node says more than the keys: it would be dropped."""
    known = frozenset(allowed)
    for key, value in node.args.items():
        if value and key not in known:
            word = key.rstrip("_").replace("_", " ").upper()
            raise Unportable(node, f"{word} has no proven meaning there", "write a plain SELECT, or leave it out")
