"""profiles.yml into the target of a command: an engine, an online store and a registry.

Only the chosen target is rendered: another one may need environment variables that are not set here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.ground.errors import CompileError, UsageError
from skewless.project.environment import Environment
from skewless.project.model import ProjectFiles, Target
from skewless.project.target import read_output
from skewless.project.templates import renderer
from skewless.project.yaml_nodes import YamlText, parse_yaml

FILE = "profiles.yml"


def read_target(
    files: ProjectFiles,
    *,
    profiles_dir: Path | None,
    profile: str | None,
    target: str | None,
    environ: Mapping[str, str],
) -> Target:
    """The target to work with; text in its settings that is secret is a `Secret`.

    Raises UsageError when there is no such file, profile or target, and CompileError when the target is at fault.
    """
    environment = Environment.of(environ)
    path = _find(files, profiles_dir, environment)
    document = _parse(path, files.root)
    name = profile or files.profile
    found = document.mapping(name)
    if found is None:
        known = [key for key in document.keys if key != "config"]
        raise _unknown(f"{document.file} has no profile '{name}'", name, known, "profiles")
    _check_keys(found)
    chosen = _chosen(found, target, renderer(environment, files.variables), name)
    output = found.mapping("outputs", chosen)
    if output is None:
        targets = outputs.keys if (outputs := found.mapping("outputs")) else ()
        raise _unknown(f"the profile '{name}' has no target '{chosen}'", chosen, targets, "targets")
    return read_output(output, files=files, profile=name, target=chosen, environ=environment)


def _find(files: ProjectFiles, profiles_dir: Path | None, environ: Environment) -> Path:
    """A folder that is named is the only one: another profile than the one meant could be another warehouse."""
    home = environ.get("HOME") or environ.get("USERPROFILE")
    folders = [profiles_dir] if profiles_dir else [files.root, *([Path(home) / ".skewless"] if home else [])]
    for folder in folders:
        if (folder / FILE).is_file():
            return folder / FILE
    places = " or ".join(str(folder) for folder in folders)
    raise UsageError(f"there is no {FILE} in {places}", help=f"it needs a profile '{files.profile}' with a target")


def _parse(path: Path, root: Path) -> YamlText:
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{shown} cannot be read: {error}") from error
    parsed = parse_yaml(text, shown)
    if isinstance(parsed, Diagnostic):
        raise CompileError((parsed,))
    if parsed is None:
        raise UsageError(f"{shown} is empty")
    return parsed


def _check_keys(found: YamlText) -> None:
    known = ("target", "outputs")
    unknown = [key for key in found.keys if key not in known]
    if unknown:
        raise CompileError(
            tuple(
                Diagnostic(
                    code="unknown-key",
                    message=f"'{key}' is not a key of a profile",
                    span=found.key(key),
                    help=did_you_mean(key, known) or "a profile has 'target' and 'outputs'",
                )
                for key in unknown
            )
        )


def _chosen(found: YamlText, target: str | None, render: Any, profile: str) -> str:
    """The name of the target: the one asked for, the profile's own, the only one there is, or dbt's `default`."""
    if target:
        return target
    written = found.mapping("target")
    if written is not None:
        place, diagnostics = written.build(render)
        if diagnostics:
            raise CompileError(diagnostics)
        return str(place.data)
    outputs = found.mapping("outputs")
    if outputs is None:
        message = f"the profile '{profile}' needs 'outputs', with a target in it"
        raise CompileError((Diagnostic(code="missing-key", message=message, span=found.span),))
    return outputs.keys[0] if len(outputs.keys) == 1 else "default"


def _unknown(message: str, name: str, known: Iterable[str], nouns: str) -> UsageError:
    names = list(known)
    existing = f"the {nouns}: {', '.join(names)}" if names else f"it has no {nouns}"
    return UsageError(f"{message}; {existing}", help=did_you_mean(name, names))
