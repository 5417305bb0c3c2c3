"""What is written out in the calls by which the functions of aggregates are proven."""

from __future__ import annotations

from portability.samples.sample import Samples

SAMPLES: Samples = {}
