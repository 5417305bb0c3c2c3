"""What a template may call: dbt's names, and skewless's own `last`, `as_of` and `request`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

import yaml
from jinja2 import Undefined

from skewless.ground.codes import Code
from skewless.ground.durations import CalendarDurationError, Duration
from skewless.project.environment import is_secret_name, secret_refused

# Tables with these catalogs are the binder's; no user text can spell them by accident.
SOURCE_CATALOG = "__source"
REF_CATALOG = "__ref"
REQUEST_TABLE = "__request"
_PIN = "v:"


class TemplateFault(Exception):
    """Raised inside a template call; becomes a diagnostic at the call."""

    def __init__(self, code: Code, message: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.help = help


class MacroReturn(Exception):
    """Carries the value of `{{ return(value) }}` out of a macro."""

    def __init__(self, value: Any) -> None:
        super().__init__("return() outside of a macro")
        self.value = value


@dataclass(frozen=True, slots=True)
class Message:
    """What a template says while it is rendered: `log(..., info=True)` and `print` inform, `log` is for debugging."""

    level: Literal["debug", "info", "warn"]
    text: str


@dataclass(slots=True)
class Reads:
    """What one rendering asked for and said; filled while the template runs."""

    config: dict[str, Any] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    environment: set[str] = field(default_factory=set)
    macros: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a project gives its templates."""

    variables: Mapping[str, Any]
    environ: Mapping[str, str]
    target: Mapping[str, Any]
    project_name: str
    dialect: str = "duckdb"
    """The engine that the project is compiled for."""


def model_context(name: str, outside: Environment, configured: Mapping[str, Any], reads: Reads) -> dict[str, Any]:
    """The names of one model's template. `configured` is what YAML says; `config()` in the model wins over it."""
    return {
        "config": _Config(configured, reads),
        "source": _source,
        "ref": _ref,
        "request": _request,
        "last": _last,
        "as_of": _as_of,
        "var": _var(outside.variables, reads),
        "env_var": _env_var(outside.environ, reads),
        "target": dict(outside.target),
        "this": name,
        "model": {"name": name},
        "project_name": outside.project_name,
        "log": _log(reads),
        "print": _print(reads),
        "exceptions": _Exceptions(reads),
        "return": _return,
        "fromjson": _parser(json.loads),
        "tojson": _writer(lambda value: json.dumps(value, default=str)),
        "fromyaml": _parser(yaml.safe_load),
        "toyaml": _writer(lambda value: yaml.safe_dump(value, sort_keys=False)),
        "zip": lambda *columns: list(zip(*columns, strict=False)),
        "set": _set,
        **{word: _introspection(word) for word in ("run_query", "statement", "load_result", "is_incremental")},
        "execute": _Introspective("execute"),
        "graph": _Introspective("graph"),
        "adapter": _Introspective("adapter"),
    }


class _Config:
    """`{{ config(ttl='1 day') }}` sets, `config.get('ttl')` reads, as in dbt."""

    def __init__(self, configured: Mapping[str, Any], reads: Reads) -> None:
        self._configured = configured
        self._reads = reads

    def __call__(self, **settings: Any) -> str:
        _check_defined(settings)
        self._reads.config.update(settings)
        return ""

    def get(self, name: str, default: Any = None) -> Any:
        return self._reads.config.get(name, self._configured.get(name, default))

    def require(self, name: str) -> Any:
        if (value := self.get(name)) is None:
            raise TemplateFault("template-error", f"config '{name}' is required here and not set")
        return value


def _check_defined(value: Any) -> None:
    """Raises UndefinedError, as Jinja does wherever an undefined name is used and not just passed on."""
    if isinstance(value, Undefined):
        str(value)
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            _check_defined(item)


class _Exceptions:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def raise_compiler_error(self, message: str) -> NoReturn:
        raise TemplateFault("template-error", str(message))

    def warn(self, message: str) -> str:
        self._reads.messages.append(Message("warn", str(message)))
        return ""


