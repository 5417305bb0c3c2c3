"""Data tests on a Spark cluster: each fails, or passes, as it does on DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from frontend.shop_data import write_data
from frontend.small_project import PROPERTIES, written

from skewless.tasks.workspace import Options, load_workspace
from skewless.verify.data import DataTests

PROFILES = """\
shop:
  target: {target}
  outputs:
    duckdb: {{type: duckdb, online: {{type: sqlite, path: target/o.db}}}}
    spark: {{type: spark, master: "local-cluster[2,1,1024]", online: {{type: sqlite, path: target/o.db}}}}
"""
TESTED = {
    "{name: payment_id, data_type: varchar}": "{name: payment_id, data_type: varchar, data_tests: [unique, not_null]}",
    "{name: store_id, data_type: varchar}": "{name: store_id, data_type: varchar, data_tests: [not_null, unique, "
    "{relationships: {to: \"source('shop', 'stores')\", field: store_id}}]}",
    "{name: amount, data_type: double}": "{name: amount, data_type: double, data_tests: "
    "[{accepted_range: {min: 0, max: 25}}, not_null]}",
    "{name: status, data_type: varchar}": "{name: status, data_type: varchar, data_tests: "
    "[{accepted_values: {values: [settled]}}, not_null]}",
}
SINGULAR = {
    "dear_payments": "select * from {{ source('shop', 'payments') }} where amount > 25",
    "no_refund_without_payment": "select r.* exclude (amount) from {{ source('shop', 'refunds') }} as r "
    "left join {{ source('shop', 'payments') }} as p using (user_id) where p.user_id is null",
    "a_sampled_row": "select * from {{ source('shop', 'payments') }} using sample 1",
}
VIEW = """\
{{ config(entity='user', ttl='30 days') }}
select user_id, count(*) as n, max(amount) as top from {{ source('shop', 'payments') }} group by user_id
"""
OF_VIEW = """\
features:
  - name: v
    columns:
      - {name: n, data_tests: [not_null, {accepted_range: {max: 3}}]}
      - {name: top, data_tests: [not_null]}
"""


def outcomes(root: Path, target: str) -> dict[str, tuple[str, str | None]]:
    properties = PROPERTIES
    for plain, tested in TESTED.items():
        assert plain in properties
        properties = properties.replace(plain, tested, 1)
    files = {
        "skewless.yml": "name: shop\ntest-paths: [tests]\n", "profiles.yml": PROFILES.format(target=target),
        "features/shop.yml": properties, "features/v.sql": VIEW, "features/v.yml": OF_VIEW,
        **{f"tests/{name}.sql": text for name, text in SINGULAR.items()},
    }  # fmt: skip
    write_data(written(root / target, files))
    _with_nan(root / target / "data/payments.parquet")
    workspace = load_workspace(Options(project_dir=root / target), {})
    assert not workspace.diagnostics, workspace.diagnostics
    with workspace.engine() as engine:
        results = DataTests(workspace, engine, seed=0).run(frozenset([*workspace.sources, *workspace.views]))
        return {one.name: (one.status, one.message) for one in results}


def _with_nan(path: Path) -> None:
    """Two stores of one payment, and an amount that is greater than every limit."""
    rows = pq.read_table(path)
    last = rows.slice(rows.num_rows - 1).set_column(
        rows.schema.get_field_index("amount"), "amount", pa.array([float("nan")])
    )
    pq.write_table(pa.concat_tables([rows, last]), path)


def test_data_tests_come_out_as_on_duckdb(spark: Any, tmp_path: Path) -> None:
    expected, found = outcomes(tmp_path, "duckdb"), outcomes(tmp_path, "spark")
    sampled = expected.pop("a_sampled_row"), found.pop("a_sampled_row")
    assert found == expected
    assert {status for status, _ in expected.values()} == {"pass", "fail"}
    assert len(expected) == 11
    assert sampled[1][0] == "error"
