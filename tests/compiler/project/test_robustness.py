"""However wrong a file is, reading ends with diagnostics that have a place."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from written_project import WrittenProject

from skewless.ground.errors import CompileError, UsageError
from skewless.project.properties import PropertiesShape

KEYS = (
    "name", "columns", "keys", "tables", "data_type", "data_tests", "tests", "config", "ttl", "tags", "meta", "view",
    "features", "on", "as", "given", "expect", "rows", "format", "fixture", "input", "model", "overrides", "vars",
    "event_time", "known_at", "delay", "static", "primary_key", "deleted", "accepted_range", "relationships", "min",
    "arguments", "to", "target", "outputs", "type", "path", "threads", "online", "registry", "url", "<<", "+ttl",
)  # fmt: skip
WORDS = (
    "x",
    "",
    "duckdb",
    "redis",
    "1 month",
    "7 days",
    "bigint",
    "not_null",
    "ref('x')",
    "{{ nope }}",
    "csv",
    "select 1",
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)
SECTIONS = st.sampled_from([*PropertiesShape.model_fields, "models"])


@given(
    properties=st.dictionaries(SECTIONS, st.lists(VALUES, max_size=3) | VALUES, max_size=4) | VALUES,
    project=st.dictionaries(st.sampled_from(("name", "vars", "features", "test-paths", "target-path")), VALUES)
    | VALUES,
    output=VALUES,
)
@settings(max_examples=150, deadline=None)
def test_reading_always_ends_with_values_and_diagnostics(properties: Any, project: Any, output: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = WrittenProject(Path(folder))
        written.write("skewless.yml", json.dumps(project)).write("features/f.yml", json.dumps(properties))
        written.write("profiles.yml", json.dumps({"p": {"outputs": {"o": output}}}))
        assert all(fault.span is not None for fault in written.read().diagnostics)
        with contextlib.suppress(CompileError, UsageError):
            written.target(profile="p")
