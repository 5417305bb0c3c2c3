"""profiles.yml: which target is meant, and what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from written_project import WrittenProject, shown

from skewless.ground.errors import CompileError, UsageError
from skewless.project.environment import Environment, reveal
from skewless.project.target_shapes import DUCKDB_FIXED

PROFILES = """
    shop:
      target: dev
      outputs:
        dev: {type: duckdb, path: data/dev.db, threads: 3, memory_limit: 1GB, settings: {a: 1}}
        prod:
          type: snowflake
          account: "{{ env_var('ACCOUNT') }}"
          user: me
          password: "{{ env_var('SNOWFLAKE_PASSWORD') }}"
          schema: ml
          private_key_path: /keys/me.p8
          online: {type: redis, url: "redis://:{{ env_var('REDIS_PASSWORD') }}@host:6379/0", prefix: x, timeout: 1.5}
          registry: "postgresql://u:{{ env_var('REGISTRY_PASSWORD') }}@host/db"
"""


@pytest.fixture
def shop(project: WrittenProject) -> WrittenProject:
    project.environ = {
        "ACCOUNT": "acme", "SNOWFLAKE_PASSWORD": "hunter2", "REDIS_PASSWORD": "swordfish", "REGISTRY_PASSWORD": "abcd1",
    }  # fmt: skip
    return project.write("profiles.yml", PROFILES)


def faults(project: WrittenProject, output: str) -> list[str]:
    project.write("profiles.yml", f"shop:\n  outputs:\n    dev:\n      {output}\n")
    with pytest.raises(CompileError) as caught:
        project.target()
    return [shown(fault).replace("profiles.yml:", "") for fault in caught.value.diagnostics]


def test_a_target_is_read_and_paths_are_seen_from_the_project(shop: WrittenProject) -> None:
    target = shop.target()
    assert (target.profile, target.name, target.type, target.threads) == ("shop", "dev", "duckdb", 3)
    assert target.settings == {"path": str(shop.root / "data/dev.db"), "memory_limit": "1GB", "settings": {"a": 1}}
    assert (target.online.type, target.online.settings) == ("sqlite", {"path": str(shop.root / "target/online.db")})
    assert target.registry == f"sqlite:///{shop.root}/target/registry.db"


def test_the_least_that_a_target_can_say_is_its_type(project: WrittenProject) -> None:
    target = project.write("profiles.yml", "shop: {outputs: {any: {type: duckdb}}}\n").target()
    assert (target.name, target.settings, target.threads) == ("any", {"path": ":memory:"}, 0)


@pytest.mark.parametrize("path", [":memory:", "md:db", "s3://bucket/x.db", "/abs/x.db"])
def test_paths_that_are_not_relative_stay(project: WrittenProject, path: str) -> None:
    target = project.write("profiles.yml", f"shop: {{outputs: {{any: {{type: duckdb, path: '{path}'}}}}}}\n").target()
    assert target.settings["path"] == path


def test_a_registry_and_a_store_beside_the_project_are_seen_from_it(project: WrittenProject) -> None:
    text = "shop: {outputs: {a: {type: duckdb, registry: 'sqlite:///r.db', online: {type: sqlite, path: o.db}}}}\n"
    target = project.write("profiles.yml", text).target()
    assert target.registry == f"sqlite:///{project.root}/r.db"
    assert target.online.settings == {"path": f"{project.root}/o.db"}


def test_secrets_do_not_show_and_are_there_for_the_driver(shop: WrittenProject) -> None:
    environ = Environment(shop.environ)
    target = shop.target(target="prod", environ=environ)
    assert all(secret not in repr(target) + str(target) for secret in ("hunter2", "swordfish", "abcd1"))
    assert reveal(target.settings) == {
        "account": "acme", "user": "me", "password": "hunter2", "schema": "ml", "private_key_path": "/keys/me.p8",
    }  # fmt: skip
    assert reveal(target.online.settings)["url"] == "redis://:swordfish@host:6379/0"
    assert reveal(target.registry) == "postgresql://u:abcd1@host/db"
    assert environ.redact("login of me with hunter2 failed") == "login of me with ***** failed"


def test_a_password_that_stands_in_the_file_is_a_secret_too(project: WrittenProject) -> None:
    project.write(
        "profiles.yml",
        "shop: {outputs: {a: {type: snowflake, account: x, password: hunter2, online: {type: redis, "
        "url: 'redis://u:sesame@h'}}}}\n",
    )
    target = project.target()
    assert "hunter2" not in repr(target)
    assert "sesame" not in repr(target)


def test_other_targets_need_not_be_readable(project: WrittenProject) -> None:
    assert project.write("profiles.yml", PROFILES).target().name == "dev"
    with pytest.raises(CompileError, match="'ACCOUNT' is not set") as caught:
        project.target(target="prod")
    assert len(caught.value.diagnostics) == 4


def test_a_profile_is_looked_for_in_the_named_folder_then_the_project_then_at_home(
    project: WrittenProject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home, named = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("named")
    project.environ = {"HOME": str(home)}
    with pytest.raises(UsageError, match=f"no profiles.yml in {project.root} or {home}/.skewless"):
        project.target()
    (home / ".skewless").mkdir()
    (home / ".skewless" / "profiles.yml").write_text("shop: {outputs: {at_home: {type: duckdb}}}\n")
    assert project.target().name == "at_home"
    project.write("profiles.yml", "shop: {outputs: {in_project: {type: duckdb}}}\n")
    assert project.target().name == "in_project"
    with pytest.raises(UsageError, match=f"no profiles.yml in {named}"):
        project.target(profiles_dir=named)
    (named / "profiles.yml").write_text("shop: {outputs: {named: {type: duckdb}}}\n")
    assert project.target(profiles_dir=named).name == "named"


def test_a_profile_or_target_that_is_not_there_lists_those_that_are(shop: WrittenProject) -> None:
    with pytest.raises(UsageError, match=r"profiles.yml has no profile 'shpo'; the profiles: shop") as caught:
        shop.target(profile="shpo")
    assert caught.value.help == "did you mean 'shop'?"
    with pytest.raises(UsageError, match=r"the profile 'shop' has no target 'prd'; the targets: dev, prod") as caught:
        shop.target(target="prd")
    assert caught.value.help == "did you mean 'prod'?"


def test_the_target_of_a_profile_may_be_a_variable(project: WrittenProject) -> None:
    text = "shop: {target: \"{{ env_var('T', 'a') }}\", outputs: {a: {type: duckdb}, b: {type: duckdb}}}\n"
    project.environ = {"T": "b"}
    assert project.write("profiles.yml", text).target().name == "b"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            "type: duckdb\n      pth: x",
            "unknown-key 5:7-9 'pth' is not a key of a DuckDB target | did you mean 'path'?",
        ),
        ("type: duckbd", "invalid-value 4:13-18 'duckbd' is not a type of a target | did you mean 'duckdb'?"),
        ("path: x", "missing-key 4:7-13 a target needs 'type' | one of duckdb, snowflake, spark"),
        ("type: snowflake", "missing-key 4:7-10 a Snowflake target needs 'account' or 'connection_name'"),
        (
            "{type: snowflake, account: a, warehous: w}",
            "unknown-key 4:37-44 'warehous' is not a key of a Snowflake target",
        ),
        ("{type: spark, master: a, remote: b}", "invalid-value 4:32-37 a Spark target has 'master' and 'remote'"),
        ("{type: duckdb, threads: -1}", "invalid-value 4:31-32 'threads' must be 0 or more"),
        ("{type: duckdb, threads: many}", "invalid-value 4:31-34 'threads' must be a whole number"),
        ("{type: duckdb, registry: x.db}", "invalid-value 4:32-35 'x.db' is not a registry: write sqlite:///path"),
        (
            "{type: duckdb, online: {type: redis}}",
            "missing-key 4:31-34 the Redis online store needs 'url' | write url: redis://host:6379",
        ),
        ("{type: duckdb, online: {type: redis, url: h}}", "invalid-value 4:49-49 'h' is not the url of a Redis server"),
        ("{type: duckdb, online: {type: redis, url: 'redis://h', db: 1}}", "unknown-key 4:62-63 'db' is not a key of"),
        ("{type: duckdb, online: {type: dynamo}}", "'dynamo' is not a type of an online store | one of sqlite, redis"),
        ("{type: duckdb, online: redis}", "missing-key 4:30-34 an online store needs 'type'"),
    ],
)
def test_a_fault_of_a_target_has_its_place(project: WrittenProject, output: str, expected: str) -> None:
    found = faults(project, output)
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (":hunter2@h:6379", "'h:6379' is not the url of a Redis server: write redis://host:6379"),
        ("redis://:hun/ter2@h:6379", "has no number as its port"),
        ("redis://:12/ter2@h:6379", "has no number as its database"),
        ("redis://:hun?ter2@h:6379", "has no number as its port"),
        ("redis://:hun#ter2@h:6379", "has a #: in a user or a password, write / as %2F"),
        ("redis://h:port", "has no number as its port: write redis://host:6379"),
        ("redis://h:6379/features", "has no number as its database: write redis://host:6379/0"),
        ("redis://[::1", "is no URL: write redis://host:6379"),
        ("unix://", "'unix://' is not the url of a Redis server"),
    ],
)
def test_a_faulty_url_of_redis_is_explained_without_its_password(
    project: WrittenProject, url: str, expected: str
) -> None:
    project.write(
        "profiles.yml", "shop: {outputs: {a: {type: duckdb, online: {type: redis, url: \"{{ env_var('A') }}\"}}}}"
    )
    with pytest.raises(CompileError) as caught:
        project.target(environ=Environment({"A": url}))
    text = str(caught.value)
    assert expected in text
    assert not re.search("ter2|hun", text)


@pytest.mark.parametrize(
    "url", ["redis://h", "redis://h:1/", "rediss://u:p%2F@h:1/15", "unix:///tmp/r.sock?db=2", "redis://[::1]:6379"]
)
def test_urls_of_redis(project: WrittenProject, url: str) -> None:
    project.write("profiles.yml", f"shop: {{outputs: {{a: {{type: duckdb, online: {{type: redis, url: '{url}'}}}}}}}}")
    assert project.target().online.settings["url"] == url


def test_spark_has_two_names_for_its_settings(project: WrittenProject) -> None:
    text = "shop: {outputs: {a: {type: spark, master: 'local[2]', conf: {a: 1, b: 1}, settings: {b: 2}}}}\n"
    assert project.write("profiles.yml", text).target().settings == {"master": "local[2]", "settings": {"a": 1, "b": 2}}


def test_a_misspelled_password_is_kept_out_of_the_excerpt(project: WrittenProject) -> None:
    environ = Environment({})
    project.write("profiles.yml", "shop: {outputs: {a: {type: snowflake, account: x, pasword: hunter2}}}\n")
    with pytest.raises(CompileError):
        project.target(environ=environ)
    assert environ.redact("pasword: hunter2") == "pasword: *****"


def test_keys_of_a_profile_and_broken_files_are_faults(project: WrittenProject) -> None:
    with pytest.raises(CompileError, match=r"unknown-key: 'output' is not a key of a profile \(profiles.yml:1:8\)"):
        project.write("profiles.yml", "shop: {output: {}}\n").target()
    with pytest.raises(CompileError, match=r"missing-key: the profile 'shop' needs 'outputs'"):
        project.write("profiles.yml", "shop: {}\n").target()
    with pytest.raises(CompileError, match="syntax-error"):
        project.write("profiles.yml", "shop: {\n").target()
    with pytest.raises(UsageError, match=r"profiles.yml is empty"):
        project.write("profiles.yml", "").target()


def test_a_file_outside_the_project_is_named_in_full(
    project: WrittenProject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("profiles")
    (folder / "profiles.yml").write_text("shop: {outputs: {a: {type: duck}}}\n")
    with pytest.raises(CompileError, match=str(folder)):
        project.target(profiles_dir=folder)


@pytest.mark.parametrize("name", ["integer_division", "TimeZone", "default_null_order", "preserve_insertion_order"])
def test_a_setting_that_changes_values_is_refused(project: WrittenProject, name: str) -> None:
    (fault,) = faults(project, f"{{type: duckdb, settings: {{{name}: true, s3_region: eu}}}}")
    assert fault.startswith("invalid-value 4:33-")
    assert f"the setting '{name}' may not be changed" in fault


@pytest.mark.parametrize(
    "name", ["spark.sql.files.ignoreCorruptFiles", "spark.sql.legacy.timeParserPolicy", "SPARK.SQL.Legacy.sizeOfNull"]
)
def test_a_setting_of_spark_that_changes_values_is_refused(project: WrittenProject, name: str) -> None:
    (fault,) = faults(project, f"{{type: spark, master: local, settings: {{{name}: true, spark.executor.cores: 2}}}}")
    assert f"the setting '{name}' may not be changed" in fault


def test_every_setting_of_duckdb_is_known_to_change_values_or_not_to() -> None:
    """A new setting of DuckDB fails here until somebody has thought about it."""
    import duckdb

    with duckdb.connect() as connection:
        names = {name.lower() for (name,) in connection.sql("SELECT name FROM duckdb_settings()").fetchall()}
    harmless = set((Path(__file__).parent / "harmless_settings.txt").read_text().split())
    assert names - harmless == set(DUCKDB_FIXED)
    assert not harmless & DUCKDB_FIXED
