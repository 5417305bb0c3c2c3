"""2,000 simple models compiled by skewless, dbt-core and SQLMesh, on one machine, in turns: cold, with nothing changed, with
one file and with one variable changed. Run by `make bench-compile`."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from results import measured_on, replace_section

OTHERS = Path(__file__).parents[1] / "target" / "compile-bench" / "bin"
_TABLES, _VARIABLE = 20, 7
"""How many tables the models read in turn, and the number of the model that reads a variable."""
_COLUMNS = ("id", "bigint"), ("user_id", "bigint"), ("ts", "timestamp"), ("amount", "double")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to compile the same models: `model` is the text of one, by its number."""

    name: str
    command: Callable[[Path, int], Sequence[str]]
    """Of a folder and the variable's value."""
    write: Callable[[Path, int], None]
    model: Callable[[int, int], str]
    """Of a number, and a constant that an edit changes."""
    suffix: str
    products: tuple[str, ...]
    """What is removed for a cold start."""
    does: str


def _expression(number: int, constant: int, variable: str) -> tuple[str, str]:
    """The feature, and the condition."""
    least = variable if number == _VARIABLE else str(constant)
    return f"amount + {number} as f_{number}", f"amount > {least}"


def _skewless_model(number: int, constant: int) -> str:
    feature, condition = _expression(number, constant, "{{ var('least') }}")
    table = number % _TABLES
    return (
        f"{{{{ config(entity='user') }}}}\nselect user_id, {feature}\n"
        f"from {{{{ source('bench', 't{table}') }}}}\nwhere {condition}\n"
    )


def _dbt_model(number: int, constant: int) -> str:
    feature, condition = _expression(number, constant, "{{ var('least') }}")
    return f"select user_id, {feature}\nfrom {{{{ source('bench', 't{number % _TABLES}') }}}}\nwhere {condition}\n"


def _sqlmesh_model(number: int, constant: int) -> str:
    feature, condition = _expression(number, constant, "@VAR('least')")
    return (
        f"MODEL (name bench.v{number}, kind VIEW, description 'Number {number}.');\n"
        f"SELECT user_id, {feature} FROM raw.t{number % _TABLES} WHERE {condition}\n"
    )


def _described(models: int) -> list[str]:
    return [
        line
        for number in range(models)
        for line in (
            f"  - name: v{number}",
            f"    description: Number {number}.",
            f"    columns: [{{name: f_{number}, description: A sum.}}]",
        )
    ]


def _write_skewless(folder: Path, models: int) -> None:
    columns = ", ".join(f"{{name: {name}, data_type: {kind}}}" for name, kind in _COLUMNS)
    (folder / "skewless.yml").write_text("name: bench\nversion: '1'\nprofile: bench\nvars: {least: 7}\n")
    (folder / "profiles.yml").write_text("bench: {target: dev, outputs: {dev: {type: duckdb}}}\n")
    tables = [
        line
        for table in range(_TABLES)
        for line in (
            f"      - name: t{table}",
            f"        path: t{table}.parquet",
            "        event_time: ts",
            "        primary_key: [id]",
            "        append_only: true",
            f"        columns: [{columns}]",
        )
    ]
    head = [
        "entities: [{name: user, keys: [{name: user_id, data_type: bigint}]}]",
        "sources:",
        "  - name: bench",
        "    tables:",
    ]
    (folder / "features" / "bench.yml").write_text("\n".join([*head, *tables, "features:", *_described(models)]) + "\n")


def _write_dbt(folder: Path, models: int) -> None:
    (folder / "dbt_project.yml").write_text(
        "name: bench\nversion: '1.0.0'\nconfig-version: 2\nprofile: bench\nmodel-paths: [features]\nvars: {least: 7}\n"
    )
    (folder / "profiles.yml").write_text("bench: {target: dev, outputs: {dev: {type: duckdb, path: ':memory:'}}}\n")
    columns = ", ".join(f"{{name: {name}, data_type: {kind}}}" for name, kind in _COLUMNS)
    tables = [line for table in range(_TABLES) for line in (f"      - name: t{table}", f"        columns: [{columns}]")]
    head = ["version: 2", "sources:", "  - name: bench", "    tables:"]
    (folder / "features" / "bench.yml").write_text("\n".join([*head, *tables, "models:", *_described(models)]) + "\n")


def _write_sqlmesh(folder: Path, models: int) -> None:  # noqa: ARG001 - models describe themselves
    (folder / "config.yaml").write_text(
        "gateways: {local: {connection: {type: duckdb}}}\ndefault_gateway: local\n"
        "model_defaults: {dialect: duckdb}\nvariables: {least: 7}\n"
    )
    columns = "\n".join(f"    {name}: {kind}" for name, kind in _COLUMNS)
    (folder / "external_models.yaml").write_text(
        "".join(f"- name: raw.t{table}\n  columns:\n{columns}\n" for table in range(_TABLES))
    )
    (folder / "features").rename(folder / "models")
    (folder / "features").symlink_to(folder / "models")


