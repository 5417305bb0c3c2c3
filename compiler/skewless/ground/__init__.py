"""The ground floor: spans, diagnostics, codes, errors, types and durations. Standard library only."""
