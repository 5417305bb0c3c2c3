"""One command: its options, its environment, its console, and the project it works on."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skewless.cli.console import Console
from skewless.project.environment import Environment

if TYPE_CHECKING:
    from skewless.ground.diagnostics import Diagnostic
    from skewless.project.discover import ReadProject
    from skewless.project.model import Source, Target, ViewProperties
    from skewless.stores.store import OnlineStore
    from skewless.tasks.workspace import Options, Workspace


class Session:
    """Made once per command; the one `Environment` in it knows every secret that was read."""

    def __init__(self, variables: Mapping[str, str], arguments: Sequence[str]) -> None:
        self.environment = Environment(variables)
        self.arguments = tuple(arguments)
        self.command = ""
        self.started = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        self._clock = time.perf_counter()
        self._given: dict[str, Any] = {}
        self._dialect: str | None = None
        self._present = ""
        self._opened = ExitStack()
        plain = bool(self.environment.get("NO_COLOR")) or self.environment.get("TERM") == "dumb"
        self.console = Console(self.environment.redact, colours=not plain)
        # A mistake in the options themselves is told in the format that was asked for, too.
        self._asks_for_json = _asks_for_json(arguments)
        self.console.is_json = self._asks_for_json

    def given(self, options: Mapping[str, Any]) -> None:
        """Takes global options; later ones, those after the verb, win."""
        self._given |= {name: value for name, value in options.items() if value is not None}
        self.console.configure(
            json_lines=self._given.get("log_format") == "json" or self._asks_for_json,
            quiet=bool(self._given.get("quiet")),
            debug=bool(self._given.get("debug")),
            no_colours=bool(self._given.get("no_use_colors")),
        )

    @property
    def elapsed(self) -> float:
        """Seconds since the command began."""
        return time.perf_counter() - self._clock

    @property
    def threads(self) -> int | None:
        """What --threads says."""
        return self._given.get("threads")

    @property
    def project_dir(self) -> Path:
        return Path(self._given.get("project_dir") or Path())

    @cached_property
    def options(self) -> Options:
        """The global options as tasks take them."""
        from skewless.project.project_file import find_root
        from skewless.tasks.workspace import Options

        given = self._given
        profiles_dir, target_path = given.get("profiles_dir"), given.get("target_path")
        return Options(
            project_dir=self.project_dir,
            profiles_dir=None if profiles_dir is None else profiles_dir.absolute(),
            profile=given.get("profile"),
            target=given.get("target"),
            variables=self._variables(),
            target_path=None if target_path is None else find_root(self.project_dir) / target_path,
            threads=given.get("threads"),
            dialect=self._dialect,
            use_cache=not given.get("no_cache"),
        )

    def compile_for(self, dialect: str | None) -> None:
        """Names the engine to write SQL for, if it is not the target's; before anything is compiled."""
        if dialect is None:
            return
        from skewless.dialects.targets import DIALECTS
        from skewless.ground.diagnostics import did_you_mean
        from skewless.ground.errors import UsageError

        if dialect not in DIALECTS:
            hint = did_you_mean(dialect, DIALECTS) or f"the dialects: {', '.join(DIALECTS)}"
            raise UsageError(f"there is no dialect '{dialect}'", help=hint)
        self._dialect = dialect

    @cached_property
    def project(self) -> ReadProject:
        """The project's files, as they are read before anything is compiled."""
        from skewless.project.discover import read_project

        return read_project(self.project_dir, environ=self.environment, cli_vars=self._variables())

    @property
    def target_path(self) -> Path:
        """The folder that commands write to; needs no profile."""
        given = self._given.get("target_path")
        return self.project.files.root / given if given is not None else self.project.files.target_path

    def store(self) -> OnlineStore:
        """The target's online store, without compiling the project."""
        from skewless.tasks.online import online_store

        return online_store(self.target().online, self.project.files.name)

    def store_address(self) -> str:
        """Where the target's online store is, with its secrets."""
        from skewless.tasks.online import address_of

        return address_of(self.target().online)

    def target(self) -> Target:
        """The target, without compiling the project."""
        from skewless.project.profiles import read_target

        given, files = self._given, self.project.files
        folder = given.get("profiles_dir")
        return read_target(
            files,
            profiles_dir=None if folder is None else folder.absolute(),
            profile=given.get("profile"),
            target=given.get("target"),
            environ=self.environment,
        )

    def header(self) -> None:
        """dbt's first line."""
        from skewless import __version__

        self.console.info("started", f"Running with skewless={__version__}", version=__version__, command=self.command)

    def workspace(self, *, quietly: bool = False) -> Workspace:
        """The project under its target, compiled. Warnings are shown; errors raise CompileError."""
        from skewless.tasks.unchanged import present
        from skewless.tasks.workspace import load_workspace

        workspace = load_workspace(self.options, self.environment, is_shared=True)
        if self.command == "compile":  # before it takes its time, in which somebody may add a file
            self._present = present(workspace.root, workspace.read.folders)
        self._opened.callback(workspace.close)
        self.console.debug("project", f"Project {workspace.root}, target {workspace.target.name}")
        self.console.live(f"Compiling {workspace.files.name}")
        workspace.check()
        if self.command != "compile":  # which notes the SQL that it writes, too
            workspace.keep_compiled()
        self.console.rest()
        for path, message in sorted(workspace.lowered.messages, key=itemgetter(0)):
            if message.level == "warn":
                self.console.warn(f"{path}: {message.text}", path=path)
            else:
                self.console.log(message.level, "template_message", f"{path}: {message.text}", fields={"path": path})
        for fault in workspace.diagnostics:
            self.tell(fault)
        if not quietly:
            self._found(workspace)
        return workspace

    def compiled_before(self) -> int | None:
        """How many views an equal `compile` wrote; None when anything it read or wrote has changed since, and with
        --no-cache. It is answered before what compiles is imported."""
        from skewless.tasks.unchanged import compiled_before

        given = self._given.get("target_path")
        if self._given.get("no_cache"):
            return None
        if given is not None and not given.is_absolute():
            return None
        return compiled_before(self.project_dir, given, self._key(), self.environment)

    def remember_compiled(self, workspace: Workspace, written: Iterable[Path], views: int) -> None:
        """Notes what a `compile` read and wrote, unless it read a secret: then it compiles each time."""
        from skewless.tasks.unchanged import forget, remember

        names = self.environment.names_read
        if any(map(self.environment.holds_secret, names)):
            forget(workspace.target_path)
            return
        places = (self.options.profiles_dir, workspace.root, *_home(self.environment))
        profiles = [place / "profiles.yml" for place in places if place is not None]
        remember(
            workspace.target_path,
            key=self._key(),
            root=workspace.root,
            folders=workspace.read.folders,
            before=self._present,
            files={workspace.root / path: digest for path, digest in workspace.read.digests.items()},
            profiles=profiles,
            environment={name: self.environment.get(name) for name in names},
            outputs=written,
            views=views,
        )

    def _key(self) -> list[str]:
        from importlib.metadata import version

        from skewless.ground.version import VERSION

        return [VERSION, version("duckdb"), version("sqlglot"), *self.arguments]

    def tell(self, fault: Diagnostic) -> None:
        """One diagnostic, with its excerpt."""
        from skewless.cli.diagnostics import log_diagnostic

        log_diagnostic(self.console, fault, self.read_text)

    def read_text(self, path: str) -> str | None:
        """A file that a diagnostic points at; its path may be relative to the project."""
        from skewless.ground.errors import UsageError
        from skewless.project.project_file import find_root

        try:
            return (find_root(self.project_dir) / path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError, UsageError):
            return None

    def close(self) -> None:
        self.console.rest()
        self._opened.close()

    def _found(self, workspace: Workspace) -> None:
        files = workspace.files
        counts = {
            "view": len(workspace.views),
            "source": len(files.sources),
            "service": len(files.services),
            "unit test": len(files.unit_tests),
            "data test": _data_tests(workspace),
        }
        words = [f"{number:,} {noun}{'' if number == 1 else 's'}" for noun, number in counts.items() if number]
        fields = {f"{noun.replace(' ', '_')}s": number for noun, number in counts.items()}
        self.console.log("info", "found", f"Found {', '.join(words) or 'nothing'}", fields=fields)
        self.console.space()

    def _variables(self) -> dict[str, Any]:
        from skewless.cli.variables import parse_variables

        text = self._given.get("variables")
        return {} if text is None else parse_variables(text)


def _data_tests(workspace: Workspace) -> int:
    described: list[Source | ViewProperties] = [*workspace.files.sources, *workspace.files.properties]
    columns = sum(len(column.data_tests) for one in described for column in one.columns)
    return columns + sum(len(one.data_tests) for one in described) + len(workspace.files.singular_tests)


def _asks_for_json(arguments: Sequence[str]) -> bool:
    return "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments)


def _home(environ: Mapping[str, str]) -> tuple[Path, ...]:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return (Path(home) / ".skewless",) if home else ()
