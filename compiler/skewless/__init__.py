"""skewless: write a feature once as SQL; train and serve the same value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skewless.ground.version import VERSION

if TYPE_CHECKING:
    from skewless.api import Project as Project
    from skewless.serve.server import FeatureServer as FeatureServer

__version__ = VERSION
__all__ = ["FeatureServer", "Project", "__version__"]


def __getattr__(name: str) -> Any:
    """Loads on first use: a serving process must not load the compiler, and `--help` neither (PEP 562)."""
    if name == "Project":
        from skewless.api import Project

        return Project
    if name == "FeatureServer":
        from skewless.serve.server import FeatureServer

        return FeatureServer
    raise AttributeError(f"module 'skewless' has no attribute '{name}'")