class _Introspective:
    """A name whose use in any way would make a template depend on the warehouse."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __getattr__(self, attribute: str) -> NoReturn:
        _refuse(self._name)

    def __bool__(self) -> bool:
        _refuse(self._name)

    def __str__(self) -> str:
        _refuse(self._name)


def _introspection(name: str) -> Callable[..., NoReturn]:
    def call(*_: Any, **__: Any) -> NoReturn:
        _refuse(name)

    return call


def _refuse(name: str) -> NoReturn:
    raise TemplateFault(
        "unsupported-introspection",
        f"'{name}' asks the warehouse while compiling, so training and serving could be compiled differently",
        "write the values into 'vars' of skewless.yml, or into the model",
    )


def _source(*names: str, **options: Any) -> str:
    if len(names) != 2 or options:
        raise TemplateFault(
            "template-error", "source() takes the name of a source and of its table",
            "write source('source', 'table'), with names from 'sources:' in YAML",
        )  # fmt: skip
    return f'"{SOURCE_CATALOG}".{_quoted(names[0])}.{_quoted(names[1])}'


def _request(*arguments: Any, **options: Any) -> str:
    if arguments or options:
        raise TemplateFault(
            "template-error", "request() takes no argument", "name the fields in config(request={'field': 'type'})"
        )
    return f'"{REQUEST_TABLE}"'


def _as_of(*arguments: Any, **options: Any) -> str:
    if arguments or options:
        raise TemplateFault(
            "template-error", "as_of() takes no argument: it is the moment that is asked for", "write as_of()"
        )
    return "as_of()"


def _ref(*names: str, **options: Any) -> str:
    versions = {name: options.pop(name) for name in ("v", "version") if name in options}
    if not names or options or len(versions) > 1:
        raise TemplateFault(
            "template-error",
            "ref() takes the name of a view",
            "write ref('view'), or ref('view', v=1) for a version of it",
        )
    pin = "".join(f"{_PIN}{version}" for version in versions.values())
    return f'"{REF_CATALOG}".{_quoted(pin or "view")}.{_quoted(names[-1])}'


def pinned_version(schema: str) -> str | None:
    """The version that a reference names, by the schema of its table."""
    return schema.removeprefix(_PIN) if schema.startswith(_PIN) else None


def _quoted(name: str) -> str:
    return '"' + str(name).replace('"', '""') + '"'


def _last(*lengths: str, **options: Any) -> str:
    if len(lengths) != 1 or options:
        raise TemplateFault(
            "template-error", "last() takes one length of time", "a window ends at the moment: write last('1 hour')"
        )
    length = lengths[0]
    try:
        window = Duration.parse(str(length))
    except CalendarDurationError as error:
        raise TemplateFault(
            "calendar-window",
            f"last('{length}'): the length of a month, quarter or year changes, so a window cannot have it",
            f"write last('{error.suggestion}')",
        ) from error
    except ValueError as error:
        message, _, help_line = str(error).partition("; ")
        raise TemplateFault("invalid-value", f"last(): {message}", help_line or None) from error
    if window.microseconds == 0:
        raise TemplateFault("invalid-value", f"last('{length}') is an empty window", "write a length above zero")
    return f"event_time() >= as_of() - interval '{window}'"


_MISSING = object()


def _var(variables: Mapping[str, Any], reads: Reads) -> Callable[..., Any]:
    def var(name: str, default: Any = _MISSING) -> Any:
        reads.variables.add(name)
        if name in variables:
            return variables[name]
        if default is _MISSING:
            raise TemplateFault(
                "undefined-variable",
                f"var('{name}') is not set",
                f"set it under 'vars' in skewless.yml, with --vars, or give a default: var('{name}', ...)",
            )
        return default

    return var


def _env_var(environ: Mapping[str, str], reads: Reads) -> Callable[..., str]:
    def env_var(name: Any, default: str | None = None) -> str:
        if not isinstance(name, str):
            raise TemplateFault("template-error", "env_var() takes the name of a variable, as text")
        if is_secret_name(name):
            raise TemplateFault("template-error", *secret_refused(name, "the SQL of a model"))
        reads.environment.add(name)
        if (value := environ.get(name, default)) is None:
            raise TemplateFault(
                "undefined-variable",
                f"the environment variable '{name}' is not set",
                f"set it, or give a default: env_var('{name}', '...')",
            )
        return str(value)

    return env_var


def _set(values: Iterable[Any] = ()) -> list[Any]:
    """The different values, in their order: a real set has another order in each process."""
    return list(dict.fromkeys(values))


def _log(reads: Reads) -> Callable[..., str]:
    def log(message: Any, info: bool = False) -> str:
        reads.messages.append(Message("info" if info else "debug", str(message)))
        return ""

    return log


def _print(reads: Reads) -> Callable[..., str]:
    def write(message: Any) -> str:
        reads.messages.append(Message("info", str(message)))
        return ""

    return write


def _return(value: Any = None) -> NoReturn:
    raise MacroReturn(value)


def _parser(parse: Callable[[str], Any]) -> Callable[..., Any]:
    def parsed(text: str, default: Any = None) -> Any:
        try:
            return parse(text)
        except (ValueError, yaml.YAMLError):
            return default

    return parsed


def _writer(write: Callable[[Any], str]) -> Callable[..., Any]:
    def written(value: Any, default: Any = None) -> Any:
        try:
            return write(value)
        except (TypeError, ValueError, yaml.YAMLError):
            return default

    return written
