"""`skewless`: the verbs, and the global options before or after them. A verb is imported when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

import click

from skewless.cli.options import global_options, show_options
from skewless.cli.session import Session
from skewless.ground.collector import collect_rarely

VERBS: Mapping[str, tuple[str, str]] = {
    "init": ("init", "Make a new project that runs on DuckDB at once."),
    "debug": ("debug", "Check files, profile and connections; say what is missing."),
    "ls": ("ls", "List views, sources, services and unit tests."),
    "compile": ("compile", "Write training, serving and state SQL, the manifest and the serving bundles."),
    "run": ("run", "Bring the online store up to date."),
    "push": ("push", "Write rows of a file into the online store."),
    "stream": ("stream", "Write rows into the online store as they come."),
    "test": ("test", "Run unit tests, data tests and parity tests."),
    "verify": ("verify", "Look for rows on which training and serving differ."),
    "build": ("build", "Compile, run and test in dependency order."),
    "train": ("train", "Join a service's features to a spine, point in time: a training set."),
    "get": ("get", "Read online feature vectors, as a server would answer."),
    "serve": ("serve", "Serve feature vectors over HTTP, as Feast's server does."),
    "diff": ("diff", "Compare definitions with those that are deployed."),
    "monitor": ("monitor", "Compare what was served with what a model was trained on."),
    "show": ("show", "Preview the values of a view or a service."),
    "export": ("export", "Write what other tools need: a repository for Feast's clients."),
    "audit": ("audit", "Recompute served values, and explain those that differ."),
    "explain": ("explain", "Explain an error code, or a view through every stage."),
    "clean": ("clean", "Remove what commands wrote to the target folder."),
}
"""Verb to its module and its line in `--help`, which therefore needs none of the modules."""
ALIASES: Mapping[str, str] = {"list": "ls"}
HELP = """Features as templated SQL, compiled to point-in-time training SQL and to serving SQL.

A project is a folder with a skewless.yml. `skewless init NAME` makes one; `skewless build` compiles it, loads the
online store and tests it. Global options may stand before or after the verb."""


class Commands(click.Group):
    """The group of all verbs; ends every command in an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in VERBS:
            return None
        return cast("click.Command", importlib.import_module(f"skewless.cli.{VERBS[name][0]}").command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and args[0] not in ALIASES and not args[0].startswith("-"):
            from skewless.cli.errors import unknown_command

            raise unknown_command(args[0], (*VERBS, *ALIASES))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in VERBS.items()])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        show_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        cast("Session", ctx.obj).given(ctx.params)
        return super().invoke(ctx)

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> int:
        arguments = list(sys.argv[1:] if args is None else args)
        session = Session(os.environ, arguments)
        code = _guarded(
            session,
            lambda: super(Commands, self).main(
                arguments, prog_name or "skewless", complete_var, standalone_mode=False, obj=session, **extra
            ),
        )
        if standalone_mode:
            sys.exit(code)
        return code


def _guarded(session: Session, call: Any) -> int:
    """The exit code of a call, whatever it raises."""
    try:
        try:
            return int(call() or 0)
        except BaseException as error:
            if isinstance(error, SystemExit):
                raise
            from skewless.cli.errors import report

            return report(error, session)
    finally:
        session.close()


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001
    if value and not ctx.resilient_parsing:
        from skewless import __version__

        click.echo(f"skewless {__version__}")
        ctx.exit()


cli = Commands(
    name="skewless",
    help=HELP,
    params=[
        *global_options(),
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print the version."
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def main() -> None:
    """The entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not end the command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    collect_rarely()
    cli.main(prog_name="skewless")
