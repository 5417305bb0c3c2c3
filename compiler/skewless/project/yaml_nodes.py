"""YAML text into plain Python data in which every key and value knows where it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from skewless.ground.codes import Code
from skewless.ground.diagnostics import Diagnostic
from skewless.ground.spans import Span
from skewless.project.places import UNREADABLE, Place, pair_of, span_of

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Render = Callable[[str, bool], Any]
"""A text, and whether it may read secrets, into its value; raises TemplateFault."""
Keys = tuple[str, ...]
"""Those that a value stands below; lists have none."""

_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_OPEN = re.compile(r"[^()]+\([^()]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlText:
    """A YAML document whose values have not been made yet: a profile's other targets need not be readable."""

    file: str
    node: Node
    constructor: Any

    def mapping(self, *path: str) -> YamlText | None:
        """The document below a path of keys, if it is there."""
        node = self.node
        for name in path:
            pair = pair_of(node, name)
            if pair is None:
                return None
            node = pair[1]
        return YamlText(file=self.file, node=node, constructor=self.constructor)

    @property
    def keys(self) -> tuple[str, ...]:
        if not isinstance(self.node, MappingNode):
            return ()
        return tuple(key.value for key, _ in self.node.value if isinstance(key, ScalarNode))

    def key(self, name: str) -> Span:
        pair = pair_of(self.node, name)
        return span_of(self.file, pair[0] if pair else self.node)

    @property
    def span(self) -> Span:
        return span_of(self.file, self.node)

    def build(
        self, render: Render, *, secrets_at: Collection[Keys] | None = None
    ) -> tuple[Place, tuple[Diagnostic, ...]]:
        """The values, and what is wrong with them. A value that cannot be had is UNREADABLE.

        Secrets may be read anywhere, or only below `secrets_at`: elsewhere a value becomes part of what is written to
        files and to the registry.
        """
        builder = _Builder(self.file, self.constructor, render, secrets_at)
        data = builder.build(self.node)
        return Place(self.file, self.node, data), tuple(builder.diagnostics)


def parse_yaml(text: str, file: str) -> YamlText | Diagnostic | None:
    """The document of a YAML text; the fault that makes it unreadable; or nothing when the text is empty."""
    try:
        loader = Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        return _broken(error, text, file)
    except yaml.YAMLError as error:  # a character that YAML does not allow, which has an offset only
        position = getattr(error, "position", 0) or 0
        line = text.count("\n", 0, position) + 1
        return Diagnostic(code="syntax-error", message=f"not YAML: {_first_line(error)}", span=Span.at(file, line))
    return None if node is None else YamlText(file=file, node=node, constructor=loader)


_Pairs = dict[str, tuple[Node, Node]]


