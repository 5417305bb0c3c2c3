"""What is written out in a call: constants by the name of the function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Samples = Mapping[str, Sequence[tuple[str, ...]]]
"""Name of a function or a signature (which wins) to the texts, as SQL, of its constant parameters in their order."""
