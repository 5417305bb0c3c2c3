"""What is written out in the calls by which the functions of aggregates are proven."""

from __future__ import annotations

from portability.samples.sample import Samples

_FRACTIONS = [(text,) for text in ("0", "0.1", "0.25", "0.333", "0.5", "0.75", "0.9", "0.999", "1")]

SAMPLES: Samples = {"quantile_cont": _FRACTIONS, "quantile_disc": _FRACTIONS}
