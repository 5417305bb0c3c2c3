"""Adversarial event logs through both paths: drawn, replayed, compared, and shrunk to the least that still differs."""
