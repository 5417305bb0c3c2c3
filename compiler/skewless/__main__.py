"""`python -m skewless`: the same command as `skewless`."""

from __future__ import annotations

from skewless.cli.main import main

if __name__ == "__main__":
    main()
