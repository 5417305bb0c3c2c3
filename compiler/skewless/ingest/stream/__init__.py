"""Rows of a source as they come: from a stream, through the one write path, into the online state."""
