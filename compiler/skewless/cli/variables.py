"""The text of `--vars` into project variables."""

from __future__ import annotations

from typing import Any


def parse_variables(text: str) -> dict[str, Any]:
    """YAML or JSON of a mapping. Raises UsageError, naming the place."""
    import yaml

    from skewless.ground.errors import UsageError

    help_line = "write it as YAML or JSON: --vars '{late_minutes: 20}'"
    try:
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UsageError(f"--vars cannot be read{where}: {error.problem}", help=help_line) from error
    except yaml.YAMLError as error:
        raise UsageError(f"--vars cannot be read: {error}", help=help_line) from error
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"--vars must map names to values, and '{text}' does not", help=help_line)
    return value
