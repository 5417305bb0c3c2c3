"""A node of sqlglot's tree as a call: DuckDB's name of the function or operator, and its arguments in that order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from skewless.dialects.catalogue.time.units import UNITS
from skewless.dialects.functions import function_name


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[exp.Expr, ...]


_NAMED: dict[type[exp.Expr], tuple[str, tuple[str, ...]]] = {
    exp.Add: ("+", ("this", "expression")),
    exp.Sub: ("-", ("this", "expression")),
    exp.Mul: ("*", ("this", "expression")),
    exp.Div: ("/", ("this", "expression")),
    exp.IntDiv: ("//", ("this", "expression")),
    exp.Mod: ("%", ("this", "expression")),
    exp.Neg: ("-", ("this",)),
    exp.Pow: ("power", ("this", "expression")),
    exp.EQ: ("=", ("this", "expression")),
    exp.NEQ: ("<>", ("this", "expression")),
    exp.LT: ("<", ("this", "expression")),
    exp.LTE: ("<=", ("this", "expression")),
    exp.GT: (">", ("this", "expression")),
    exp.GTE: (">=", ("this", "expression")),
    exp.NullSafeEQ: ("is not distinct from", ("this", "expression")),
    exp.NullSafeNEQ: ("is distinct from", ("this", "expression")),
    exp.And: ("and", ("this", "expression")),
    exp.Or: ("or", ("this", "expression")),
    exp.Not: ("not", ("this",)),
    exp.Between: ("between", ("this", "low", "high")),
    exp.BitwiseAnd: ("&", ("this", "expression")),
    exp.BitwiseOr: ("|", ("this", "expression")),
    exp.BitwiseXor: ("xor", ("this", "expression")),
    exp.BitwiseNot: ("~", ("this",)),
    exp.BitwiseLeftShift: ("<<", ("this", "expression")),
    exp.BitwiseRightShift: (">>", ("this", "expression")),
    exp.Coalesce: ("coalesce", ("this", "expressions")),
    exp.Greatest: ("greatest", ("this", "expressions")),
    exp.Least: ("least", ("this", "expressions")),
    exp.Nullif: ("nullif", ("this", "expression")),
    exp.Round: ("round", ("this", "decimals")),
    exp.Trunc: ("trunc", ("this", "decimals")),
    exp.Cbrt: ("cbrt", ("this",)),
    exp.IsNan: ("isnan", ("this",)),
    exp.IsInf: ("isinf", ("this",)),
    exp.Length: ("length", ("this",)),
    exp.Replace: ("replace", ("this", "expression", "replacement")),
    exp.StrPosition: ("strpos", ("this", "substr")),
    exp.Contains: ("contains", ("this", "expression")),
    exp.StartsWith: ("starts_with", ("this", "expression")),
    exp.EndsWith: ("ends_with", ("this", "expression")),
    exp.Repeat: ("repeat", ("this", "times")),
    exp.SplitPart: ("split_part", ("this", "delimiter", "part_index")),
    exp.Split: ("string_split", ("this", "expression")),
    exp.RegexpLike: ("regexp_matches", ("this", "expression", "flag")),
    exp.RegexpFullMatch: ("regexp_full_match", ("this", "expression", "options")),
    exp.RegexpReplace: ("regexp_replace", ("this", "expression", "replacement", "modifiers")),
    exp.RegexpExtract: ("regexp_extract", ("this", "expression", "group")),
    exp.RegexpExtractAll: ("regexp_extract_all", ("this", "expression", "group")),
    exp.TimestampTrunc: ("date_trunc", ("unit", "this")),
    exp.DateTrunc: ("date_trunc", ("unit", "this")),
    exp.DateDiff: ("date_diff", ("unit", "expression", "this")),
    exp.Extract: ("date_part", ("this", "expression")),
    exp.TimeToUnix: ("epoch", ("this",)),
    exp.StrToTime: ("strptime", ("this", "format")),
    exp.DateFromParts: ("make_date", ("year", "month", "day")),
    exp.TimestampFromParts: ("make_timestamp", ("year", "month", "day", "hour", "min", "sec")),
    exp.DayOfWeekIso: ("isodow", ("this",)),
    exp.DayOfMonth: ("day", ("this",)),
    exp.DayOfWeek: ("dayofweek", ("this",)),
    exp.DayOfYear: ("dayofyear", ("this",)),
    exp.WeekOfYear: ("weekofyear", ("this",)),
    exp.LastDay: ("last_day", ("this",)),
    exp.ArraySize: ("length", ("this",)),
    exp.ArrayContains: ("list_contains", ("this", "expression")),
    exp.ArrayMin: ("list_min", ("this",)),
    exp.ArrayMax: ("list_max", ("this",)),
    exp.ArrayDistinct: ("list_distinct", ("this",)),
    exp.ArrayConcat: ("list_concat", ("this", "expressions")),
    exp.ArrayAppend: ("list_append", ("this", "expression")),
    exp.ArrayToString: ("array_to_string", ("this", "expression")),
    exp.ArrayOverlaps: ("list_has_any", ("this", "expression")),
    exp.ArrayContainsAll: ("list_has_all", ("this", "expression")),
    exp.ArrayContainedBy: ("list_has_all", ("expression", "this")),
    exp.ArrayPosition: ("list_position", ("this", "expression")),
    exp.ArrayPrepend: ("list_prepend", ("expression", "this")),
    exp.ArrayReverse: ("list_reverse", ("this",)),
    exp.Count: ("count", ("this", "expressions")),
    exp.Stddev: ("stddev_samp", ("this",)),
    exp.Variance: ("var_samp", ("this",)),
    exp.VariancePop: ("var_pop", ("this",)),
    exp.Quantile: ("quantile_disc", ("this", "quantile")),
    exp.Lag: ("lag", ("this", "offset", "default")),
    exp.Lead: ("lead", ("this", "offset", "default")),
    exp.NthValue: ("nth_value", ("this", "offset")),
    exp.Ntile: ("ntile", ("this",)),
}  # fmt: skip
# Other spellings of one function.
_SAME = {
    "ceiling": "ceil", "pow": "power", "mean": "avg", "stddev": "stddev_samp", "variance": "var_samp",
    "rank_dense": "dense_rank",
    "max_by": "arg_max", "min_by": "arg_min", "argmax": "arg_max", "argmin": "arg_min", "countif": "count_if",
    "list_extract": "list_element", "array_extract": "list_element", "list_indexof": "list_position",
    "array_indexof": "list_position", "array_position": "list_position", "fmod": "%", "mod": "%", "add": "+",
    "subtract": "-", "multiply": "*", "suffix": "ends_with", "prefix": "starts_with", "quantile": "quantile_disc",
    "weekday": "dayofweek", "week": "weekofyear", "array_agg": "list", "group_concat": "string_agg",
    "listagg": "string_agg", "ord": "unicode", "date_sub": "datesub", "date_part": "date_part",
    "datepart": "date_part", "list_cat": "list_concat", "array_concat": "list_concat", "sha": "sha1",
    "array_has_any": "list_has_any", "array_push_back": "list_append", "list_pack": "list_value",
}  # fmt: skip


_BY_UNIT = frozenset({"date_trunc", "date_diff", "datesub", "date_part"})
"""Their first argument is a unit of time, which has many spellings."""
_OF_NUMBER = {"3": "epoch_ms", "6": "make_timestamp"}
"""DuckDB's functions that sqlglot reads as one, by the digits of their seconds."""


