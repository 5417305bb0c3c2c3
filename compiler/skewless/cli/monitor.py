"""`skewless monitor`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.ground.durations import Duration
    from skewless.monitor.history import History
    from skewless.monitor.result import MonitorResult, Watched
    from skewless.monitor.run import Asked
    from skewless.project.model import Monitoring, Webhook
    from skewless.tasks.workspace import Workspace

_FILE = click.Path(dir_okay=False, path_type=Path)


@verb("monitor")
@click.argument("service")
@click.option("--baseline", metavar="FILE|PROFILE|TABLE", help="A training set, or a profile that was frozen of one.")
@click.option("--log", metavar="DIR|TABLE", help="The serving log.")
@click.option("--since", metavar="TIMESTAMP|DURATION", help="Rows answered from then on; '7 days' is so long ago.")
@click.option("--until", metavar="TIMESTAMP|DURATION", help="Rows answered before then.")
@click.option("--every", metavar="DURATION", help="The length of a period of what is told over time; else a day.")
@click.option("--freeze", type=_FILE, metavar="FILE", help="Freeze the baseline as JSON: bins and counts, no rows.")
@click.option("--report", type=_FILE, metavar="FILE", help="Write a page with plots, which needs no network.")
@click.option(
    "--prometheus", type=_FILE, metavar="FILE", help="Write gauges for the node exporter's textfile collector."
)
@click.option(
    "--history", type=_FILE, metavar="FILE", help="Where earlier periods are kept, instead of target/monitor."
)
@click.option("--warn-error", is_flag=True, help="Let a warning be a failure.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    session: Session,
    service: str,
    freeze: Path | None,
    report: Path | None,
    prometheus: Path | None,
    history: Path | None,
    warn_error: bool,
    output: str,
    **places: str | None,
) -> int:
    """Compare what was served with what a model was trained on.

    Counts the values of each feature in the serving log and in the baseline, in the same bins, and tells how far apart
    they are: PSI, Kullback-Leibler, Jensen-Shannon, Kolmogorov-Smirnov, rates of NULL and of statuses, age. Thresholds
    are those under `monitor:` of the service. With --freeze and without a log, the baseline is frozen and nothing
    compared.

    \b
    Examples:
      skewless monitor fraud_v1 --baseline training.parquet --freeze fraud_v1.json
      skewless monitor fraud_v1 --baseline fraud_v1.json --log served --since '7 days' --report report.html
    """
    from skewless.monitor.profile import write_profile
    from skewless.monitor.run import frozen_baseline, monitor, monitoring_of

    session.console.logs_to_stderr = True
    workspace = session.workspace(quietly=True)
    monitoring = monitoring_of(workspace, service)
    baseline = _place(workspace, places["baseline"], monitoring.baseline, "a baseline", "--baseline training.parquet")
    if freeze is not None and places["log"] is None:
        write_profile(frozen_baseline(workspace, service, baseline, session.started, session.console.live), freeze)
        return _wrote(session, "profile", freeze)
    log = _place(workspace, places["log"], monitoring.log, "a serving log", "--log served")
    asked = _asked(session, service, baseline, log, monitoring, places)
    result, frozen = monitor(workspace, asked, session.console.live)
    kept = _remember(session, history or _history(workspace, service), result)
    if freeze is not None:
        write_profile(frozen, freeze)
        _wrote(session, "profile", freeze)
    if report is not None:
        _write_report(session, result, kept, report)
    if prometheus is not None:
        _write_gauges(session, result, prometheus)
    _show(session, result, output)
    _save(session, workspace, result)
    if monitoring.webhook is not None:
        _call(session, monitoring.webhook, result)
    return 1 if result.level == "fail" or (warn_error and result.level == "warn") else 0


def _place(workspace: Workspace, given: str | None, written: str | None, what: str, example: str) -> str:
    """What an option says, or the properties; these mean places in the project."""
    from skewless.ground.errors import UsageError
    from skewless.monitor.places import from_root

    if given is not None:
        return given
    if written is not None:
        return from_root(written, workspace.root)
    key = example.split()[0].removeprefix("--")
    raise UsageError(f"{what} is needed", help=f"give {example}, or '{key}' under 'monitor:' of the service")


def _asked(
    session: Session, service: str, baseline: str, log: str, monitoring: Monitoring, given: Mapping[str, str | None]
) -> Asked:
    from skewless.ground.errors import UsageError
    from skewless.monitor.logged import Span
    from skewless.monitor.run import Asked

    since, until = _moment(given["since"], session, "--since"), _moment(given["until"], session, "--until")
    if since is not None and until is not None and since >= until:
        raise UsageError("--since is not before --until", help="give a span that has a length")
    every = monitoring.every if given["every"] is None else _length(given["every"])
    return Asked(
        service=service,
        baseline=baseline,
        log=log,
        span=Span(since=since, until=until),
        every=every,
        now=session.started,
    )


def _moment(text: str | None, session: Session, option: str) -> dt.datetime | None:
    """A moment, or a length of time before now."""
    from skewless.cli.moments import parse_moment
    from skewless.ground.durations import Duration

    if text is None:
        return None
    try:
        return session.started - dt.timedelta(microseconds=Duration.parse(text).microseconds)
    except (ValueError, OverflowError):
        return parse_moment(text, session.started, option)


def _length(text: str) -> Duration:
    from skewless.ground.errors import UsageError
    from skewless.project.properties.monitoring import period_length

    try:
        return period_length(text)
    except ValueError as error:
        raise UsageError(f"--every: {error}", help="write it as '1 day' or '6 hours'") from error


def _history(workspace: Workspace, service: str) -> Path:
    from skewless.monitor.history import FOLDER

    return workspace.target_path / FOLDER / f"{service}.jsonl"


def _remember(session: Session, path: Path, result: MonitorResult) -> History:
    from skewless.monitor.history import remember

    kept = remember(path, result)
    if kept.damaged:
        lines = "a line" if kept.damaged == 1 else f"{kept.damaged:,} lines"
        session.console.warn(f"the history '{path}' has {lines} that cannot be read, and left out")
    return kept


def _write_report(session: Session, result: MonitorResult, kept: History, path: Path) -> None:
    from skewless.monitor.report.page import report_page
    from skewless.tasks.results import write_files

    write_files({path: report_page(result, kept)})
    _wrote(session, "report", path)


def _write_gauges(session: Session, result: MonitorResult, path: Path) -> None:
    from skewless.monitor.gauges import write_gauges

    write_gauges(result, path)
    _wrote(session, "gauges", path)


def _wrote(session: Session, what: str, path: Path) -> int:
    session.console.info("written", f"Wrote the {what} to {path}", what=what, path=str(path))
    return 0


def _show(session: Session, result: MonitorResult, output: str) -> None:
    from skewless.cli.progress import summary
    from skewless.cli.tables import print_table
    from skewless.monitor.result import as_dict

    console = session.console
    for other in (one for one in result.definitions if not one.is_current):
        views = f", with other versions of {', '.join(other.changed)}" if other.changed else ""
        console.warn(
            f"{_rows(other.rows)} {'was' if other.rows == 1 else 'were'} served by another definition, "
            f"{other.name or 'which is not known'}{views}"
        )
    if output == "json":
        console.json(as_dict(result), indent=2)
    else:
        print_table(console, _COLUMNS, [_row(one) for one in result.features])
    span = f"{result.since:%Y-%m-%d %H:%M} to {result.until:%Y-%m-%d %H:%M}"
    text = f"{_rows(result.rows)} served from {span}, against {_rows(result.baseline_rows)} of {result.baseline}"
    console.info("compared", text, rows=result.rows, baseline_rows=result.baseline_rows)
    summary(console, [one.level for one in result.features])


_COLUMNS = ("level", "feature", "psi", "js", "ks", "null", "null before", "mean age", "why")


def _row(one: Watched) -> tuple[object, ...]:
    from skewless.monitor.judge import age_text

    found, apart = one.measures, one.measures.distances if one.measures is not None else None
    before = None if one.baseline is None else one.baseline.tally.null_rate
    return (
        one.level,
        one.name,
        *("" if apart is None else _decimal(getattr(apart, metric)) for metric in ("psi", "js", "ks")),
        "" if found is None else _percent(found.null_rate),
        _percent(before),
        "" if found is None or found.age_mean is None else age_text(found.age_mean),
        "; ".join([*(finding.text for finding in one.findings), *([one.note] if one.note else [])]),
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _decimal(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _save(session: Session, workspace: Workspace, result: MonitorResult) -> None:
    from skewless.cli.outcome import save_results
    from skewless.tasks.manifest import unique_id
    from skewless.tasks.results import Result

    node = unique_id("service", workspace.files.name, result.service)
    save_results(
        session,
        workspace,
        [
            Result(
                unique_id=f"{node}.{one.name}",
                status="skipped" if one.level == "skip" else one.level,
                seconds=0.0,
                message="; ".join(finding.text for finding in one.findings) or one.note,
            )
            for one in result.features
        ],
    )


def _call(session: Session, webhook: Webhook, result: MonitorResult) -> None:
    """Last of all, so that a webhook that cannot be reached loses nothing."""
    from skewless.monitor.webhook import is_wanted, message, send

    if is_wanted(webhook, result):
        session.console.live("Telling the webhook")
        send(webhook, message(result))
        session.console.info("told", "Told the webhook")
