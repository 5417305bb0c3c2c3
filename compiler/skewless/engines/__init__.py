"""SQL text into rows, in a warehouse. Drivers are imported where they connect."""
