"""A baseline that was frozen: it gives what its training set gives, and a damaged one is an error."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from skewless.cli.main import cli

from .served import RULES, Watched, normal, write_watched


def test_a_frozen_baseline_gives_what_the_training_set_gives(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double", "country": "varchar"}, RULES)
    shop.train({"amount": [*normal(50), math.nan, None], "country": ["de", "<b>", None, "日本"] * 13})
    shop.serve({"amount": normal(100, shift=1), "country": ["de", "fr"] * 50})
    whole = shop.result()
    ended = shop.monitor("--freeze", tmp_path / "profile.json")
    assert ended.exit_code == 1
    (tmp_path / "training.parquet").unlink()
    frozen = shop.result("--baseline", tmp_path / "profile.json")
    assert frozen["features"] == whole["features"]
    assert frozen["baseline"]["digest"] == whole["baseline"]["digest"]


def test_a_baseline_is_frozen_without_a_log(shop: Watched) -> None:
    shop.train({"amount": normal(100)})
    words = ["monitor", "--project-dir", str(shop.root), "shop_v1", "--baseline", str(shop.root / "training.parquet")]
    ended = CliRunner().invoke(cli, [*words, "--freeze", str(shop.root / "profile.json")])
    assert ended.exit_code == 0, ended.output
    profile = json.loads((shop.root / "profile.json").read_text(encoding="utf-8"))
    assert (profile["rows"], profile["service"], sum(profile["features"][0]["counts"])) == (100, "shop_v1", 100)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"rows": 20', '"rows": "many"', "is no profile of a baseline"),
        ('"rows": 20', '"surprise": 20', "is no profile of a baseline"),
        ('"format": 1', '"format": 2', "has format 2, and this release reads 1"),
        ('"nulls": 0', '"nulls": -1', "is damaged: a count of 'amount'"),
        ('"has_floor": true', '"has_floor": false', "is damaged: the number of counts of 'amount'"),
        ('"format": 1', '"format": 1,', "is no profile of a baseline"),
    ],
)
def test_a_damaged_profile_is_an_error(shop: Watched, old: str, new: str, said: str) -> None:
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20})
    file = shop.root / "profile.json"
    assert shop.monitor("--freeze", file).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    ended = shop.monitor("--baseline", file)
    assert ended.exit_code == 2
    assert said in ended.stderr
