"""Served values against a baseline: counted in SQL, compared, judged and told."""
