"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("identity", sa.String),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
    )
    op.create_table(
        "view_versions",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("version", sa.String, primary_key=True),
        sa.Column("view", sa.String, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("meaning", sa.String, nullable=False),
        sa.Column("packages", sa.Text, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("definition", sa.LargeBinary, nullable=False),
        sa.Column("written", sa.LargeBinary),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
    )
    op.create_table(
        "service_versions",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("service", sa.String, primary_key=True),
        sa.Column("version", sa.String, primary_key=True),
        sa.Column("definition", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("current_since", sa.BigInteger, nullable=False),
        sa.Column("superseded_at", sa.BigInteger),
        sa.Column("retired_at", sa.BigInteger),
    )
    op.create_table(
        "pins",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("service", sa.String, primary_key=True),
        sa.Column("service_version", sa.String, primary_key=True),
        sa.Column("view_version", sa.String, primary_key=True),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("project", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("command", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("release", sa.String, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("status", sa.String, nullable=False),
    )
    op.create_index("runs_of_target", "runs", ["project", "target", "id"])
    op.create_table(
        "loads",
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.String, primary_key=True),
        sa.Column("view", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("how", sa.String, nullable=False),
        sa.Column("microseconds", sa.BigInteger, nullable=False),
        sa.Column("entities", sa.BigInteger),
        sa.Column("rows", sa.BigInteger),
        sa.Column("as_of", sa.BigInteger),
        sa.Column("loaded_to", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
