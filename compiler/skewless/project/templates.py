"""Text of a YAML file with `{{ ... }}` in it into the value that it stands for."""

from __future__ import annotations

import datetime as dt
from ast import literal_eval
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError
from jinja2.nativetypes import NativeCodeGenerator, NativeTemplate
from jinja2.sandbox import SandboxedEnvironment

from skewless.ground.codes import Code
from skewless.ground.diagnostics import did_you_mean
from skewless.project.environment import Environment, is_secret_name, secret_refused
from skewless.project.yaml_nodes import Render

_MISSING = object()


class TemplateFault(Exception):
    """A template that has no value: the code, the sentence and the help of its diagnostic."""

    def __init__(self, code: Code, message: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def _join(values: Iterable[Any]) -> Any:
    """One expression keeps its type (`{{ env_var('N') | int }}` is a number); with text around it, it is text.

    Jinja's own native types would read the text again as Python and make a number of the password `0123`.
    """
    pieces = list(values)
    return pieces[0] if len(pieces) == 1 else "".join(str(piece) for piece in pieces)


class _YamlEnvironment(SandboxedEnvironment):
    code_generator_class = NativeCodeGenerator
    concat = staticmethod(_join)


class _YamlTemplate(NativeTemplate):
    environment_class = _YamlEnvironment  # type: ignore[assignment]  # the attribute is declared too narrowly


_YamlEnvironment.template_class = _YamlTemplate


def renderer(environ: Environment, variables: Mapping[str, Any] | None) -> Render:
    """Renders one scalar. Without `variables` there is no `var()`."""
    jinja = _YamlEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    jinja.filters.update(as_text=str, as_number=_number, as_bool=_bool, as_native=_native)
    if variables is not None:
        jinja.globals["var"] = lambda name, default=_MISSING: _var(variables, name, default)

    def render(text: str, may_read_secrets: bool = True) -> Any:
        def env_var(name: Any, default: Any = _MISSING) -> Any:
            if is_secret_name(str(name)) and not may_read_secrets:
                raise TemplateFault("template-error", *secret_refused(name, "what this file says"))
            return _env_var(environ, name, default)

        try:
            return _render(jinja, text, {"env_var": env_var})
        except TemplateFault as fault:
            # `env_var('API_TOKEN') | int` would tell the token in its complaint.
            message, hint = environ.redact(fault.message), fault.help and environ.redact(fault.help)
            raise TemplateFault(fault.code, message, hint) from None

    return render


def _render(jinja: SandboxedEnvironment, text: str, given: Mapping[str, Any]) -> Any:
    try:
        value: Any = jinja.from_string(text).render(given)
        # A lone `{{ name }}` of a name that is not there is handed out as such; to look at it is to raise.
        return _plain(value) if not isinstance(value, Undefined) else str(value)
    except UndefinedError as error:
        raise _undefined(error, [*given, *(["var"] if "var" in jinja.globals else [])]) from error
    except TemplateSyntaxError as error:
        raise TemplateFault("template-error", f"the template cannot be read: {error.message}") from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TemplateFault("template-error", f"the template cannot be rendered: {error}") from error


def _plain(value: Any) -> Any:
    """The value, if it is data: a function that is handed on could be called where it must not be."""
    inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    if isinstance(value, list | tuple | set | dict):
        for item in inner:
            _plain(item)
    elif not isinstance(value, str | int | float | dt.date | dt.time | None):
        raise TemplateFault("template-error", f"the template gives no value, but a {type(value).__name__}")
    return value


def _undefined(error: UndefinedError, known: Iterable[str]) -> TemplateFault:
    message = error.message or "a name is undefined"
    name = message.partition("'")[2].partition("'")[0]
    names = " and ".join(f"{word}()" for word in known)
    return TemplateFault("undefined-variable", message, did_you_mean(name, known) or f"YAML files know {names}")


def _env_var(environ: Environment, name: Any, default: Any) -> Any:
    if not isinstance(name, str):
        raise TemplateFault("template-error", "env_var() takes the name of a variable, as text")
    value = environ.get(name, _MISSING)
    if value is not _MISSING:
        return value
    if default is _MISSING:
        hint = f"set it, or give a default: env_var('{name}', '...')"
        raise TemplateFault("undefined-variable", f"the environment variable '{name}' is not set", hint)
    return default


def _var(variables: Mapping[str, Any], name: str, default: Any) -> Any:
    if name in variables:
        return variables[name]
    if default is _MISSING:
        hint = did_you_mean(name, variables) or "add it to `vars:` in skewless.yml, or pass --vars"
        raise TemplateFault("undefined-variable", f"the variable '{name}' is not defined", hint)
    return default


def _number(value: Any) -> int | float:
    text = str(value)
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _bool(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError(f"'{value}' is neither true nor false")
    return word in ("true", "1", "yes")


def _native(value: Any) -> Any:
    try:
        return literal_eval(str(value))
    except (ValueError, SyntaxError):
        return value
