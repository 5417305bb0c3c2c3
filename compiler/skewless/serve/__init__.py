"""The serving process: bundles and stores into feature vectors. It loads neither Jinja, sqlglot, YAML nor click."""

from __future__ import annotations

from skewless.ingest.written import Rejected, Written
from skewless.serve.server import FeatureServer
from skewless.serve.vector import Vector

__all__ = ["FeatureServer", "Rejected", "Vector", "Written"]
