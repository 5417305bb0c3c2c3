"""A small shop whose sources differ in their time rules, and models compiled against it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from skewless.ground.diagnostics import Diagnostic, render
from skewless.tasks.workspace import Options, Workspace, load_workspace

PROJECT = "name: shop\n"
PROFILES = "shop: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"
# payments, refunds: settled. logins: settled, no order. reports: versions. visits: late. stores, rates: static.
PROPERTIES = """\
entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
  - {name: store, keys: [{name: store_id, data_type: varchar}]}
sources:
  - name: shop
    tables:
      - name: payments
        path: data/payments.parquet
        event_time: paid_at
        primary_key: payment_id
        append_only: true
        columns:
          - {name: payment_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: store_id, data_type: varchar}
          - {name: amount, data_type: double}
          - {name: status, data_type: varchar}
          - {name: paid_at, data_type: timestamp}
      - name: refunds
        path: data/refunds.parquet
        event_time: refunded_at
        primary_key: refund_id
        append_only: true
        columns:
          - {name: refund_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double}
          - {name: refunded_at, data_type: timestamp}
      - name: logins
        path: data/logins.parquet
        event_time: logged_in_at
        columns:
          - {name: user_id, data_type: bigint}
          - {name: device, data_type: varchar}
          - {name: logged_in_at, data_type: timestamp}
      - name: reports
        path: data/reports.parquet
        event_time: happened_at
        known_at: received_at
        primary_key: report_id
        deleted: retracted
        columns:
          - {name: report_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: score, data_type: integer}
          - {name: happened_at, data_type: timestamp}
          - {name: received_at, data_type: timestamp}
          - {name: retracted, data_type: boolean}
      - name: visits
        path: data/visits.parquet
        event_time: visited_at
        known_at: loaded_at
        primary_key: visit_id
        append_only: true
        columns:
          - {name: visit_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: page, data_type: varchar}
          - {name: visited_at, data_type: timestamp}
          - {name: loaded_at, data_type: timestamp}
      - name: stores
        path: data/stores.parquet
        static: true
        primary_key: store_id
        columns:
          - {name: store_id, data_type: varchar}
          - {name: country, data_type: varchar}
          - {name: opened_on, data_type: date}
      - name: rates
        path: data/rates.parquet
        static: true
        columns:
          - {name: country, data_type: varchar}
          - {name: rate, data_type: double}
"""


def written(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """The folder with the files in it, and with a project file, a profile and the shop where they are not given."""
    defaults = {"skewless.yml": PROJECT, "profiles.yml": PROFILES, "features/shop.yml": PROPERTIES}
    for path, text in {**defaults, **files}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def compiled(root: Path, files: Mapping[str, str | bytes], dialect: str | None = None) -> Workspace:
    return load_workspace(Options(project_dir=written(root, files), dialect=dialect), {})


def compiled_model(text: str, *, files: Mapping[str, str] | None = None, **others: str) -> Workspace:
    """One model, `v`, others by name, and other files by path."""
    models = {f"features/{name}.sql": model for name, model in {"v": text, **others}.items()}
    with tempfile.TemporaryDirectory() as folder:
        workspace = compiled(Path(folder), {**models, **(files or {})})
        workspace.diagnostics  # noqa: B018 - read now, while there is a folder
        return workspace


def shown(workspace: Workspace) -> str:
    """All diagnostics as a user sees them."""
    return "\n\n".join(render(fault, workspace.read_text) for fault in workspace.diagnostics)


def errors(workspace: Workspace) -> tuple[Diagnostic, ...]:
    return tuple(fault for fault in workspace.diagnostics if fault.severity == "error")
