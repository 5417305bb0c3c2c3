"""One output of a profile into a target, with paths from the project's root and secrets that do not show."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import CompileError
from skewless.ground.urls import password_of
from skewless.project.checking import Checker, in_order
from skewless.project.environment import Environment, is_secret_name
from skewless.project.kinds import check_kind
from skewless.project.model import OnlineSettings, ProjectFiles, Target
from skewless.project.places import Place
from skewless.project.target_shapes import ENGINES, STORES, TargetShape
from skewless.project.templates import renderer
from skewless.project.yaml_nodes import YamlText

_COMMON = frozenset(TargetShape.model_fields)
_PREFIX = "sqlite:///"
_SECRET_KEYS = ("password", "private_key", "private_key_passphrase", "token", "oauth_client_secret")


def read_output(document: YamlText, *, files: ProjectFiles, profile: str, target: str, environ: Environment) -> Target:
    """The target that the output describes. Raises CompileError with every fault that was found."""
    place, diagnostics = document.build(renderer(environ, files.variables))
    checker = Checker(environ)
    checker.diagnostics.extend(diagnostics)
    _remember(place.data, environ)
    shape = check_kind(checker, place, ENGINES, "a target")
    if shape is not None:
        _without_fixed(checker, place, type(shape))
    online = _online(checker, place)
    if checker.diagnostics or shape is None:
        raise CompileError(in_order(checker.diagnostics))
    settings = {key: value for key, value in shape.written().items() if key not in _COMMON}
    return Target(
        profile=profile,
        name=target,
        type=cast("Any", shape.type),
        settings=environ.protect(_engine_settings(shape.type, settings, files.root, environ)),
        online=_with_path(online, files, environ),
        registry=environ.protect(_registry(shape.registry, files, environ)),
        threads=shape.threads,
    )


def _without_fixed(checker: Checker, place: Place, shape: type[TargetShape]) -> None:
    """Values depend on the definition alone: a setting under which they are others is refused."""
    for key in ("settings", "conf"):
        settings = place.data.get(key)
        for name in settings if isinstance(settings, dict) else ():
            lowered = str(name).lower()
            if lowered in shape.fixed or lowered.startswith(shape.fixed_prefixes):
                message = f"the setting '{name}' may not be changed: features would have other values under this target"
                checker.report("invalid-value", message, place.at(key).key(name), "remove it; say it in the SQL")


def _online(checker: Checker, place: Place) -> OnlineSettings:
    if not isinstance(place.data, dict) or place.data.get("online") is None:
        return OnlineSettings(type="sqlite", settings={})
    shape = check_kind(checker, place.at("online"), STORES, "an online store")
    written = shape.written() if shape else {}
    settings = {key: value for key, value in written.items() if key != "type"}
    return OnlineSettings(type=written.get("type", "sqlite"), settings=settings)


def _with_path(online: OnlineSettings, files: ProjectFiles, environ: Environment) -> OnlineSettings:
    if online.type != "sqlite":
        return OnlineSettings(type=online.type, settings=environ.protect(online.settings))
    path = online.settings.get("path")
    return OnlineSettings(
        type="sqlite",
        settings={"path": _from_root(path, files.root, environ) if path else str(files.target_path / "online.db")},
    )


def _engine_settings(engine: str, settings: dict[str, Any], root: Path, environ: Environment) -> dict[str, Any]:
    """One spelling for what has two, and the defaults that an engine needs."""
    if engine == "duckdb":
        return {**settings, "path": _from_root(settings.get("path", ":memory:"), root, environ)}
    if engine == "spark":
        conf = settings.pop("conf", None) or {}
        return {**settings, "settings": {**conf, **(settings.get("settings") or {})}}
    return {key.removesuffix("_"): value for key, value in settings.items()}


def _from_root(path: str, root: Path, environ: Environment) -> str:
    """A relative path is seen from the project, wherever the command runs; `:memory:`, `md:` and URLs stay."""
    if path.startswith((":", "md:", "motherduck:")) or "://" in path:
        return path
    home = environ.get("HOME") if path.startswith("~/") else None
    return str(Path(home) / path[2:]) if home else str(root / path)


def own_registry(files: ProjectFiles) -> str:
    """The registry of a target that names none: nobody else's."""
    return f"{_PREFIX}{files.target_path / 'registry.db'}"


def _registry(written: str | None, files: ProjectFiles, environ: Environment) -> str:
    if written is None:
        return own_registry(files)
    if written.startswith(_PREFIX):
        return f"{_PREFIX}{_from_root(written.removeprefix(_PREFIX), files.root, environ)}"
    return written


def _remember(data: Any, environ: Environment) -> None:
    """Passwords that stand in the file as such are as secret as those from the environment."""
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if isinstance(value, dict):
            _remember(value, environ)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            _remember_value(key, str(value), environ)


def _remember_value(key: str, value: str, environ: Environment) -> None:
    # A misspelled `pasword` is shown in the excerpt of its own diagnostic.
    is_secret = is_secret_name(key) or "pass" in key.lower() or did_you_mean(key, _SECRET_KEYS)
    if is_secret and not key.endswith(("_path", "_file")):
        environ.remember(value)
    elif "://" in value and (password := password_of(value)):
        environ.remember(password)
