"""Options that many verbs share: the global ones, and those of selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_SELECT = ("--select", "-s", "--models", "-m")
_EXCLUDE = ("--exclude",)


def global_options() -> list[click.Option]:
    """New options each time: the group has them, and every verb. None means that the option was not given."""
    return [
        click.Option(["--project-dir"], type=_FOLDER, metavar="DIR", help="Where skewless.yml is, or a folder below."),
        click.Option(["--profiles-dir"], type=_FOLDER, metavar="DIR", help="Where profiles.yml is."),
        click.Option(["--profile"], metavar="NAME", help="The profile to use instead of the project's own."),
        click.Option(["--target", "-t"], metavar="NAME", help="The target of the profile to use."),
        click.Option(["--vars", "variables"], metavar="YAML", help="Project variables, as YAML or JSON."),
        click.Option(
            ["--target-path"], type=click.Path(path_type=Path), metavar="DIR", help="Where to write instead of target/."
        ),
        click.Option(
            ["--threads"],
            type=click.IntRange(min=1),
            metavar="N",
            help="Threads of the engine, of compilation, or of a server.",
        ),
        click.Option(["--no-cache"], is_flag=True, default=None, help="Compile every model anew."),
        click.Option(["--quiet", "-q"], is_flag=True, default=None, help="Print errors only."),
        click.Option(["--debug", "-d"], is_flag=True, default=None, help="Print more, with tracebacks."),
        click.Option(["--log-format"], type=click.Choice(["text", "json"]), help="How log lines are written."),
        click.Option(["--no-use-colors"], is_flag=True, default=None, help="No colours, on a terminal either."),
    ]


GLOBAL = frozenset(str(option.name) for option in global_options())


def show_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The verb's own options first, then those that every verb has."""
    records: dict[str, list[tuple[str, str]]] = {"Options": [], "Global options": []}
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None:
            records["Global options" if param.name in GLOBAL else "Options"].append(record)
    for title, rows in records.items():
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def selection_options(function: FunctionT) -> FunctionT:
    """`--select`, `--exclude` and `--state`: see `selection.chosen`."""
    function = click.option(
        "--state",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="A folder with the manifest.json that state:modified and state:new compare with.",
    )(function)
    function = click.option(
        *_EXCLUDE, multiple=True, metavar="SELECTOR...", help="What to leave out, in the same words."
    )(function)
    return click.option(
        *_SELECT,
        "select",
        multiple=True,
        metavar="SELECTOR...",
        help="What to work on: names, +name+, tag:x, path:x, source:x, service:x, config.key:x, state:modified.",
    )(function)


def sampling_options(function: FunctionT) -> FunctionT:
    """`--parity-points` and `--seed`: at which moments paths are compared and values are tested."""
    function = click.option(
        "--seed", type=int, default=0, show_default=True, help="Which moments and rows are sampled."
    )(function)
    return click.option(
        "--parity-points",
        type=click.IntRange(min=1),
        default=200,
        show_default=True,
        metavar="N",
        help="Moments at which parity tests compare each service.",
    )(function)


def spread_selectors(arguments: Sequence[str]) -> list[str]:
    """`--select a b` as `--select a --select b`: dbt takes every word up to the next option."""
    found: list[str] = []
    current: str | None = None
    for place, argument in enumerate(arguments):
        if argument.startswith("-"):
            current = argument if argument in (*_SELECT, *_EXCLUDE) else None
        elif current is not None and arguments[place - 1] != current:
            found.append(current)
        found.append(argument)
    return found


def wait_option(function: FunctionT) -> FunctionT:
    """`--wait`: how long another run is waited for."""
    return click.option(
        "--wait",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        default=0.0,
        help="How long to wait for another run that loads one of the views; not at all, unless given.",
    )(function)