def call_of(node: exp.Expr) -> Call | None:
    """The call that a node is; None for what has a structure of its own (columns, CASE, casts, windows)."""
    call = _call_of(node)
    if call is None or call.name not in _BY_UNIT or not call.arguments:
        return call
    unit, *rest = call.arguments
    known = UNITS.get(unit.name.lower(), unit.name.lower()) if isinstance(unit, exp.Literal | exp.Var) else None
    return call if known is None else Call(call.name, (exp.Literal.string(known), *rest))


def _call_of(node: exp.Expr) -> Call | None:
    if isinstance(node, exp.Log):
        return _logarithm(node)
    if isinstance(node, exp.Trim):
        return _trim(node)
    if isinstance(node, exp.Pad):
        return Call(
            "lpad" if node.args.get("is_left") else "rpad", _arguments(node, ("this", "expression", "fill_pattern"))
        )
    if isinstance(node, exp.UnixToTime):
        scale = node.args.get("scale")
        return Call("to_timestamp" if scale is None else _OF_NUMBER.get(scale.name, ""), (node.this,))
    if isinstance(node, exp.ArraySort):
        return _sort(node)
    if isinstance(node, exp.SHA2):
        return Call(f"sha{node.args['length'].name}", (node.this,))
    if (known := _NAMED.get(type(node))) is not None:
        name, keys = known
        return Call(" with ".join([name, *_unknown(node, keys)]), _arguments(node, keys))
    if isinstance(node, exp.Is):
        what = node.expression
        word = "null" if isinstance(what, exp.Null) else "true" if what.this else "false"
        return Call(f"is {word}", (node.this,))
    if isinstance(node, exp.Func):
        name = function_name(node) or ""
        keys = ("expressions",) if isinstance(node, exp.Anonymous) else tuple(node.arg_types)
        return Call(_SAME.get(name, name), _arguments(node, keys))
    return None


def _arguments(node: exp.Expr, keys: tuple[str, ...]) -> tuple[exp.Expr, ...]:
    found: list[exp.Expr] = []
    for key in keys:
        value = node.args.get(key)
        found += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, exp.Expr)]
    return tuple(found)


def _sort(node: exp.ArraySort) -> Call:
    name = "list_reverse_sort" if _is_false(node.args.get("asc")) else "list_sort"
    return Call(name if _is_false(node.args.get("nulls_first")) else f"{name} with nulls first", (node.this,))


def _is_false(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Boolean) and not node.this


def _unknown(node: exp.Expr, keys: tuple[str, ...]) -> list[str]:
    """What is written in a call besides the arguments that its name is known for."""
    return [
        key for key, value in node.args.items()
        if value and key not in keys and (key == "negate" or not isinstance(value, bool))
    ]  # fmt: skip


def _logarithm(node: exp.Log) -> Call:
    """sqlglot reads log2 and log10 as `log(base, x)`."""
    if node.args.get("expression") is None:
        return Call("log10", (node.this,))
    if isinstance(node.this, exp.Literal) and node.this.name in ("2", "10"):
        return Call(f"log{node.this.name}", (node.expression,))
    return Call("log", (node.this, node.expression))


def _trim(node: exp.Trim) -> Call:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position")), "trim")
    return Call(name, _arguments(node, ("this", "expression")))
