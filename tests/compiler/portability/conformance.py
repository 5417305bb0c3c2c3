"""Every entry of the catalogue as expressions over columns of its types."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

from portability.pools import has_values, type_named
from portability.samples import SAMPLES
from portability.samples.time import SPELLED
from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.catalogue.entry import Entry, Refused, Shape
from skewless.ground.dtypes import DataType

_INFIX = frozenset(
    ["+", "-", "*", "/", "//", "%", "=", "<>", "<", "<=", ">", ">=", "and", "or", "||", "like", "ilike", "&", "|",
     "<<", ">>", "is distinct from", "is not distinct from"]
)  # fmt: skip
_PREFIX = frozenset(["-", "not", "~"])
_SCALARS = ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL(12,2)", "VARCHAR", "DATE", "TIMESTAMP")
CONSTANTS = {"INTEGER": ("0", "1", "2", "3", "-1"), "VARCHAR": ("'a'",)}


def cases(names: Iterable[str] = (), shape: Shape = "scalar") -> list[tuple[tuple[str, ...], list[str]]]:
    """Types of columns, and the expressions over them."""
    wanted, found = frozenset(names), defaultdict(list)
    for entry in ENTRIES:
        if entry.shape == shape and not isinstance(entry.spark, Refused) and (not wanted or entry.name in wanted):
            for kinds, text in expressions_of(entry):
                found[kinds].append(text)
    return [(kinds, list(dict.fromkeys(texts))) for kinds, texts in found.items()]


def expressions_of(entry: Entry) -> list[tuple[tuple[str, ...], str]]:
    if any(parameter.text in ("ANY", "SCALAR", "ANY[]") for parameter in entry.parameters):
        return [one for kind in _SCALARS for one in _over(entry, kind) if has_values(one[0])]
    return _over(entry, "")


def _over(entry: Entry, any_kind: str) -> list[tuple[tuple[str, ...], str]]:
    parameters = [*entry.parameters, *([entry.parameters[-1]] if entry.is_variadic else [])]
    wanted = [one.text for one in parameters if one.is_constant and one.literal is None]
    found = []
    for constants in constants_of(entry, wanted):
        written, kinds, arguments = iter(constants), [], []
        for parameter in parameters:
            if parameter.literal is not None:
                arguments.append(parameter.text)
            elif parameter.is_constant:
                arguments.append(next(written))
            else:
                kinds.append("JSON" if entry.name.startswith("json_") else _kind(parameter.text, any_kind))
                arguments.append(f"c{len(kinds)}")
        if _usable(entry, arguments):
            found.append((tuple(kinds) or ("INTEGER",), call(entry.name, arguments)))
    return found


def constants_of(entry: Entry, wanted: Sequence[str]) -> list[tuple[str, ...]]:
    """What is written out where the entry wants constants of these types."""
    if not wanted:
        return [()]
    own = SAMPLES.get(entry.signature, SAMPLES.get(entry.name))
    if own is not None:
        return [constants for constants in own if len(constants) == len(wanted)]
    return list(itertools.product(*(CONSTANTS[kind] for kind in wanted)))


def _usable(entry: Entry, arguments: Sequence[str]) -> bool:
    constants = [None if one.startswith("c") else one.strip("'") for one in arguments]
    return entry.check is None or entry.check(constants) is None


def _kind(text: str, any_kind: str) -> str:
    if text == "ANY[]":
        return f"{any_kind}[]"
    return {"ANY": any_kind, "SCALAR": any_kind, "DECIMAL": "DECIMAL(12,2)"}.get(text, text)


def call(name: str, arguments: Sequence[str]) -> str:
    """The call as a model would write it."""
    if name in SPELLED:
        return SPELLED[name](arguments)
    if name in _PREFIX and len(arguments) == 1:
        return f"({name} {arguments[0]})"  # `~ a - b` is no legal text of a model
    if name in _INFIX:
        return f"({f' {name} '.join(arguments)})"
    if name.startswith("is "):
        return f"({arguments[0]} {name})"
    if name.endswith(" distinct"):
        return f"{name.removesuffix(' distinct')}(DISTINCT {', '.join(arguments)})"
    return f"{name}({', '.join(arguments)})"


def typed(kinds: Sequence[str]) -> dict[str, DataType]:
    """The columns `c1`, `c2` ... of these types."""
    return {f"c{place}": type_named(kind) for place, kind in enumerate(kinds, start=1)}
