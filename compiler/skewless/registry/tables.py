"""The tables of the registry. `migrations` make them; these are for asking."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

HEAD = "0001"
"""The newest migration."""

metadata = MetaData()

projects = Table(
    "projects",
    metadata,
    Column("name", String, primary_key=True),
    Column("identity", String),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String, nullable=False),
)
"""`identity` is what skewless.yml calls `id`: two projects of one name are told apart by it."""

view_versions = Table(
    "view_versions",
    metadata,
    Column("project", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("view", String, nullable=False),
    Column("owner", String),
    Column("schema", Text, nullable=False),
    Column("meaning", String, nullable=False),
    Column("packages", Text, nullable=False),
    Column("text", String, nullable=False),
    Column("definition", LargeBinary, nullable=False),
    Column("written", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String, nullable=False),
)
"""`schema` and `packages` are JSON; `definition` and `written` are compressed JSON of the view and of how its rows are
written (`contract.source_plan.WrittenView`)."""

service_versions = Table(
    "service_versions",
    metadata,
    Column("project", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("service", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("definition", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String, nullable=False),
    Column("current_since", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    Column("retired_at", BigInteger),
)
"""One row of a service is current: that which has not been superseded. The others may be deployed until retired."""

pins = Table(
    "pins",
    metadata,
    Column("project", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("service", String, primary_key=True),
    Column("service_version", String, primary_key=True),
    Column("view_version", String, primary_key=True),
)
"""The versions of views that a version of a service reads."""

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("project", String, nullable=False),
    Column("target", String, nullable=False),
    Column("command", String, nullable=False),
    Column("user", String, nullable=False),
    Column("host", String, nullable=False),
    Column("release", String, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("status", String, nullable=False),
    Index("runs_of_target", "project", "target", "id"),
)

loads = Table(
    "loads",
    metadata,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("version", String, primary_key=True),
    Column("view", String, nullable=False),
    Column("status", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("how", String, nullable=False),
    Column("microseconds", BigInteger, nullable=False),
    Column("entities", BigInteger),
    Column("rows", BigInteger),
    Column("as_of", BigInteger),
    Column("loaded_to", BigInteger),
    Column("ended_at", BigInteger, nullable=False),
)
"""What became of each version of a view in a run: an increment, or the whole."""

leases = Table(
    "leases",
    metadata,
    Column("project", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("token", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("process", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Who may load a view now."""
