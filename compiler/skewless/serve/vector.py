"""A feature vector: the values of a service for a batch of entity rows at one moment, each with a status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from skewless.ground.errors import DriverMissing
from skewless.ground.moments import moment_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

Status = Literal["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE", "INVALID"]


@dataclass(frozen=True)
class Explained:
    """What is known of each entity row: its status (None: all PRESENT), the newest row's event time in microseconds."""

    statuses: Sequence[Status] | None
    event_times: Sequence[int | None]

    def statuses_of(self, values: Sequence[Any]) -> list[Status]:
        """The status of each value: one that is present may still be NULL."""
        if self.statuses is None:
            return ["NULL_VALUE" if value is None else "PRESENT" for value in values]
        return [
            "NULL_VALUE" if value is None and status == "PRESENT" else status
            for value, status in zip(values, self.statuses, strict=True)
        ]

    @cached_property
    def moments(self) -> list[dt.datetime | None]:
        """The event times as naive UTC."""
        return [None if time is None else moment_of(time) for time in self.event_times]


@dataclass(frozen=True, kw_only=True)
class Vector:
    """Columns of equal length, one value for each entity row, in the order of the request.

    `keys` and `fields` are the entities' keys and the request fields as they were asked for, in their types; `values`
    the features, in the service's order. `types` has the types of keys and features. `explained` says of each feature
    what is known of the rows behind it.
    """

    as_of: dt.datetime
    keys: Mapping[str, Sequence[Any]]
    fields: Mapping[str, Sequence[Any]]
    values: Mapping[str, Sequence[Any]]
    types: Mapping[str, str]
    explained: Mapping[str, Explained]
    errors: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """Of a partial answer: feature to the rows, by number from 0, for which it cannot be computed, and why. The values
    there are None, which is not what the function is."""

    def __len__(self) -> int:
        return len(next(iter((*self.keys.values(), *self.values.values())), ()))

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the service's order."""
        return tuple(self.values)

    @cached_property
    def statuses(self) -> Mapping[str, Sequence[Status]]:
        """Of each value what it is: PRESENT, NULL_VALUE (the function is NULL), NOT_FOUND (nothing is known of the
        entity), OUTSIDE_MAX_AGE (its latest row is older than the ttl) or INVALID (it cannot be computed)."""
        statuses = {name: self.explained[name].statuses_of(column) for name, column in self.values.items()}
        for name, rows in self.errors.items():
            for row in rows:
                statuses[name][row] = "INVALID"
        return statuses

    @cached_property
    def event_timestamps(self) -> Mapping[str, Sequence[dt.datetime | None]]:
        """The event times (naive UTC) of the newest row behind each value, None where there is none."""
        return {name: self.explained[name].moments for name in self.values}

    def to_dict(self) -> dict[str, list[Any]]:
        """Keys first, then features: column to values."""
        return {name: list(column) for name, column in (*self.keys.items(), *self.values.items())}

    def to_arrow(self) -> pa.Table:
        """The same columns as a table, each in its declared type."""
        import pyarrow as pa

        from skewless.contract.arrow import arrow_type
        from skewless.ground.dtypes import DataType

        columns = {**self.keys, **self.values}
        return pa.table(
            {name: pa.array(column, arrow_type(DataType.parse(self.types[name]))) for name, column in columns.items()}
        )

    def to_pandas(self) -> pd.DataFrame:
        """The same columns as a data frame."""
        if find_spec("pandas") is None:
            raise DriverMissing("Vector.to_pandas", "pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """The features alone, rows by features, as 64-bit floats; NULL becomes NaN.

        Raises ValueError when a feature is no number.
        """
        try:
            import numpy as np
        except ImportError as error:
            raise DriverMissing("Vector.to_numpy", "pandas") from error

        rows = np.empty((len(self), len(self.values)), dtype=np.float64)
        for place, (name, column) in enumerate(self.values.items()):
            try:
                rows[:, place] = [np.nan if value is None else float(value) for value in column]
            except (TypeError, ValueError) as error:
                raise ValueError(f"the feature '{name}' is {self.types[name]}, which is no number") from error
        return rows
