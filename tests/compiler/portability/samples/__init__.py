"""Constants for the functions that want some of their arguments written out."""

from __future__ import annotations

from portability.samples import aggregates, lists, text, time, windows
from portability.samples.sample import Samples

SAMPLES: Samples = {
    **text.SAMPLES, **time.SAMPLES, **lists.SAMPLES, **aggregates.SAMPLES, **windows.SAMPLES
}  # fmt: skip
