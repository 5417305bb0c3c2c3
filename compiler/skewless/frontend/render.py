"""A raw model into SQL text and its source map."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from skewless.frontend.context import Environment, MacroReturn, Reads, TemplateFault, model_context
from skewless.frontend.sourcemap import SourceMap, instrument
from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.ground.spans import LineMap, Span
from skewless.project.model import Model

_TEMPLATE_NAME = re.compile(r"'([^']+)' is undefined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One model's SQL, where its characters come from, and what the template asked for."""

    text: str
    source_map: SourceMap
    reads: Reads
    config_span: Span


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders the templates of one project; macros of every file are known in all of them."""

    environment: ImmutableSandboxedEnvironment
    macros: Mapping[str, Template]
    outside: Environment

    @classmethod
    def of(cls, macro_files: tuple[Model, ...], outside: Environment) -> tuple[Renderer, tuple[Diagnostic, ...]]:
        """The renderer, and what is wrong with the macro files."""
        environment = _environment()
        macros: dict[str, Template] = {}
        faults: list[Diagnostic] = []
        for file in macro_files:
            try:
                template = environment.from_string(file.text)
            except TemplateSyntaxError as error:
                faults.append(_syntax_fault(error, file))
                continue
            template.filename = file.path
            for name in re.findall(r"{%-?\s*macro\s+(\w+)", file.text):
                macros[name] = template
        return cls(environment, macros, outside), tuple(faults)

    def render(self, model: Model, configured: Mapping[str, Any]) -> Rendered | Diagnostic:
        """The model's SQL, or what is wrong with its template."""
        text = model.text.replace("\r\n", "\n")
        reads = Reads()
        try:
            tree = self.environment.parse(text, filename=model.path)
            origins = instrument(self.environment, tree, text)
            code = self.environment.compile(tree, filename=model.path)
            template = Template.from_code(self.environment, code, {})
            marked = template.render(self._names(model.name, configured, reads))
        except TemplateSyntaxError as error:
            return _syntax_fault(error, model)
        except Exception as error:  # noqa: BLE001 - user code runs here: whatever it raises is the user's diagnostic
            return self._fault(error, model, text)
        rendered, source_map = SourceMap.of(marked, file=model.path, template=text, origins=origins)
        return Rendered(text=rendered, source_map=source_map, reads=reads, config_span=_config_span(model, text))

    def _names(self, name: str, configured: Mapping[str, Any], reads: Reads) -> dict[str, Any]:
        context = model_context(name, self.outside, configured, reads)
        modules: dict[int, Any] = {}
        for macro, template in self.macros.items():
            context[macro] = _macro(macro, template, context, modules)
        return context

    def _fault(self, error: Exception, model: Model, text: str) -> Diagnostic:
        line = _line_of(error, model.path)
        if isinstance(error, TemplateFault):
            return Diagnostic(
                code=error.code, message=error.message, span=_call_span(model.path, text, line), help=error.help
            )
        if isinstance(error, UndefinedError):
            return self._undefined(error, model, text, line)
        message = str(error) or type(error).__name__
        if isinstance(error, SecurityError):
            message = f"the template may not do this: {message}"
        elif not isinstance(error, TemplateError):
            message = f"the template failed: {type(error).__name__}: {message}"
        return Diagnostic(code="template-error", message=message, span=_call_span(model.path, text, line))

    def _undefined(self, error: UndefinedError, model: Model, text: str, line: int) -> Diagnostic:
        found = _TEMPLATE_NAME.search(str(error))
        if found is None:
            return Diagnostic(code="template-error", message=str(error), span=_call_span(model.path, text, line))
        name = found[1]
        known = [*model_context("", self.outside, {}, Reads()), *self.macros]
        return Diagnostic(
            code="undefined-variable",
            message=f"'{name}' is not defined in this template",
            span=_word_span(model.path, text, line, name),
            help=did_you_mean(name, known) or "define it with {% set %}, as a macro, or read it with var()",
        )


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        autoescape=False,
    )


def _macro(name: str, template: Template, context: dict[str, Any], modules: dict[int, Any]) -> Callable[..., Any]:
    """The macro as a function; its file's module is made once a model, and only if it is called."""

    def call(*arguments: Any, **named: Any) -> Any:
        if id(template) not in modules:
            modules[id(template)] = template.make_module(context)
        try:
            return getattr(modules[id(template)], name)(*arguments, **named)
        except MacroReturn as returned:
            return returned.value

    return call


def _line_of(error: Exception, path: str) -> int:
    """The deepest line of the model's own template in the traceback."""
    line, frame = 1, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == path:
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _syntax_fault(error: TemplateSyntaxError, model: Model) -> Diagnostic:
    return Diagnostic(
        code="template-error",
        message=f"{error.message}",
        span=_call_span(model.path, model.text.replace("\r\n", "\n"), error.lineno),
    )


def _call_span(path: str, text: str, line: int) -> Span:
    """The first `{{ ... }}` or `{% ... %}` of the line; a traceback knows no columns."""
    row = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    found = re.search(r"{[{%].*?[%}]}", row) or re.search(r"\S.*", row)
    if found is None:
        return Span.at(path, line)
    return Span(file=path, line=line, column=found.start() + 1, end_line=line, end_column=found.end())


def _word_span(path: str, text: str, line: int, word: str) -> Span:
    row = text.split("\n")[line - 1]
    inside = re.search(rf"(?<![\w.'\"]){re.escape(word)}\b", row)
    if inside is None:
        return _call_span(path, text, line)
    return Span(file=path, line=line, column=inside.start() + 1, end_line=line, end_column=inside.end())


def _config_span(model: Model, text: str) -> Span:
    found = re.search(r"config(?=\s*\()", text)
    return LineMap.of(text).span(model.path, found.start(), found.end() - 1) if found else Span.at(model.path)
