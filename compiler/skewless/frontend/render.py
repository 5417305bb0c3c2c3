"""A raw model into SQL text and its source map."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from skewless.frontend.context import Environment, MacroReturn, Reads, TemplateFault, model_context
from skewless.frontend.quotes import unquoted
from skewless.frontend.sourcemap import SourceMap, instrument
from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.ground.spans import LineMap, Span
from skewless.project.model import Model

_TAG = re.compile(r"{[{%].*?[%}]}", re.DOTALL)
_SET = re.compile(r"{%-?\s*(?:set|for)\s+(\w+)")
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
    macro_paths: tuple[str, ...] = ()
    broken_macros: Mapping[str, str] = field(default_factory=dict)
    """Macros of files that cannot be read, and their files."""

    @classmethod
    def of(cls, macro_files: tuple[Model, ...], outside: Environment) -> tuple[Renderer, tuple[Diagnostic, ...]]:
        """The renderer, and what is wrong with the macro files."""
        environment = _environment()
        macros: dict[str, Template] = {}
        broken: dict[str, str] = {}
        faults: list[Diagnostic] = []
        for file in macro_files:
            names = macro_names(file)
            try:
                code = environment.compile(file.text, filename=file.path)
            except TemplateSyntaxError as error:
                faults.append(_syntax_fault(error, file))
                broken |= dict.fromkeys(names, file.path)
                continue
            template = Template.from_code(environment, code, {})
            macros |= dict.fromkeys(names, template)
        paths = tuple(file.path for file in macro_files)
        return cls(environment, macros, outside, paths, broken), tuple(faults)

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
            context[macro] = _macro(macro, template, context, modules, reads)
        return context

    def _fault(self, error: Exception, model: Model, text: str) -> Diagnostic:
        places = _places_of(error, (model.path, *self.macro_paths))
        line = next((line for path, line in reversed(places) if path == model.path), 1)
        inside = f" (in {places[-1][0]}:{places[-1][1]})" if places and places[-1][0] != model.path else ""
        span = _call_span(model.path, text, line)
        if isinstance(error, TemplateFault):
            return Diagnostic(code=error.code, message=error.message + inside, span=span, help=error.help)
        found = _TEMPLATE_NAME.search(str(error)) if isinstance(error, UndefinedError) else None
        if found is not None:
            return self._undefined(
                found[1], inside, text, span if inside else _word_span(model.path, text, line, found[1])
            )
        message = (str(error) or type(error).__name__).rstrip(".")
        if isinstance(error, SecurityError):
            message = f"the template may not do this: {message}"
        elif not isinstance(error, TemplateError):
            message = f"the template failed: {type(error).__name__}: {message}"
        return Diagnostic(code="template-error", message=message + inside, span=span)

    def _undefined(self, name: str, inside: str, text: str, span: Span) -> Diagnostic:
        known = [*model_context("", self.outside, {}, Reads()), *self.macros]
        help_line = did_you_mean(name, known) or "define it with {% set %}, as a macro, or read it with var()"
        if not inside and _is_argument(text, span):
            help_line = did_you_mean(name, _SET.findall(text)) or f"a text needs quotes: '{name}'"
        if name in self.broken_macros:
            help_line = f"the macro's file {self.broken_macros[name]} has an error of its own"
        return Diagnostic(
            code="undefined-variable", message=f"'{name}' is not defined{inside}", span=span, help=help_line
        )


def macro_names(file: Model) -> list[str]:
    """The macros that a file defines."""
    return re.findall(r"{%-?\s*macro\s+(\w+)", file.text)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        autoescape=False,
        optimized=False,  # a template is rendered once: to fold its constants costs more than it saves
    )
    # Training and serving may be compiled at different times, and must be compiled to the same text.
    environment.filters["random"] = _refuse_chance
    environment.globals.pop("lipsum", None)
    return environment


def _refuse_chance(*_: Any, **__: Any) -> None:
    raise TemplateFault(
        "nondeterministic-function", "the filter 'random' gives another text each time the model is compiled",
        "choose one, or read it with var()",
    )  # fmt: skip


def _macro(
    name: str, template: Template, context: dict[str, Any], modules: dict[int, Any], reads: Reads
) -> Callable[..., Any]:
    """The macro as a function; its file's module is made once a model, and only if it is called."""

    def call(*arguments: Any, **named: Any) -> Any:
        reads.macros.add(name)
        if id(template) not in modules:
            modules[id(template)] = template.make_module(context)
        try:
            return getattr(modules[id(template)], name)(*arguments, **named)
        except MacroReturn as returned:
            return returned.value

    return call


def _places_of(error: Exception, paths: Collection[str]) -> list[tuple[str, int]]:
    """(file, line) of every template in the traceback, the deepest last."""
    found, frame = [], error.__traceback__
    while frame is not None:
        if (path := frame.tb_frame.f_code.co_filename) in paths:
            found.append((path, frame.tb_lineno))
        frame = frame.tb_next
    return found


def _syntax_fault(error: TemplateSyntaxError, model: Model) -> Diagnostic:
    """Jinja's first sentence as the message, its last one as the help."""
    sentences = [sentence.strip(" .") for sentence in str(error.message).split(". ")]
    return Diagnostic(
        code="template-error",
        message=f"the template cannot be read: {sentences[0][:1].lower()}{sentences[0][1:]}",
        span=_call_span(model.path, model.text.replace("\r\n", "\n"), error.lineno),
        help=sentences[-1][:1].lower() + sentences[-1][1:] if len(sentences) > 1 else _near_filter(sentences[0]),
    )


def _near_filter(sentence: str) -> str | None:
    unknown = re.search(r"[Nn]o (filter|test) named '(\w+)'", sentence)
    if unknown is None:
        return None
    return did_you_mean(unknown[2], FILTERS if unknown[1] == "filter" else TESTS)


def _call_span(path: str, text: str, line: int) -> Span:
    """The first `{{ ... }}` or `{% ... %}` of the line; a traceback knows no columns."""
    row = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    found = re.search(r"{[{%].*?[%}]}", row) or re.search(r"\S.*", row)
    if found is None:
        return Span.at(path, line)
    return Span(file=path, line=line, column=found.start() + 1, end_line=line, end_column=found.end())


def _word_span(path: str, text: str, line: int, word: str) -> Span:
    """Where the word is a name: in the line's tags, or in those after it, as a tag may have several lines."""
    lines = LineMap.of(text)
    name = re.compile(rf"(?<![\w.]){re.escape(word)}\b(?!\s*=(?!=))")
    for tag in _TAG.finditer(text):
        inside = name.search(unquoted(tag[0]))
        if inside is not None and lines.position(tag.end())[0] >= line:
            return lines.span(path, tag.start() + inside.start(), tag.start() + inside.end() - 1)
    return _call_span(path, text, line)


def _is_argument(text: str, span: Span) -> bool:
    """Whether what is there is an argument, or an item of one, all by itself."""
    start = LineMap.of(text).starts[span.line - 1] + span.column - 1
    end = start + span.end_column - span.column + 1
    return text[:start].rstrip()[-1:] in tuple("(,=[:") and text[end:].lstrip()[:1] in tuple(",)]}")


def _config_span(model: Model, text: str) -> Span:
    found = re.search(r"config(?=\s*\()", text)
    return LineMap.of(text).span(model.path, found.start(), found.end() - 1) if found else Span.at(model.path)
