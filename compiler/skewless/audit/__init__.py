"""Served values recomputed by the training path, and the cause of each that differs."""
