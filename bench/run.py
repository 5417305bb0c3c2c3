"""Measures what needs no Feast, into sections of bench/RESULTS.md. Run by `make bench`; `--only training` measures a part."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import compiling
import duckdb
import serving
import shapes
from measure import in_own_process
from results import measured_on, replace_section


def training(folder: Path) -> str:
    rows = []
    for shape, keys in shapes.SHAPES.items():
        place = folder / str(keys)
        shapes.write_shape(place, keys, shapes.EVENTS, shapes.MOMENTS)
        ours = in_own_process(shapes.run_train, place)
        others = {name: in_own_process(shapes.run_by_hand, place, name) for name in _worth_running(keys)}
        best = min(cost.seconds for cost in others.values())
        for name, cost in {"skewless train": ours, **others}.items():
            rows.append(
                f"| {shape} | {name} | {cost.seconds:.1f} s | {cost.seconds / best:.2f} | {cost.peak_gb:.1f} GB |"
            )
            print(rows[-1], flush=True)
        shutil.rmtree(place)
    head = [
        "## Training",
        "",
        f"{shapes.EVENTS:,} events in Parquet, a spine of {shapes.MOMENTS:,} rows, six features over 1 hour, 1 day and",
        "7 days, a Parquet file out. By hand: the same query as an expert writes it for DuckDB, on the same threads and",
        "memory limit. The range join by hand is left out where a key has 10,000 events: it takes minutes.",
        "",
        "| shape | what | time | ratio to the best by hand | peak memory |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows])


def _worth_running(keys: int) -> list[str]:
    return [name for name in shapes.BY_HAND if keys > 10_000 or "range" not in name]


def compilation(folder: Path) -> str:
    cold, warm = compiling.measure_compile(folder / "compile")
    return "\n".join(
        [
            "## Compiling and starting",
            "",
            "1,000 views of five features, training, serving and state SQL of each, as a whole process.",
            "",
            "| what | time |",
            "|---|---|",
            f"| `skewless compile`, cold | {cold:.1f} s |",
            f"| `skewless compile`, nothing changed | {warm:.2f} s |",
            f"| `skewless --help` | {compiling.measure_help():.3f} s |",
        ]
    )


def getting(folder: Path) -> str:
    serving.write_project(folder / "serving")
    rows = [
        f"| {service} | {size} | {median:,.0f} us | {worst:,.0f} us |"
        for service, size, median, worst in serving.measure_get(folder / "serving")
    ]
    return "\n".join(
        [
            "## `FeatureServer.get` on SQLite",
            "",
            "10,000 users of 100 events. *lookup*: five stored features. *risk*: ten request expressions over them.",
            "*fresh*: five aggregates over an hour, a day and 14 days, computed when they are asked for.",
            "",
            "| service | rows | median | 99th percentile |",
            "|---|---|---|---|",
            *rows,
        ]
    )


PARTS: dict[str, Callable[[Path], str]] = {"training": training, "compilation": compilation, "getting": getting}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skewless-bench-") as folder:
        for name in arguments.only or PARTS:
            on = measured_on(DuckDB=duckdb.__version__)
            title, _, rest = PARTS[name](Path(folder)).partition("\n\n")
            section = "\n\n".join([title, on, rest])
            print(section, flush=True)
            replace_section(section)


if __name__ == "__main__":
    main()
