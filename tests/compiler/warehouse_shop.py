"""A shop of one view whose rows are in a warehouse, and commands on it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from skewless.cli.main import cli

SPINE = "user_id,at\n1,2026-01-02 00:00:00\n"
MODEL = """\
{{{{ config(entity='user', ttl='30 days') }}}}
select user_id, {value} as spent from {{{{ source('shop', 'payments') }}}} group by user_id
"""
COLUMNS = {"payment_id": "bigint", "user_id": "bigint", "amount": "bigint", "paid_at": "timestamp"}

SPARK_MASTER = "local-cluster[2,1,1024]"
"""Two worker processes, so that what is not sent to them, or depends on one process, fails."""


@dataclass(frozen=True)
class WarehouseShop:
    root: Path

    def train(self, *more: str, output: str = "set.parquet") -> Result:
        given = ("--service", "risk", "--spine", "spine.csv", "--timestamp", "at", "--output", output)
        return self.run("train", *given, *more)

    def run(self, *command: str) -> Result:
        before = Path.cwd()
        os.chdir(self.root)
        try:
            return CliRunner(catch_exceptions=False).invoke(cli, command)
        finally:
            os.chdir(before)

    def leavings(self) -> list[str]:
        """What a failed command must not leave."""
        return [path.name for path in self.root.rglob("*") if path.name.startswith(("set.", ".set."))]


def written_shop(
    root: Path, target: dict[str, Any], place: dict[str, str], *, value: str = "max(amount)", **columns: str
) -> WarehouseShop:
    """`place` says where the source is; `columns` are declared besides those that there are, or otherwise."""
    declared = [{"name": name, "data_type": kind} for name, kind in {**COLUMNS, **columns}.items()]
    of_source = {key: value for key, value in place.items() if key == "schema"}
    table = {
        "name": "payments", **{key: value for key, value in place.items() if key != "schema"}, "event_time": "paid_at", "primary_key": "payment_id", "append_only": True,
        "columns": declared,
    }  # fmt: skip
    texts = {
        "skewless.yml": "name: shop\nprofile: shop\n",
        "profiles.yml": yaml.safe_dump({"shop": {"target": "w", "outputs": {"w": target}}}),
        "features/spent.sql": MODEL.format(value=value),
        "features/shop.yml": yaml.safe_dump(
            {
                "entities": [{"name": "user", "keys": [{"name": "user_id", "data_type": "bigint"}]}],
                "sources": [{"name": "shop", **of_source, "tables": [table]}],
                "services": [{"name": "risk", "features": ["spent"]}],
            }
        ),
        "spine.csv": SPINE,
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return WarehouseShop(root)


def one_message(result: Result) -> str:
    """What a command that failed says: one error, and nothing of a program's insides."""
    assert result.exit_code in (1, 2), result.output
    assert len(re.findall("^error: ", result.output, re.MULTILINE)) == 1, result.output
    assert "Traceback" not in result.output
    assert "Internal error" not in result.output
    return result.output
