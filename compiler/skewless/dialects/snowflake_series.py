"""A row of each moment of a series: the series is a whole number of steps, which are counted in a lateral join.

https://docs.snowflake.com/en/sql-reference/functions/array_generate_range gives the numbers of the steps, and
https://docs.snowflake.com/en/sql-reference/functions/flatten makes a row of each, in a column VALUE.
"""

from __future__ import annotations

from sqlglot import exp

from skewless.ground.durations import MICROSECONDS

_MARK = "_SERIES"
_TICKS = "_ticks"


def series(first: exp.Expr, last: exp.Expr, step: exp.Expr) -> exp.Expr:
    """What stands in the SELECT list until `unrolled` has seen the SELECT."""
    return exp.Anonymous(this=_MARK, expressions=[first, last, step])


def unrolled(select: exp.Select) -> exp.Expr:
    """The SELECT with the rows of the series in its SELECT list, if there is one."""
    for item in select.expressions:
        mark = item.this if isinstance(item, exp.Alias) else item
        if isinstance(mark, exp.Anonymous) and mark.this == _MARK:
            first, last, step = mark.expressions
            width = exp.Literal.number(_microseconds(step))
            mark.replace(_moment(first, width.copy()))
            select.append("joins", exp.Join(this=_counted(first, last, width)))
    return select


def _microseconds(step: exp.Expr) -> int:
    return int(step.this.name) * MICROSECONDS[step.args["unit"].name.lower()]


def _moment(first: exp.Expr, width: exp.Expr) -> exp.Expr:
    number = exp.Cast(this=_name("VALUE", _TICKS), to=exp.DataType.build("NUMBER(19, 0)", dialect="snowflake"))
    return _call("DATEADD", exp.var("MICROSECOND"), exp.Mul(this=number, expression=width), first.copy())


def _counted(first: exp.Expr, last: exp.Expr, width: exp.Expr) -> exp.Expr:
    """The whole steps from the first moment to the last, from 0; a quotient would be rounded before it is cut."""
    length = _call("DATEDIFF", exp.var("MICROSECOND"), first.copy(), last.copy())
    whole = exp.Div(
        this=exp.paren(exp.Sub(this=length, expression=_call("MOD", length.copy(), width.copy()))), expression=width
    )
    count = exp.Case(
        ifs=[exp.If(this=exp.GTE(this=last.copy(), expression=first.copy()), true=_plus_one(whole))],
        default=exp.Literal.number(0),
    )
    steps = _call("ARRAY_GENERATE_RANGE", exp.Literal.number(0), count)
    rows = _call("FLATTEN", exp.Kwarg(this=exp.var("INPUT"), expression=steps))
    return exp.Lateral(this=rows, alias=exp.TableAlias(this=exp.Identifier(this=_TICKS, quoted=True)))


def _plus_one(tree: exp.Expr) -> exp.Expr:
    """A count is a whole number, which the quotient is only in value."""
    one = exp.Add(this=tree, expression=exp.Literal.number(1))
    return exp.Cast(this=one, to=exp.DataType.build("NUMBER(19, 0)", dialect="snowflake"))


def _name(name: str, table: str) -> exp.Expr:
    return exp.Column(this=exp.Identifier(this=name, quoted=True), table=exp.Identifier(this=table, quoted=True))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))
