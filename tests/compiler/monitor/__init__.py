"""The monitor: served values against a baseline."""
