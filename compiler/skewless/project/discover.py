"""The folder of a project into all that its files say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from skewless.ground.collector import collector_paused
from skewless.ground.diagnostics import Diagnostic
from skewless.ground.spans import Span
from skewless.project.checking import Checker, in_order
from skewless.project.environment import Environment
from skewless.project.folder_config import Parts, report_unused
from skewless.project.model import EVERYTHING, Model, ProjectFiles, Service, ServiceView, SingularTest, Source
from skewless.project.named_versions import resolved
from skewless.project.places import Place
from skewless.project.project_file import FILE, ProjectSettings, find_root, read_settings
from skewless.project.properties import Properties, read_properties
from skewless.project.reading import ProjectFolder
from skewless.project.yaml_nodes import Render, parse_yaml

_YAML = (".yml", ".yaml")
_SECRETS_AT = (
    ("sources", "tables", "stream", "url"),
    ("services", "monitor", "webhook", "url"),
    ("services", "monitor", "webhook", "headers"),
)
"""Values that are written nowhere."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProject:
    """A project's files, what is wrong with them, and all that the reading depended on."""

    files: ProjectFiles
    diagnostics: tuple[Diagnostic, ...]
    digests: Mapping[str, str]
    """sha256 of each file that was read, by its path from the root."""
    environment_read: tuple[str, ...]
    """The environment variables that were asked for, set or not."""
    folders: tuple[str, ...]
    """The folders that were searched, as skewless.yml names them."""


def read_project(root: Path, *, environ: Mapping[str, str], cli_vars: Mapping[str, Any]) -> ReadProject:
    """Everything in the project that holds `root`, which may be a folder within it.

    Raises UsageError when there is no skewless.yml there or above. Whatever else is wrong is a diagnostic, and
    what is right is read all the same.
    """
    with collector_paused():
        return _Reader(find_root(root), Environment.of(environ), cli_vars).read()


class _Reader:
    """One reading of one project."""

    def __init__(self, root: Path, environ: Environment, cli_vars: Mapping[str, Any]) -> None:
        self._root = root
        self._environ = environ
        self._cli_vars = cli_vars
        self._checker = Checker(environ)
        self._folder = ProjectFolder(root, self._checker)

    def read(self) -> ReadProject:
        settings = read_settings(self._checker, self._yaml(FILE, self._cli_vars), self._root)
        if self._checker.diagnostics:
            self._checker.lost.add("config")
        variables = {**settings.variables, **self._cli_vars}
        properties = self._properties(settings, variables)
        files = _distinct(self._checker, self._files(settings, variables, properties))
        return ReadProject(
            files=files,
            diagnostics=in_order(self._checker.diagnostics),
            digests=dict(sorted(self._folder.digests.items())),
            environment_read=self._environ.names_read,
            folders=(*settings.feature_paths, *settings.macro_paths, *settings.test_paths),
        )

    def _files(
        self, settings: ProjectSettings, variables: Mapping[str, Any], properties: list[Properties]
    ) -> ProjectFiles:
        models = self._models(settings)
        names = frozenset(model.name for model in models)
        return ProjectFiles(
            root=self._root,
            name=settings.name,
            identity=settings.identity,
            version=settings.version,
            profile=settings.profile,
            target_path=self._root / settings.target_path,
            variables=variables,
            models=models,
            macros=self._macros(settings),
            entities=tuple(chain.from_iterable(file.entities for file in properties)),
            sources=tuple(chain.from_iterable(file.sources for file in properties)),
            properties=tuple(chain.from_iterable(file.views for file in properties)),
            services=tuple(_resolved(service, names) for file in properties for service in file.services),
            unit_tests=tuple(chain.from_iterable(file.unit_tests for file in properties)),
            singular_tests=self._singular_tests(settings),
            lost=frozenset(self._checker.lost),
        )

    def _models(self, settings: ProjectSettings) -> tuple[Model, ...]:
        models, views = [], []
        for path in self._find(settings, settings.feature_paths, (".sql",)):
            parts = _parts(path, settings.feature_paths)
            views.append(parts)
            text = self._folder.text(path) or ""
            usable = text if _is_word(self._checker, path, parts[-1]) else ""
            models.append(Model(name=parts[-1], path=path, text=usable, config=settings.folders.of(parts)))
        report_unused(self._checker, settings.folders, views)
        return tuple(models)

    def _macros(self, settings: ProjectSettings) -> tuple[Model, ...]:
        paths = self._find(settings, settings.macro_paths, (".sql",))
        texts = ((path, self._folder.text(path, if_empty="warning")) for path in paths)
        return tuple(Model(name=_stem(path), path=path, text=text, config={}) for path, text in texts if text)

    def _singular_tests(self, settings: ProjectSettings) -> tuple[SingularTest, ...]:
        paths = self._find(settings, settings.test_paths, (".sql",))
        texts = ((path, self._folder.text(path)) for path in paths if not _is_fixture(path, settings.test_paths))
        return tuple(SingularTest(name=_stem(path), path=path, text=text) for path, text in texts if text)

    def _properties(self, settings: ProjectSettings, variables: Mapping[str, Any]) -> list[Properties]:
        fixtures = self._fixtures(settings)
        found = []
        for path in self._find(settings, (*settings.feature_paths, *settings.test_paths), _YAML):
            if not _is_fixture(path, settings.test_paths):
                since = len(self._checker.diagnostics)
                place = self._yaml(path, variables)
                if place is not None:
                    found.append(read_properties(self._checker, place, fixtures))
                elif len(self._checker.diagnostics) > since:
                    self._checker.lost.update(EVERYTHING)
        return found

    def _fixtures(self, settings: ProjectSettings) -> dict[str, str]:
        """Texts of the fixture files; an empty one is a table without rows and columns, which no test can mean."""
        paths = self._find(settings, settings.test_paths, (".csv", ".sql"))
        texts = ((path, self._folder.text(path)) for path in paths if _is_fixture(path, settings.test_paths))
        return {path: text for path, text in texts if text is not None}

    def _find(self, settings: ProjectSettings, folders: Iterable[str], suffixes: tuple[str, ...]) -> list[str]:
        return self._folder.find(folders, suffixes, skip=str(self._root / settings.target_path))

    def _yaml(self, path: str, variables: Mapping[str, Any]) -> Place | None:
        text = self._folder.text(path, if_empty="error" if path == FILE else "warning")
        parsed = None if text is None else parse_yaml(text, path)
        if isinstance(parsed, Diagnostic):
            self._checker.diagnostics.append(parsed)
            return None
        if parsed is None:
            return None
        place, diagnostics = parsed.build(_lazily(self._environ, variables), secrets_at=_SECRETS_AT)
        self._checker.diagnostics.extend(diagnostics)
        return place


