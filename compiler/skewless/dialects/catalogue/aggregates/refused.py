"""Aggregates that no other engine computes as DuckDB does."""

from __future__ import annotations

from skewless.dialects.catalogue.aggregates.forms import everywhere
from skewless.dialects.catalogue.entry import Entry, Refused
from skewless.ground.dtypes import BIGINT, DOUBLE, TIMESTAMP

_APPROXIMATE = "no two engines have the same approximation"
_NEVER = [
    *(everywhere(f"{name}(ANY{rest})", BIGINT, Refused(_APPROXIMATE, instead)) for name, rest, instead in (
        ("approx_count_distinct", "", "write count(DISTINCT x)"),
        ("approx_quantile", ", CONSTANT DOUBLE", "write quantile_cont(x, 0.5)"),
        ("reservoir_quantile", ", CONSTANT DOUBLE", "write quantile_cont(x, 0.5)"),
        ("approx_top_k", ", CONSTANT INTEGER", "count each value with FILTER"),
    )),
    everywhere("histogram(ANY)", BIGINT, Refused("no feature has the type MAP", "count each value with FILTER")),
    *(everywhere(f"{name}(DOUBLE)", DOUBLE, Refused("no other engine adds up with compensation", f"write {plain}(x)"))
      for name, plain in (("fsum", "sum"), ("kahan_sum", "sum"), ("sumkahan", "sum"), ("favg", "avg"))),
    *(everywhere(f"avg({of})", TIMESTAMP, Refused(
        "DuckDB rounds the mean of moments in its own way", "write avg(epoch_us(x))")) for of in ("DATE", "TIMESTAMP")),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = tuple(_NEVER)
