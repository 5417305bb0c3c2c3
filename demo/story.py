"""The example, told: one model, its two compiled forms, a training set, a served vector, and the proof that they agree.

Every value printed is computed while you watch; every command shown is the command that ran.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "features/flights/origin_congestion.sql"
COMPILED = ROOT / "target/compiled/skewless_demo/features/flights"
SPINE = "target/data/flights/spine.parquet"
MOMENT = "2013-06-14 18:00:00"
REQUEST = {
    "origin": "JFK",
    "carrier": "B6",
    "tailnum": "N594JB",
    "dest": "BOS",
    "distance": 187.0,
    "sched_dep_utc": "2013-06-14T20:00:00",
}
PARITY_POINTS = 100


def main() -> None:
    since = time.perf_counter()
    say("1. The model", "One file. It says what a feature is, and not how it is trained or served.")
    quote(MODEL.read_text(encoding="utf-8"))
    say("2. Compile", "Templates are rendered, names and times are checked, and one tree becomes SQL for both paths.")
    skewless("compile", tail=1)
    say("   Training", "It joins every row of a spine with what was visible at that row's own moment.")
    quote(section(COMPILED / "origin_congestion.training.sql", "origin_congestion AS ("))
    say("   Serving", "The same expressions over the rows that the online store holds for the entities asked for.")
    quote(section(COMPILED / "origin_congestion.serving.sql", "origin_congestion AS ("))
    say("3. Run", f"The online store gets what was known just before {MOMENT}; nothing later, however late it arrived.")
    skewless("run", "--as-of", MOMENT, tail=5)
    say("4. Test", "Unit tests run on both paths; data tests look at sources and values; parity compares the paths.")
    skewless("test", "--parity-points", str(PARITY_POINTS), tail=8)
    say("5. Train", "336,776 flights, each two hours before its scheduled departure, with what was known then.")
    skewless("train", "--service", "delay_v1", "--spine", SPINE, "--timestamp", "event_timestamp",
             "--output", "target/training_set.parquet", tail=3)  # fmt: skip
    print()
    quote(training_rows())
    say("6. Get", "A vector, as a serving process answers it, of the origin and the moment of the last row above.")
    skewless("get", "--service", "delay_v1", "--entity", json.dumps(REQUEST), "--as-of", MOMENT, head=8, tail=5)
    say("7. The proof", "Real rows of the spine: trained, and served from a state rebuilt for each moment.")
    parity = ["demo/parity.py", "--points", str(PARITY_POINTS)]
    run([sys.executable, *parity], shown=f"python {' '.join(parity)}", head=0, tail=1)
    print(
        f"\nDone in {time.perf_counter() - since:.0f} seconds. Next: change {MODEL.relative_to(ROOT)} and run this again."
    )


def say(title: str, text: str) -> None:
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}{title}{plain}\n{text}\n", flush=True)


def quote(text: str) -> None:
    print("\n".join(f"    {line}".rstrip() for line in text.strip().split("\n")), flush=True)


def section(path: Path, begins: str) -> str:
    """The CTE that holds the view's features: the rest of the file prepares it."""
    text = path.read_text(encoding="utf-8")
    start = text.index(begins)
    closing = re.search(r"^\)", text[start:], re.MULTILINE)
    end = len(text) if closing is None else start + closing.start() + 1
    return f"-- from {path.relative_to(ROOT)}\n{text[start:end]}"


def skewless(*arguments: str, head: int = 0, tail: int) -> None:
    shown = f"skewless {' '.join(quoted(one) for one in arguments)}"
    run([sys.executable, "-m", "skewless", *arguments], shown=shown, head=head, tail=tail)


def quoted(argument: str) -> str:
    return f"'{argument}'" if re.search(r"[^\w./=:-]", argument) else argument


def run(command: list[str], *, shown: str, head: int, tail: int) -> None:
    """Runs a command in the project, and shows how what it says begins and ends; stops the story if it fails."""
    print(f"    $ {shown}", flush=True)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    lines = done.stdout.strip().split("\n")
    if not done.returncode and len(lines) > head + tail:
        lines = [*lines[:head], "...", *lines[-tail:]]
    quote("\n".join(lines))
    if done.returncode:
        sys.exit(done.returncode)


def training_rows() -> str:
    """Some columns of the rows that end at the moment of the request of step 6."""
    import duckdb

    columns = "flight_id, origin, event_timestamp, late, departures_1h, departures_24h, mean_dep_delay_1h"
    return str(
        duckdb.sql(
            f"SELECT {columns} FROM '{ROOT}/target/training_set.parquet' WHERE origin = 'JFK' "
            f"AND event_timestamp BETWEEN TIMESTAMP '{MOMENT}' - INTERVAL '1' MINUTE AND '{MOMENT}' "
            "ORDER BY event_timestamp, flight_id"
        )
    )


if __name__ == "__main__":
    main()
