"""A tree and a dialect into SQL text with that engine's exact meaning."""
