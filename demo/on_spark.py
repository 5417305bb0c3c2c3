"""The flights service trained on a Spark cluster of two worker processes and on DuckDB, compared value by value.

python demo/on_spark.py --rows 20000
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, load_workspace
from skewless.verify.equality import equal, tolerant_outputs

ROOT = Path(__file__).parent.parent
SPINE = ROOT / "target/data/flights/spine.parquet"


def trained(target: str, spine: pa.Table) -> pa.Table:
    """The service's features at the spine's moments, on the engine of the target."""
    workspace = load_workspace(Options(project_dir=ROOT, target=target), {})
    workspace.check()
    with workspace.engine() as engine:
        return training_set(engine, workspace.service("delay_v1"), spine, "event_timestamp")


def differences(spine: pa.Table, one: pa.Table, other: pa.Table) -> list[str]:
    """What differs between two training sets, said for a person."""
    service = load_workspace(Options(project_dir=ROOT, target="spark"), {}).service("delay_v1")
    tolerant = tolerant_outputs(service, "spark")
    found = [] if one.schema.equals(other.schema) else [f"types: {one.schema} and {other.schema}"]
    own = [name for name in spine.column_names if not one.column(name).equals(other.column(name))]
    found += [f"the spine's column {name}" for name in own]
    for output in service.outputs:
        dtype = output.instance.view.feature(output.feature).dtype
        both = zip(one.column(output.name).to_pylist(), other.column(output.name).to_pylist(), strict=True)
        found += [
            f"row {row}: {output.name}: {left!r} and {right!r}"
            for row, (left, right) in enumerate(both)
            if not equal(left, right, dtype, is_tolerant=output.name in tolerant)
        ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    spine = pq.read_table(SPINE)
    step = max(1, spine.num_rows // rows)
    spine = spine.take(pa.array(range(0, spine.num_rows, step), pa.int64()))
    sets = {}
    for target in ("dev", "spark"):
        since = time.perf_counter()
        sets[target] = trained(target, spine)
        print(f"{target}: {spine.num_rows:,} rows [{time.perf_counter() - since:.0f} s]", flush=True)
    found = differences(spine, sets["dev"], sets["spark"])
    features = sets["dev"].num_columns - spine.num_columns
    print(f"{spine.num_rows * features:,} values of {features} features: {len(found):,} differ")
    print("\n".join(found[:20]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
