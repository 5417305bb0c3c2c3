"""`skewless verify`."""
