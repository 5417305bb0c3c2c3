"""What catches the naive join, as it is printed: errors of the compiler, and a counter-example of `verify`."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp

from skewless.codegen.ctes import Cte, same
from skewless.codegen.training.latest import latest_projections
from skewless.codegen.training.plan import Moments, Plan
from skewless.contract.ir import FeatureView
from skewless.contract.names import EVENT, EVENT_TIME, MOMENT, column, table
from skewless.ground.errors import CompileError
from skewless.tasks.workspace import Options, load_workspace
from skewless.verify.told import told
from skewless.verify.trials.search import Verified, verify_view
from skewless.verify.trials.told import counterexample_text

ROOT = Path(__file__).parents[2]
MODELS = {
    "untimed-join": """\
select d.origin, avg(a.arr_delay) filter (where {{ last('1 day') }}) as delay
from {{ source('flights', 'departures') }} as d
join {{ source('flights', 'arrivals') }} as a
    on d.tailnum = a.tailnum and cast(d.departed_at as date) = cast(a.arrived_at as date)
group by d.origin
""",
    "future-leakage": """\
select origin, avg(dep_delay) over (partition by origin, date_trunc('hour', departed_at)) as hour_delay
from {{ source('flights', 'departures') }}
""",
    "unsupported-shape": """\
select d.origin, a.arr_delay
from {{ source('flights', 'departures') }} as d
asof join {{ source('flights', 'arrivals') }} as a
    on d.tailnum = a.tailnum and d.departed_at + interval '1 day' > a.arrived_at
""",
}
"""What the naive query does, as models: the day's arrivals of an aircraft, the mean of the whole hour, and the last arrival
until the evening; each by the error that it is."""
_PLACE = re.compile(r"(?<=a server cannot have seen\.\n\n).*?(?=\*\*`skewless audit`\*\* )", re.DOTALL)
"""Where the page has it: between the sentences before and after."""
VIEW, EXAMPLES, SEED = "tail_last_arrival", 200, 0


def compile_naive(model: str, folder: Path) -> str:
    """What the compiler says of a model in the flights project, which is copied to a folder; empty if nothing."""
    shutil.copytree(ROOT / "features/flights", folder / "features/flights")
    shutil.copytree(ROOT / "macros", folder / "macros")
    (folder / "features/flights/naive.sql").write_text("{{ config(entity='origin', ttl='1 day') }}\n" + model)
    (folder / "skewless.yml").write_text(
        "name: flights\nversion: '1'\nprofile: flights\nvars: {late_minutes: 15, long_haul_miles: 1500}\n"
    )
    (folder / "profiles.yml").write_text("flights: {target: dev, outputs: {dev: {type: duckdb}}}\n")
    workspace = load_workspace(Options(project_dir=folder), {})
    try:
        workspace.check()
    except CompileError as error:
        return "\n".join(told(error, workspace.read_text))
    return ""


def refused() -> Iterator[str]:
    """Each model, as the compiler refuses it."""
    for model in MODELS.values():
        with tempfile.TemporaryDirectory() as folder:
            yield compile_naive(model, Path(folder))


def by_dates(view: FeatureView, prefix: str, rows: str, moments: Moments, statuses: bool) -> tuple[Cte, ...]:
    """The last arrival of an aircraft until the evening, as demo/leakage/naive.sql joins it."""
    evening = sqlglot.parse_one("date_trunc('day', moment._at) + interval '1 day'", dialect="duckdb")
    until = exp.GT(this=evening, expression=column(EVENT_TIME, EVENT))
    keys = [key.name for key in view.keys]
    query = exp.Select(
        expressions=latest_projections(view, moments, statuses),
        from_=exp.From(this=table(moments.name, MOMENT)),
        joins=[
            exp.Join(
                this=table(rows, EVENT), method="ASOF", side="LEFT",
                on=exp.and_(same(EVENT, MOMENT, keys, nulls_match=False), until),
            )
        ],
    )  # fmt: skip
    return (Cte(name=prefix, query=query, comment="the last arrival until the evening"),)


NAIVE = Plan(
    name="by_dates",
    summary="as-of join by the dates of events",
    refuses=lambda view: None if view.kind == "latest" else "it is for latest views",
    cost=lambda *_: 0.0,
    build=by_dates,
)


def differing() -> Verified:
    """What `verify` finds when the naive join takes part as one more way to train."""
    workspace = load_workspace(Options(project_dir=ROOT), {})
    workspace.check()
    return verify_view(workspace, VIEW, examples=EXAMPLES, seed=SEED, others=(NAIVE,))


def caught() -> str:
    """Both, as blocks of Markdown. Raises AssertionError when the naive join is not caught."""
    found = differing()
    if found.counterexample is None:
        raise AssertionError("verify does not find the naive join")
    errors = "\n\n".join(refused())
    counterexample = counterexample_text(found, found.counterexample)
    return (
        f"```\n{errors}\n```\n\n`skewless verify`, with the naive join as one more way to train `{VIEW}`, "
        f"differs in example {found.found_after}:\n\n```\n{counterexample}\n```"
    )


def write_caught(page: Path) -> None:
    """Puts it where the page has it. Raises SystemExit when the page has no such place."""
    written, places = _PLACE.subn(lambda _: f"{caught()}\n\n", page.read_text(encoding="utf-8"))
    if places != 1:
        raise SystemExit(f"{page} has {places} places for what catches the naive join")
    page.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    write_caught(ROOT / "docs/leakage.md")