class _Builder:
    """Nodes into data. Aliased nodes are built once, so that data share what the text shares."""

    def __init__(self, file: str, constructor: Any, render: Render, secrets_at: Collection[Keys] | None) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._file = file
        self._constructor = constructor
        self._render = render
        self._secrets_at = secrets_at
        self._built: dict[int, Any] = {}
        self._open: set[int] = set()
        self._keys: list[str] = []
        self._secret: set[int] = set()
        """Nodes with a template that may have read a secret."""

    def build(self, node: Node) -> Any:
        if isinstance(node, ScalarNode) and id(node) not in self._built:
            return node.value if node.tag == _TEXT and "{{" not in node.value else self._scalar(node)
        if id(node) in self._open:
            return self._fault("syntax-error", "an alias that contains itself", node)
        if id(node) in self._secret and not self._may_read_secrets():
            return self._fault("invalid-value", "an alias of a value in which a secret may be", node, "write it out")
        if id(node) not in self._built:
            self._open.add(id(node))
            self._built[id(node)] = self._collection(node)
            self._open.discard(id(node))
        return self._built[id(node)]

    def _collection(self, node: Node) -> Any:
        if isinstance(node, SequenceNode):
            return [self.build(item) for item in node.value]
        return self._mapping(node)

    def _mapping(self, node: Any) -> Any:
        if len(node.value) == 1 and isinstance(node.value[0][0], MappingNode):
            hint = "a value that begins with {{ needs quotes around it"
            return self._fault("syntax-error", "a mapping cannot be a key", node, hint)
        pairs = self._usable(node)
        node.value = self._joined(pairs) if node.flow_style else pairs
        return {key.value: self._below(key.value, value) for key, value in node.value}

    def _below(self, key: str, node: Node) -> Any:
        self._keys.append(key)
        built = self.build(node)
        self._keys.pop()
        return built

    def _usable(self, node: Any) -> list[tuple[Node, Node]]:
        """The pairs without those of no use: keys that are not text, duplicates, and `<<` itself."""
        if _is_plain(node):
            return list(node.value)
        pairs: _Pairs = {}
        merges: list[tuple[Node, Node]] = []
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._fault("syntax-error", "a mapping or a list cannot be a key", key)
            elif key.tag == _MERGE:
                merges.append((key, value))
            elif key.value in pairs:
                first = span_of(self._file, pairs[key.value][0])
                self._fault(
                    "duplicate-name", f"the key '{key.value}' is written twice, first in line {first.line}", key
                )
            else:
                pairs[key.value] = (key, value)
        return [*self._merged(merges, pairs), *pairs.values()]

    def _joined(self, pairs: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
        """The pairs without the second half of a `decimal(12,2)`, whose comma begins another key of a `{...}`."""
        halves = [
            (number, f"{value.value},{tail.value}")
            for number, ((_, value), (tail, _)) in enumerate(pairwise(pairs), start=1)
            if isinstance(value, ScalarNode) and _OPEN.fullmatch(value.value) and tail.value.endswith(")")
        ]
        for number, whole in halves:
            value = pairs[number - 1][1]
            self._fault("syntax-error", "the comma ends the value within its brackets", value, f"write '{whole}'")
            self._built[id(value)] = UNREADABLE
        return [pair for number, pair in enumerate(pairs) if number not in dict(halves)]

    def _merged(self, merges: list[tuple[Node, Node]], own: _Pairs) -> list[tuple[Node, Node]]:
        merged: _Pairs = {}
        for key, value in merges:
            parents = value.value if isinstance(value, SequenceNode) else [value]
            for parent in parents:
                if not isinstance(parent, MappingNode) or id(parent) in self._open:
                    self._fault("syntax-error", "'<<' needs a mapping, or a list of them", key)
                    continue
                self.build(parent)
                for pair in parent.value:
                    merged.setdefault(pair[0].value, pair)
        return [pair for name, pair in merged.items() if name not in own]

    def _scalar(self, node: ScalarNode) -> Any:
        if "{{" in node.value:
            return self._rendered(node)
        if node.tag == _NULL:
            return None
        try:
            return self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            return self._fault("invalid-value", f"'{node.value}' is not a value: {_first_line(error)}", node)

    def _rendered(self, node: ScalarNode) -> Any:
        # Jinja is slow to import and few projects have a template in their YAML.
        from skewless.project.templates import TemplateFault

        is_free = self._may_read_secrets()
        if is_free:
            self._secret |= {*self._open, id(node)}
        try:
            return self._render(node.value, is_free)
        except TemplateFault as fault:
            return self._fault(fault.code, fault.message, node, fault.help)

    def _may_read_secrets(self) -> bool:
        places = self._secrets_at
        return places is None or any(tuple(self._keys[: len(place)]) == place for place in places)

    def _fault(self, code: Code, message: str, node: Node, hint: str | None = None) -> Any:
        self.diagnostics.append(Diagnostic(code=code, message=message, span=span_of(self._file, node), help=hint))
        return UNREADABLE


def _is_plain(node: Any) -> bool:
    """Whether a mapping has nothing to leave out, as nearly all have."""
    names = {key.value for key, _ in node.value if isinstance(key, ScalarNode) and key.tag != _MERGE}
    return len(names) == len(node.value)


def _broken(error: Any, text: str, file: str) -> Diagnostic:
    problem = error.problem or _first_line(error)
    mark = error.problem_mark or error.context_mark
    if error.context_mark and _is_open(error, problem, mark, text):
        mark = error.context_mark
    span = Span.at(file, mark.line + 1, mark.column + 1) if mark else Span.at(file)
    message, hint = f"not YAML: {problem}", None
    if "\\t" in problem or "tab" in problem:
        message, hint = "not YAML: a tab in the indentation", "indent with spaces"
    elif "mapping values are not allowed" in problem:
        hint = "a value with a colon in it needs quotes"
    elif "expected ',' or" in problem:
        hint = "close the bracket; within brackets, a value with a comma or quotes in it needs quotes around it"
    elif "expected a single document" in str(error):
        message, hint = "more than one YAML document in the file", "remove the `---` between them"
    return Diagnostic(code="syntax-error", message=message, span=span, help=hint)


def _is_open(error: Any, problem: str, mark: Any, text: str) -> bool:
    """Whether the fault is where a bracket or quote was opened or a key begun, and not where reading stopped."""
    if "end of stream" in problem or "expected ':'" in problem:
        return True
    is_at_end = not "\n".join(text.split("\n")[mark.line :])[mark.column :].strip()
    return is_at_end or ("expected ',' or" in problem and error.context_mark.line != mark.line)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
