"""What `skewless monitor` leaves behind: results, and a history of each period."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from skewless.cli.main import cli

from .served import DAY, NUMBER, Watched, normal, write_watched


def test_places_of_the_properties_are_below_the_project(tmp_path: Path) -> None:
    shop = write_watched(tmp_path / "shop", NUMBER, "{baseline: training.parquet, log: served, min_rows: 10}")
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20})
    ended = CliRunner().invoke(cli, ["monitor", "--project-dir", str(shop.root), "shop_v1"])
    assert ended.exit_code == 0, ended.output


def test_results_are_kept_as_of_every_command(shop: Watched) -> None:
    shop.train({"amount": normal(100)})
    shop.serve({"amount": normal(100, shift=3)})
    shop.monitor()
    kept = json.loads((shop.root / "target/run_results.json").read_text(encoding="utf-8"))
    [one] = kept["results"]
    assert (one["unique_id"], one["status"]) == ("service.shop.shop_v1.amount", "fail")
    assert "PSI" in one["message"]


def _history(shop: Watched) -> list[dict[str, Any]]:
    text = (shop.root / "target/monitor/shop_v1.jsonl").read_text(encoding="utf-8")
    return [
        json.loads(line) for line in text.splitlines() if line.strip() and line.startswith("{") and line.endswith("}")
    ]


def test_history_keeps_each_period_once(shop: Watched) -> None:
    shop.train({"amount": normal(100)})
    shop.serve({"amount": normal(100)})
    for _ in range(3):
        shop.monitor()
    assert [(one["feature"], one["start"], one["rows"]) for one in _history(shop)] == [
        ("amount", "2026-06-12T00:00:00", 100)
    ]
    shop.serve({"amount": normal(50)}, at=DAY + dt.timedelta(hours=5))
    shop.monitor()
    shop.monitor("--since", "2026-06-12T01:00:00Z")  # less than is known of the day
    assert [one["rows"] for one in _history(shop)] == [100, 150]


def test_history_outlives_the_log_in_the_report(shop: Watched) -> None:
    shop.train({"amount": normal(100)})
    shop.serve({"amount": normal(100)})
    shop.monitor()
    shutil.rmtree(shop.log)
    shop.serve({"amount": normal(100)}, at=DAY + dt.timedelta(days=30))
    shop.monitor("--report", shop.root / "report.html")
    page = (shop.root / "report.html").read_text(encoding="utf-8")
    assert "2026-06-12: 0." in page
    assert "2026-07-12: 0." in page


def test_history_that_was_cut_off_loses_its_last_line_only(shop: Watched) -> None:
    shop.train({"amount": normal(100)})
    shop.serve({"amount": normal(100)})
    shop.monitor()
    file = shop.root / "target/monitor/shop_v1.jsonl"
    with open(file, "a", encoding="utf-8") as opened:
        opened.write('{"feature": "amount", "sta')
    shop.serve({"amount": normal(100)}, at=DAY + dt.timedelta(days=1))
    ended = shop.monitor()
    assert "has a line that cannot be read" in ended.stderr
    assert [one["rows"] for one in _history(shop)] == [100, 100]


def test_another_baseline_begins_another_history(shop: Watched) -> None:
    shop.serve({"amount": normal(100)})
    for seed in (1, 2):
        shop.train({"amount": normal(100, seed=seed)})
        shop.monitor()
    assert len({one["digest"] for one in _history(shop)}) == 2
