"""A folder, a target and variables into everything that the verbs work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from skewless.codegen.meaning import fingerprints
from skewless.contract.instances import ServicePlan
from skewless.contract.ir import FeatureView, SourceTable
from skewless.engines.engine import Engine
from skewless.engines.open import open_engine
from skewless.frontend.context import Environment as TemplateEnvironment
from skewless.frontend.lower import Lowered, frontend_of, source_tables
from skewless.frontend.services import resolve_service
from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.ground.errors import CompileError, UsageError
from skewless.ground.spans import Span
from skewless.project.discover import ReadProject, read_project
from skewless.project.environment import Environment, reveal
from skewless.project.model import ProjectFiles, Target
from skewless.project.profiles import read_target
from skewless.stores.store import OnlineStore
from skewless.tasks.compile_cache import NOTHING, CompileCache, Found
from skewless.tasks.online import online_store, shown_address
from skewless.tasks.sql import CompiledView
from skewless.tasks.workers import Share, Workers, start_workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the global options say."""

    project_dir: Path = Path()
    profiles_dir: Path | None = None
    profile: str | None = None
    target: str | None = None
    variables: Mapping[str, Any] | None = None
    target_path: Path | None = None
    threads: int | None = None
    dialect: str | None = None
    """The engine to write SQL for, if not the target's."""
    use_cache: bool = True


