"""What has a structure of its own, and how it is lowered: everything that is no plain call."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from skewless.dialects.lowering import aggregates, choices, json, lists, moments, texts, values, windows
from skewless.dialects.lowering.core import Structure

_AGGREGATES = tuple(function for function in exp.ALL_FUNCTIONS if issubclass(function, exp.AggFunc))
STRUCTURES: Mapping[type[exp.Expr], Structure] = {
    exp.Column: values.column,
    exp.Literal: values.literal,
    exp.Neg: values.negative,
    exp.Var: values.word,
    exp.Anonymous: values.anonymous,
    exp.Placeholder: values.placeholder,
    exp.Null: values.null,
    exp.Boolean: values.boolean,
    exp.Paren: values.paren,
    exp.Cast: values.cast,
    exp.TryCast: values.cast,
    exp.Interval: moments.interval,
    exp.Add: moments.plus,
    exp.Sub: moments.plus,
    exp.DateAdd: moments.plus,
    exp.DateBin: moments.bucket,
    exp.TimeToStr: moments.formatted,
    exp.Date: values.date,
    exp.Case: choices.case,
    exp.If: choices.case,
    exp.Div: choices.divided,
    exp.Nullif: choices.nullif,
    exp.Between: choices.between,
    exp.In: choices.within,
    exp.Bracket: lists.bracket,
    exp.Array: lists.listed,
    exp.Like: texts.like,
    exp.ILike: texts.like,
    exp.Escape: texts.escaped,
    exp.Concat: texts.joined,
    exp.DPipe: texts.joined,
    exp.ConcatWs: texts.joined_by,
    exp.RawString: texts.raw,
    exp.Substring: texts.substring,
    exp.JSONExtractScalar: json.extracted,
    exp.JSONExtract: json.structure,
    exp.Filter: aggregates.filtered,
    exp.WithinGroup: aggregates.within_group,
    exp.IgnoreNulls: aggregates.ignoring_nulls,
    exp.Window: lambda lowering, node: windows.windowed(lowering, node, {}),
    **dict.fromkeys(_AGGREGATES, aggregates.aggregate),
}
