"""Real points of the flights service through both paths: trained on the spine, and served from a state rebuilt for each.

python demo/parity.py --points 5000
python demo/parity.py --points 1000 --store redis://localhost:6379 --http
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from over_http import over_http

from skewless.stores.open import open_store
from skewless.tasks.bundles import bundle_of
from skewless.tasks.workspace import Options, load_workspace
from skewless.verify.parity import Comparison, compare_paths

ROOT = Path(__file__).parent.parent
SPINE = ROOT / "target/data/flights/spine.parquet"


def compare_flights(points: int, seed: int, store: str | None = None, *, http: bool = False) -> Comparison:
    """A sample of the flights' own spine, the same for the same seed; the states are kept in a file or in `store`.

    With `http` each vector is asked for over HTTP, and read from its JSON.
    """
    workspace = load_workspace(Options(project_dir=ROOT), {})
    workspace.check()
    with workspace.engine() as engine:
        spine = engine.arrow(
            f"SELECT * EXCLUDE (late) FROM read_parquet('{SPINE}') ORDER BY hash(flight_id, {int(seed)}) LIMIT {int(points)}"
        )
        service = workspace.service("delay_v1")
        states = None if store is None else open_store(store, project="parity")
        bundle = bundle_of(service, workspace.versions, project="parity", store="")
        with over_http(bundle) if http else nullcontext() as ask:
            return compare_paths(
                engine, service, workspace.versions, spine, "event_timestamp", _told, store=states, ask=ask
            )


def _told(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done:,} of {total:,} points")
        sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", help="the address of an online store for the states")
    parser.add_argument("--http", action="store_true", help="ask over HTTP")
    arguments = parser.parse_args()
    since = time.perf_counter()
    found = compare_flights(arguments.points, arguments.seed, arguments.store, http=arguments.http)
    seconds = time.perf_counter() - since
    print(f"\n{found.values:,} values at {found.points:,} points: {len(found.mismatches):,} differ [{seconds:.0f} s]")
    for one in found.mismatches[:20]:
        print(f"  {one.feature}: trained {one.trained}, served {one.served} at {one.as_of} for {dict(one.keys)}")
    sys.exit(bool(found.mismatches))


if __name__ == "__main__":
    main()