CONTENDERS = (
    Contender(
        name="skewless compile",
        command=lambda folder, least: [
            sys.executable, "-m", "skewless", "compile", "--project-dir", str(folder), *_vars(least),
        ],
        write=_write_skewless, model=_skewless_model, suffix=".sql", products=("target",),
        does="training, serving and state SQL of each model, the manifest, bundles",
    ),
    Contender(
        name="dbt parse",
        command=lambda folder, least: [str(OTHERS / "dbt"), "parse", *_dbt(folder), *_vars(least)],
        write=_write_dbt, model=_dbt_model, suffix=".sql", products=("target",),
        does="the manifest; no SQL",
    ),
    Contender(
        name="dbt compile",
        command=lambda folder, least: [str(OTHERS / "dbt"), "compile", *_dbt(folder), *_vars(least)],
        write=_write_dbt, model=_dbt_model, suffix=".sql", products=("target",),
        does="the manifest, and the SQL of each model after its template",
    ),
    Contender(
        name="sqlmesh info",
        command=lambda folder, _: [str(OTHERS / "sqlmesh"), "-p", str(folder), "info", "--skip-connection"],
        write=_write_sqlmesh, model=_sqlmesh_model, suffix=".sql", products=(".cache",),
        does="loads the project: each model parsed, and its tree optimized for the lineage",
    ),
)  # fmt: skip


def _vars(least: int) -> list[str]:
    return [] if least == 7 else ["--vars", f"{{least: {least}}}"]


def _dbt(folder: Path) -> list[str]:
    return ["--project-dir", str(folder), "--profiles-dir", str(folder)]


def measure(folder: Path, models: int, rounds: int) -> dict[str, dict[str, float]]:
    """Seconds by contender and by what was changed, the median of some rounds."""
    times: dict[str, dict[str, list[float]]] = {one.name: {} for one in CONTENDERS}
    for one in CONTENDERS:
        place = folder / one.name.replace(" ", "_")
        (place / "features").mkdir(parents=True)
        one.write(place, models)
        for number in range(models):
            (place / "features" / f"v{number}{one.suffix}").write_text(one.model(number, 0))
    for turn in range(1, rounds + 1):
        for one in CONTENDERS:
            place = folder / one.name.replace(" ", "_")
            for product in one.products:
                shutil.rmtree(place / product, ignore_errors=True)
            for what, seconds in _turn(one, place, turn).items():
                times[one.name].setdefault(what, []).append(seconds)
                print(f"bench-compile: {one.name}, {what}: {seconds:.2f} s", file=sys.stderr, flush=True)
    return {name: {what: statistics.median(found) for what, found in own.items()} for name, own in times.items()}


def _turn(one: Contender, place: Path, turn: int) -> Mapping[str, float]:
    edited = place / "features" / f"v9{one.suffix}"
    found = {"cold": _seconds(one, place, 7), "nothing": _seconds(one, place, 7)}
    edited.write_text(one.model(9, turn))
    found["file"] = _seconds(one, place, 7)
    if one.name == "sqlmesh info":  # it has no option for a variable
        config = place / "config.yaml"
        text = config.read_text()
        config.write_text(text.replace("least: 7", f"least: {turn + 100}"))
        found["variable"] = _seconds(one, place, 7)
        config.write_text(text)
    else:
        found["variable"] = _seconds(one, place, turn + 100)
    return found


def _seconds(one: Contender, place: Path, least: int) -> float:
    environment = {
        **os.environ,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
    }
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        one.command(place, least), capture_output=True, text=True, env=environment, cwd=place, check=False
    )
    seconds = time.perf_counter() - begun
    assert done.returncode == 0, f"{one.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return seconds


def section(found: Mapping[str, Mapping[str, float]], models: int, rounds: int, versions: Mapping[str, str]) -> str:
    ours = found["skewless compile"]
    rows = [
        f"| {one.name} | "
        + " | ".join(f"{found[one.name][what]:.2f} s ({found[one.name][what] / ours[what]:.1f})" for what in ours)
        + f" | {one.does} |"
        for one in CONTENDERS
    ]
    return "\n".join(
        [
            "## Compiling beside dbt-core and SQLMesh",
            "",
            measured_on(**versions),
            "Again: `make bench-compile`.",
            "",
            f"{models:,} models of one column over {_TABLES} tables, each described in YAML; whole processes, in turns, the median of",
            f"{rounds} rounds, and in brackets the ratio to skewless. *File*: one model was edited. *Variable*: one that a single",
            "model reads has another value.",
            "",
            "| | cold | nothing changed | file | variable | what it makes |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


def _versions() -> dict[str, str]:
    script = "import importlib.metadata as m; print(m.version('dbt-core'), m.version('sqlmesh'))"
    done = subprocess.run([str(OTHERS / "python"), "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return dict(zip(("dbt-core", "SQLMesh"), done.stdout.split(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="leave RESULTS.md as it is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skewless-bench-") as folder:
        found = measure(Path(folder), arguments.models, arguments.rounds)
    written = section(found, arguments.models, arguments.rounds, _versions())
    print(written)
    if not arguments.dry:
        replace_section(written)


if __name__ == "__main__":
    main()
