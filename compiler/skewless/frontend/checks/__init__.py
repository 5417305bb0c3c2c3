"""Faults of a bound query, one file a check."""