def _resolved(service: Service, names: frozenset[str]) -> Service:
    """The service with the views that its names and versions mean; each is called there what the service calls it."""
    return replace(service, views=tuple(_resolved_use(use, names) for use in service.views))


def _resolved_use(use: ServiceView, names: frozenset[str]) -> ServiceView:
    view = resolved(use.view, use.version, names)
    return use if view == use.view else replace(use, view=view, alias=use.alias or use.view)


def _lazily(environ: Environment, variables: Mapping[str, Any]) -> Render:
    """A renderer that is made when the first template is met: most projects have none, and Jinja is slow to import."""
    made: list[Render] = []

    def render(text: str, may_read_secrets: bool) -> Any:
        if not made:
            from skewless.project.templates import renderer

            made.append(renderer(environ, variables))
        return made[0](text, may_read_secrets)

    return render


def _stem(path: str) -> str:
    return PurePosixPath(path).stem


def _parts(path: str, folders: Iterable[str]) -> Parts:
    """The folders of a model below its feature path, and its name."""
    file = PurePosixPath(path)
    for folder in sorted(folders, key=len, reverse=True):
        if file.is_relative_to(PurePosixPath(folder)):
            return (*file.relative_to(PurePosixPath(folder)).parts[:-1], file.stem)
    return (file.stem,)


def _is_fixture(path: str, folders: Iterable[str]) -> bool:
    return any(PurePosixPath(path).is_relative_to(PurePosixPath(folder) / "fixtures") for folder in folders)


def _is_word(checker: Checker, path: str, name: str) -> bool:
    if name.isidentifier() and name.isascii():
        return True
    message = f"'{name}' is not a name for a feature view"
    checker.report("invalid-value", message, Span.at(path), "use letters, digits and underscores for the file")
    return False


def _distinct(checker: Checker, files: ProjectFiles) -> ProjectFiles:
    """The files with one thing of a name: the first stays, and of another it is said where the first stands."""
    return replace(
        files,
        models=_once(checker, "feature view", ((model.name, Span.at(model.path), model) for model in files.models)),
        entities=_once(checker, "entity", ((one.name, one.span, one) for one in files.entities)),
        sources=_in_own_folders(
            checker, _once(checker, "source table", ((one.full_name, one.span, one) for one in files.sources))
        ),
        properties=_once(checker, "entry for the view", ((one.name, one.span, one) for one in files.properties)),
        services=_once(checker, "service", ((one.name, one.span, one) for one in files.services)),
        unit_tests=_once(checker, "unit test", ((one.name, one.span, one) for one in files.unit_tests)),
    )


def _in_own_folders(checker: Checker, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The sources; two whose rows were landed in one folder would be read as one."""
    landed = ((one.stream.land, one) for one in sources if one.stream and one.stream.land)
    _once(checker, "stream whose rows land in", ((folder, one.span, one) for folder, one in landed))
    return sources


def _once(checker: Checker, noun: str, named: Iterable[tuple[str, Span, T]]) -> tuple[T, ...]:
    first: dict[str, tuple[Span, T]] = {}
    for name, span, item in named:
        other, known = first.setdefault(name, (span, item))
        if known is not item:
            where = other.file if noun == "feature view" else f"{other.file}:{other.line}"
            checker.report("duplicate-name", f"there is another {noun} '{name}' in {where}", span)
    return tuple(item for _, item in first.values())
