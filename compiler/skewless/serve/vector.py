"""A feature vector: the values of a service for a batch of entity rows at one moment, each with a status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

Status = Literal["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """Columns of equal length, one value for each entity row, in the order of the request.

    `keys` are the entities' keys as they were asked for; `values` the features, in the service's order. `statuses` say
    of each value what it is: PRESENT, NULL_VALUE (the function is NULL), NOT_FOUND (nothing is known of the entity) or
    OUTSIDE_MAX_AGE (its latest row is older than the ttl). `event_timestamps` are the event times (naive UTC) of the
    newest row behind a value, None where there is none.
    """

    as_of: dt.datetime
    keys: Mapping[str, Sequence[Any]]
    values: Mapping[str, Sequence[Any]]
    types: Mapping[str, str]
    statuses: Mapping[str, Sequence[Status]]
    event_timestamps: Mapping[str, Sequence[dt.datetime | None]]

    def __len__(self) -> int:
        return len(next(iter((*self.keys.values(), *self.values.values())), ()))

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the service's order."""
        return tuple(self.values)

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
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """The features alone, rows by features, as 64-bit floats; NULL becomes NaN.

        Raises ValueError when a feature is no number.
        """
        import numpy as np

        rows = np.empty((len(self), len(self.values)), dtype=np.float64)
        for place, (name, column) in enumerate(self.values.items()):
            try:
                rows[:, place] = [np.nan if value is None else float(value) for value in column]
            except (TypeError, ValueError) as error:
                raise ValueError(f"the feature '{name}' is {self.types[name]}, which is no number") from error
        return rows
