"""The one write path: rows of a source into the online state of every view that reads it."""
