"""`skewless audit`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.audit.audit import Audit
    from skewless.audit.causes import Finding

_SAMPLE = 10_000


@verb("audit")
@click.option("--service", required=True, metavar="NAME", help="The service whose answers are audited.")
@click.option("--log", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Its serving log.")
@click.option("--since", metavar="TIMESTAMP", help="Rows asked for this moment (UTC) and later ones.")
@click.option("--until", metavar="TIMESTAMP", help="Rows asked for moments before this one.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=_SAMPLE,
    show_default=True,
    metavar="N",
    help="Rows that are recomputed at most, drawn at random; 0 takes all.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another one draws other rows.")
@click.option(
    "--most-late",
    default="1 day",
    show_default=True,
    metavar="DURATION",
    help="How late a row may be to be taken for late data.",
)
@click.option("--examples", type=click.IntRange(min=0), default=2, show_default=True, help="Shown of each cause.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="A page to write.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    session: Session, service: str, log: Path, since: str | None, until: str | None, sample: int, seed: int,
    most_late: str, examples: int, report: Path | None, output: str,
) -> int:  # fmt: skip
    """Recompute served values by the training path, and explain each that differs.

    Takes requests from a serving log, computes their features from the sources as they are now, and compares value by
    value. Each difference gets one cause: late data, a correction, a stale refresh, a tie, an expired ttl, lost state,
    another definition, a changed source, another type or rounding. Exit code 1 if some have none of these.

    \b
    Examples:
      skewless audit --service fraud_v1 --log served
      skewless audit --service fraud_v1 --log served --since 2026-06-01 --sample 0 --output json
    """
    from skewless.audit.audit import audit
    from skewless.audit.logged import Wanted
    from skewless.cli.moments import parse_moment

    session.console.logs_to_stderr = True
    lateness = _duration(most_late)
    workspace = session.workspace(quietly=True)
    wanted = Wanted(
        project=workspace.files.name,
        service=service,
        since=None if since is None else parse_moment(since, session.started, "--since"),
        until=None if until is None else parse_moment(until, session.started, "--until"),
        sample=sample or None,
        seed=seed,
    )

    def told(done: int, total: int) -> None:
        session.console.live(f"Explaining {total:,} requests that differ: {done:,} are", done, total)

    session.console.live(f"Recomputing {service}")
    with workspace.engine() as engine:
        found = audit(workspace, engine, log, wanted, lateness, told)
    if output == "json":
        session.console.json(_as_object(found, examples), indent=2)
    else:
        _print(session, found, examples)
    if report is not None:
        _write_report(session, found, report)
    return 1 if found.causes.get("unexplained") else 0


def _write_report(session: Session, found: Audit, path: Path) -> None:
    from skewless.audit.report import audit_page
    from skewless.tasks.results import write_files

    write_files({path: audit_page(found, session.started)})
    session.console.info("report", f"Wrote the report {path}", path=str(path))


def _duration(text: str) -> dt.timedelta:
    from skewless.ground.durations import CalendarDurationError, Duration
    from skewless.ground.errors import UsageError

    try:
        return dt.timedelta(microseconds=Duration.parse(text).microseconds)
    except (ValueError, CalendarDurationError) as error:
        raise UsageError(f"--most-late: {error}", help="write it as '4 hours'") from error


def _print(session: Session, found: Audit, examples: int) -> None:
    from skewless.cli.tables import print_table

    data = session.console.data
    span = "" if found.first is None else f", asked for {found.first} to {found.last}"
    data(f"{found.service}: {found.rows:,} rows{span}\n{_summary(found)}")
    if found.findings:
        data("")
        print_table(session.console, ("cause", "values", "rows"), _causes(found))
        data("")
        print_table(session.console, ("feature", "view", "values", "differ", "%", "causes"), _features(found))
    if found.lateness:
        data("\nRows were at least so late:\n")
        header = ("view", "rows", "p50", "p90", "p99", "longest", "delay to add")
        print_table(session.console, header, [_late(one) for one in found.lateness])
    for cause, own in _by_cause(found).items():
        for one in own[:examples]:
            data(f"\n{_told(cause)}\n{_example(one)}")
    for name in found.not_compared:
        session.console.warn(f"'{name}' was logged, and the service has it no more")


def _summary(found: Audit) -> str:
    invalid = f"; {found.invalid:,} could not be served" if found.invalid else ""
    if not found.values:
        return f"There is no value to compare{invalid}."
    if not found.findings:
        return f"All {found.values:,} values are those of training{invalid}."
    share = len(found.findings) / found.values
    return f"{len(found.findings):,} of {found.values:,} values differ ({share:.2%}){invalid}."


def _by_cause(found: Audit) -> dict[str, list[Finding]]:
    """The causes, the most frequent first."""
    grouped: dict[str, list[Finding]] = {}
    for one in found.findings:
        grouped.setdefault(one.cause, []).append(one)
    return dict(sorted(grouped.items(), key=lambda item: -len(item[1])))


def _causes(found: Audit) -> list[tuple[Any, ...]]:
    return [(_told(cause), len(own), len({one.row.number for one in own})) for cause, own in _by_cause(found).items()]


def _told(cause: str) -> str:
    from skewless.audit.cases import CAUSES

    return {str(name): text for name, text in CAUSES.items()}[cause]


def _features(found: Audit) -> list[tuple[Any, ...]]:
    """Those that differ, the worst first."""
    worst = sorted(found.features, key=lambda one: -sum(one.differ.values()) / max(one.values, 1))
    return [
        (
            one.name,
            one.view,
            one.values,
            (differ := sum(one.differ.values())),
            f"{100 * differ / max(one.values, 1):.2f}",
            ", ".join(f"{cause} {count:,}" for cause, count in sorted(one.differ.items(), key=lambda item: -item[1])),
        )
        for one in worst
        if one.differ
    ]


def _late(one: Any) -> tuple[Any, ...]:
    return (
        one.view,
        len(one.lags),
        *(str(one.percentiles[percent]) for percent in (50, 90, 99, 100)),
        str(one.suggested),
    )


def _example(one: Finding) -> str:
    from skewless.cli.tables import cell_text

    fields = ", ".join(f"{name} = {cell_text(value)}" for name, value in one.row.fields.items())
    through = f", through {one.through}" if one.through else ""
    lines = [
        f"  {one.output} of {fields} as of {one.row.at}{through}",
        f"    served {cell_text(one.value.served)} ({one.value.status}), training has {cell_text(one.value.expected)}",
    ]
    if one.row.request_id:
        lines.append(f"    request {cell_text(one.row.request_id)}")
    rows = (", ".join(f"{name} = {cell_text(value)}" for name, value in row.items()) for row in one.rows)
    return "\n".join([*lines, *(f"    row {row}" for row in rows)])


def _as_object(found: Audit, examples: int) -> dict[str, Any]:
    from skewless.cli.values import jsonable

    return {
        "service": found.service,
        "rows": found.rows,
        "first": jsonable(found.first),
        "last": jsonable(found.last),
        "values": found.values,
        "differ": len(found.findings),
        "invalid": found.invalid,
        "causes": {cause: len(own) for cause, own in _by_cause(found).items()},
        "features": [
            {"name": one.name, "view": one.view, "values": one.values, "differ": dict(one.differ)}
            for one in found.features
        ],
        "lateness": [
            {
                "view": one.view,
                "rows": len(one.lags),
                "seconds": {f"p{percent}": lag.total_seconds() for percent, lag in one.percentiles.items()},
                "delay_to_add": one.suggested.total_seconds(),
            }
            for one in found.lateness
        ],
        "examples": [_finding_object(one) for own in _by_cause(found).values() for one in own[:examples]],
        "not_compared": list(found.not_compared),
    }


def _finding_object(one: Finding) -> dict[str, Any]:
    from skewless.cli.values import jsonable

    return {
        "cause": one.cause,
        "feature": one.output,
        "view": one.view,
        "through": one.through,
        "request_id": one.row.request_id,
        "as_of": jsonable(one.row.at),
        "entity": {name: jsonable(value) for name, value in one.row.fields.items()},
        "served": jsonable(one.value.served),
        "status": one.value.status,
        "expected": jsonable(one.value.expected),
        "rows": [{name: jsonable(value) for name, value in row.items()} for row in one.rows],
    }