@dataclass(frozen=True)
class Workspace:
    """One project under one target, read and lowered once.

    `lowered`, `services` and `versions` hold what compiles; `diagnostics` what does not.
    """

    read: ReadProject
    target: Target
    environment: Environment
    options: Options
    is_shared: bool = False
    """Whether other processes help to compile a large project; `close` ends them."""

    @property
    def files(self) -> ProjectFiles:
        return self.read.files

    @property
    def root(self) -> Path:
        return self.files.root

    @property
    def target_path(self) -> Path:
        if self.options.target_path is not None:
            return self.options.target_path
        return self.root / self.files.target_path

    @property
    def dialect(self) -> str:
        """The engine that the project is compiled for."""
        return self.options.dialect or self.target.type

    @property
    def threads(self) -> int:
        return self.options.threads or self.target.threads

    @property
    def lowered(self) -> Lowered:
        return self._lowered.lowered

    @cached_property
    def _lowered(self) -> Share:
        known = self.compiled_before
        if self.workers is not None:
            share = self.workers.lower(known.lowered)
        else:
            frontend = frontend_of(self.files, self.template_environment)
            share = Share(frontend.lower(self.files.models, [known.lowered]), {})
        return Share(share.lowered, {**known.fingerprints, **share.fingerprints})

    @cached_property
    def compiled_before(self) -> Found:
        """The models that need not be compiled again."""
        return NOTHING if self._cache is None else self._cache.find()

    @cached_property
    def _cache(self) -> CompileCache | None:
        if not self.is_shared or not self.options.use_cache:
            return None
        return CompileCache(self.target_path, self.files, self.template_environment, self.environment)

    def keep_compiled(self, views: Mapping[str, CompiledView] | None = None) -> None:
        """Notes what has been compiled for the commands to come, the SQL of views too, if it was written."""
        if self._cache is not None:
            self._cache.keep(self.lowered, self.fingerprints, self.compiled_before, views)

    @cached_property
    def workers(self) -> Workers | None:
        """The processes that help, if the project is large enough for any."""
        if not self.is_shared:
            return None
        models = len(self.files.models) - len(self.compiled_before.lowered.models)
        return start_workers(self.files, self.template_environment, self.environment, self.threads, models)

    def close(self) -> None:
        """Ends the processes that help."""
        if self.workers is not None:
            self.workers.close()

    @property
    def template_environment(self) -> TemplateEnvironment:
        target = {"name": self.target.name, "profile_name": self.target.profile, "type": self.target.type}
        return TemplateEnvironment(
            variables=self.files.variables,
            environ=self.environment,
            target={**target, "threads": self.threads},
            project_name=self.files.name,
            dialect=self.dialect,
        )

    @property
    def views(self) -> Mapping[str, FeatureView]:
        return self.lowered.views

    @cached_property
    def sources(self) -> Mapping[str, SourceTable]:
        return source_tables(self.files)

    @cached_property
    def _resolved(self) -> tuple[dict[str, ServicePlan], tuple[Diagnostic, ...]]:
        known = frozenset(model.name for model in self.files.models)
        plans: dict[str, ServicePlan] = {}
        faults: list[Diagnostic] = []
        for service in self.files.services:
            found = resolve_service(service, self.views, known)
            if isinstance(found, ServicePlan):
                plans[service.name] = found
            else:
                faults.extend(found)
        return plans, tuple(faults)

    @property
    def services(self) -> Mapping[str, ServicePlan]:
        return self._resolved[0]

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that is wrong with the project, in the order of its files."""
        found = [*self.read.diagnostics, *self.lowered.diagnostics, *self._resolved[1], *self._orphans()]
        return tuple(sorted(dict.fromkeys(found), key=_place))

    def check(self) -> None:
        """Raises CompileError with every diagnostic unless the whole project compiles."""
        if any(fault.severity == "error" for fault in self.diagnostics):
            raise CompileError(self.diagnostics)

    def service(self, name: str) -> ServicePlan:
        """The plan of a service. Raises UsageError when there is none, CompileError when it does not compile."""
        if name in self.services:
            return self.services[name]
        known = [service.name for service in self.files.services]
        if name in known:
            raise CompileError(self.diagnostics)
        raise UsageError(
            f"there is no service '{name}'", help=did_you_mean(name, known) or f"services: {', '.join(known) or 'none'}"
        )

    def view(self, name: str) -> FeatureView:
        """A view by name. Raises as `service` does."""
        if name in self.views:
            return self.views[name]
        known = [model.name for model in self.files.models]
        if name in known:
            raise CompileError(self.diagnostics)
        raise UsageError(f"there is no feature view '{name}'", help=did_you_mean(name, known))

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """That of every view: another one when its values or its state would be others."""
        return fingerprints(self.views, self._lowered.fingerprints)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The version under which the state of a view is kept, of every view that keeps any: its fingerprint."""
        return {name: self.fingerprints[name] for name, view in self.views.items() if view.kind != "request"}

    @cached_property
    def online_versions(self) -> frozenset[str]:
        """Those of views that are online. A view can cease to be that without another version: then it is one of the
        past."""
        return frozenset(self.fingerprints[name] for name, view in self.views.items() if view.online)

    def engine(self) -> Engine:
        """A new connection to the target's warehouse."""
        return open_engine(
            self.target.type, root=self.root, settings=reveal(self.target.settings), threads=self.threads
        )

    @property
    def store_address(self) -> str:
        """Where the online state is, without secrets of its own."""
        return shown_address(self.target.online)

    def store(self) -> OnlineStore:
        """The target's online store."""
        return online_store(self.target.online, self.files.name)

    def read_text(self, path: str) -> str | None:
        """A file of the project, for excerpts of diagnostics."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _orphans(self) -> list[Diagnostic]:
        """Properties and unit tests of views that do not exist."""
        known = {model.name for model in self.files.models}
        named = [("features", one.name, one.span) for one in self.files.properties]
        named += [("unit test", one.model, one.model_span) for one in self.files.unit_tests]
        return [
            Diagnostic(
                code="unknown-view",
                message=f"{what}: there is no feature view '{name}'",
                span=span,
                help=did_you_mean(name, known) or "a view is a .sql file in the features folder",
            )
            for what, name, span in named
            if name not in known
        ]


def load_workspace(options: Options, environ: Mapping[str, str], *, is_shared: bool = False) -> Workspace:
    """Reads the project and the target. Raises UsageError when either is not there,
    CompileError when that may be because of a fault in the project's files.

    With `is_shared`, other processes help with a large project until the workspace is closed.
    """
    environment = environ if isinstance(environ, Environment) else Environment.of(environ)
    read = read_project(options.project_dir, environ=environment, cli_vars=options.variables or {})
    try:
        target = read_target(
            read.files,
            profiles_dir=options.profiles_dir,
            profile=options.profile,
            target=options.target,
            environ=environment,
        )
    except UsageError as error:
        if any(fault.severity == "error" for fault in read.diagnostics):
            raise CompileError(read.diagnostics) from error  # the project may have failed to say which profile it means
        raise
    return Workspace(read=read, target=target, environment=environment, options=options, is_shared=is_shared)


def _place(fault: Diagnostic) -> tuple[str, int, int, str]:
    span = fault.span or Span.at("")
    return span.file, span.line, span.column, fault.code
