"""A verb: a command that has the global options too, and is handed the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import click

from skewless.cli.options import GLOBAL, global_options, show_options, spread_selectors
from skewless.cli.session import Session


class Verb(click.Command):
    """`callback(session, **own_options)` returns an exit code, or None for success."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.extend(global_options())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        selects = any(param.name == "select" for param in self.params)
        return super().parse_args(ctx, spread_selectors(args) if selects else args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        show_options(self, ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        session = cast("Session", ctx.obj)
        session.given({name: value for name, value in ctx.params.items() if name in GLOBAL})
        session.command = _spoken(ctx)
        own = {name: value for name, value in ctx.params.items() if name not in GLOBAL}
        return ctx.invoke(self.callback, session, **own) if self.callback else None


def _spoken(ctx: click.Context) -> str:
    """The command as one types it, without the program and its options: `export feast`."""
    above = ctx.parent
    return str(ctx.command.name) if above is None or above.parent is None else f"{_spoken(above)} {ctx.command.name}"


def verb(name: str, **settings: Any) -> Callable[[Callable[..., int | None]], click.Command]:
    """Makes a verb of a function; its docstring is the help text."""
    return click.command(name, cls=Verb, **settings)
