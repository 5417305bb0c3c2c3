"""Pages that open without a network: a frame, plots as SVG, and the report of the monitor."""
