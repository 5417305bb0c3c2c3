"""The kinds of value that keys of YAML files hold: names, types, durations."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.moments import instant


def spelled(pattern: str, expected: str) -> AfterValidator:
    """Text of a certain form. `expected` says in messages what the text is not, and how to write it."""
    form = re.compile(pattern)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(f"'{value}' is not {expected}")
        return value

    return AfterValidator(check)


def _names(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _data_type(value: Any) -> DataType:
    if not isinstance(value, str):
        raise ValueError(f"a type is text such as 'bigint', not {_shown(value)}")
    return DataType.parse(value)


def _duration(value: Any) -> Duration:
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not a duration; write a number and a unit, such as '1 hour' or '7 days'")
    return Duration.parse(value)


def _moment(value: Any) -> int:
    try:
        return instant(value)
    except (TypeError, ValueError):
        raise ValueError(f"{_shown(value)} is not a moment; write one such as 2026-06-12 10:00:00") from None


def _duration_text(value: Any) -> str:
    _duration(value)
    return str(value)


def _data_type_text(value: Any) -> str:
    _data_type(value)
    return str(value)


def _one_or_more(value: Any) -> str | list[str]:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        return value
    raise ValueError(f"{_shown(value)} is neither a name nor a list of names")


def _version(value: Any) -> str | int | float:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    raise ValueError(f"a version is text or a number, not {_shown(value)}")


def _shown(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"'{value}'"


Name = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_names)]
"""One name or a list of them; always a tuple."""
Written = Annotated[str, BeforeValidator(_number_as_text)]
"""Text, or a number that was meant as text: `version: 1.0`."""
TypeOf = Annotated[DataType, PlainValidator(_data_type)]
Length = Annotated[Duration, PlainValidator(_duration)]
Moment = Annotated[int, PlainValidator(_moment)]
"""Microseconds since 1970."""
LengthText = Annotated[str, PlainValidator(_duration_text)]
"""A duration, checked and left as it was written."""
TypeText = Annotated[str, PlainValidator(_data_type_text)]
NameOrNames = Annotated[str | list[str], PlainValidator(_one_or_more)]
Version = Annotated[str | int | float, PlainValidator(_version)]
