"""DuckDB inside a process that serves or writes."""
