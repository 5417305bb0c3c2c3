"""Versions in production: what `clean --online` drops and keeps, what `ls --output runs` tells, and what becomes of a
registry that is damaged, locked, gone or another's."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_project import NOON, Shop, log_lines

from skewless.registry.registry import Registry
from skewless.tasks.open_registry import open_registry
from skewless.tasks.workspace import Options, load_workspace

_LATER = "2026-01-01T13:00:00Z"
_CLEAN = ("clean", "--online", "--yes")


@pytest.fixture
def changed(shop: Shop) -> Shop:
    """The first version of user_totals is superseded by a second one; the bundles of the first are in `old`."""
    shop.ok("run", "--as-of", NOON)
    (shop.root / "target/serving").rename(shop.root / "old")
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'")
    shop.ok("run", "--as-of", NOON)
    return shop


def _registry(shop: Shop, target: str | None = None) -> Registry:
    workspace = load_workspace(Options(project_dir=shop.root, target=target), {})
    return open_registry(workspace.files, workspace.target)


def _superseded(shop: Shop) -> list[str]:
    with closing(_registry(shop)) as registry:
        return [f"{one.service}@{one.version}" for one in registry.services() if not one.is_current]


def _current(shop: Shop) -> list[str]:
    with closing(_registry(shop)) as registry:
        return [f"{one.service}@{one.version}" for one in registry.services() if one.is_current]


def _states(shop: Shop) -> list[str]:
    workspace = load_workspace(Options(project_dir=shop.root), {})
    with closing(workspace.store()) as store:
        return sorted(info.version.partition("@")[0] for info in store.versions())


def _retiring(services: list[str]) -> list[str]:
    return [word for service in services for word in ("--retire", service)]


# clean --online


def test_what_a_superseded_service_reads_stays_until_it_is_retired(changed: Shop) -> None:
    old = _superseded(changed)
    result = changed.ok("clean", "--online", "--yes")
    assert re.search(
        r"Stays: user_totals@\w+: checkout_v1@\w+ reads it, superseded \d+ (second|minute)s? ago", result.stdout
    )
    assert all(f"(--retire {service})" in result.stdout for service in old)
    half = changed.ok("clean", "--online", "--yes", *_retiring(old[:1]))
    assert "To drop" not in half.stdout
    assert _states(changed) == ["user_profile", "user_totals", "user_totals"]
    whole = changed.ok("clean", "--online", "--yes", *_retiring(old[1:]))
    assert whole.stdout.count("Dropped ") == 1
    assert _states(changed) == ["user_profile", "user_totals"]
    assert _superseded(changed) == []


def test_a_service_that_was_removed_is_superseded_and_can_be_retired(changed: Shop) -> None:
    changed.replace("features/shop.yml", "  - name: totals_v1\n    features: [user_totals]\n", "")
    assert "service totals_v1: schema breaks" in changed.run("diff").stdout
    changed.ok("run", "--as-of", NOON)
    gone = [name for name in _superseded(changed) if name.startswith("totals_v1")]
    assert len(gone) == 2
    assert len(changed.ok("diff", "--fail-on", "cosmetic").stdout.splitlines()) == 1
    changed.ok("clean", "--online", "--yes", *_retiring(gone))
    assert not any(name.startswith("totals_v1") for name in _superseded(changed))


def test_a_view_that_was_removed_is_told_until_the_next_run(shop: Shop) -> None:
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_totals, basket]")
    shop.ok("run", "--as-of", NOON)
    shop.replace("features/shop.yml", "  - name: totals_v1\n    features: [user_totals]\n", "")
    shop.replace("features/shop.yml", "[user_totals, basket]", "[user_profile]")
    for name in ("user_totals", "basket"):
        (shop.root / f"features/{name}.sql").unlink()
    entry = shop.read("features/shop.yml").partition("features:\n")[2].partition("services:")[0]
    shop.replace("features/shop.yml", f"features:\n{entry}", "")
    (shop.root / "tests/shop.yml").unlink()
    assert "view user_totals: schema breaks" in shop.run("diff").stdout
    shop.ok("run", "--as-of", NOON)
    assert len(shop.ok("diff", "--fail-on", "cosmetic").stdout.splitlines()) == 1


def test_rows_reach_a_version_that_is_kept(changed: Shop) -> None:
    line = '{"order_id": 9, "user_id": 1, "amount": 7.0, "ordered_at": "2026-01-01 11:30:00"}\n'
    changed.ok("push", "shop.orders", "-", stdin=line)
    assert _served(changed)["amount_1d"] == 27.0  # two hours in the second version
    (changed.root / "target/serving").rename(changed.root / "new")
    assert _served(changed, "old")["amount_1d"] == 37.0  # a day in the first
    changed.write("data/orders.csv", changed.read("data/orders.csv") + "10,1,5.0,2026-01-01 11:45:00\n")
    changed.ok("run", "--as-of", NOON)
    assert _served(changed, "old")["amount_1d"] == 35.0 + 7.0


def test_rows_reach_kept_versions_of_views_that_a_run_leaves_out(shop: Shop) -> None:
    """Plans of sources are of all views, whichever are selected: the bundles beside them may read any."""
    shop.write("features/user_late.sql", shop.read("features/user_totals.sql").replace("_1d", "_late"))
    shop.ok("run", "--as-of", NOON)
    for name in ("user_totals", "user_late"):
        shop.replace(f"features/{name}.sql", "'1 day'", "'2 hours'")
    shop.ok("run", "--as-of", NOON, "--select", "user_late")
    plan = shop.json("target/serving/sources/shop.orders.json")
    read = set(re.findall(r"user_totals@\w+", shop.read("target/serving/totals_v1.json")))
    assert len(read) == 1
    assert read <= {view["version"] for view in plan["views"]}


def test_a_view_that_is_online_no_more_is_kept_fresh_for_those_who_read_it(shop: Shop) -> None:
    """That is no other version, and none of the present."""
    shop.ok("run", "--as-of", NOON)
    (shop.root / "target/serving").rename(shop.root / "old")
    shop.replace("features/user_totals.sql", "entity='user'", "entity='user', online=false")
    (shop.root / "features/basket.sql").unlink()
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_profile]")
    shop.replace("features/shop.yml", "  - name: totals_v1\n    features: [user_totals]\n", "")
    shop.write("data/orders.csv", shop.read("data/orders.csv") + "4,1,7.0,2026-01-01 09:30:00\n")
    version = load_workspace(Options(project_dir=shop.root), {}).fingerprints["user_totals"]
    assert version in shop.read("old/totals_v1.json")
    shop.ok("run", "--as-of", NOON)
    assert _served(shop, "old")["orders_1d"] == 3
    line = '{"order_id": 9, "user_id": 1, "amount": 7.0, "ordered_at": "2026-01-01 11:30:00"}\n'
    shop.ok("push", "shop.orders", "-", stdin=line)
    assert _served(shop, "old")["orders_1d"] == 4
    assert "Dropped user_totals@" in shop.ok(*_CLEAN, *_retiring(_superseded(shop))).stdout


@pytest.mark.parametrize(
    ("column", "now", "sent", "reason"),
    [
        ("      - {name: amount, data_type: double, data_tests: [{accepted_range: {min: 0}}]}\n", "", "",
         "it reads 'amount', which shop.orders does not declare any more"),
        ("{name: amount, data_type: double", "{name: amount, data_type: bigint", '"amount": 7, ',
         "it reads 'amount' as DOUBLE, and shop.orders declares BIGINT"),
    ],
    ids=["removed", "of another type"],
)  # fmt: skip
def test_rows_do_not_reach_a_version_that_reads_columns_as_they_were(
    changed: Shop, column: str, now: str, sent: str, reason: str
) -> None:
    """They do not have what it reads. `run` finds that where it still is."""
    changed.replace("features/shop.yml", f"    {column}" if not now else column, now)
    if not now:
        changed.replace("features/user_totals.sql", "sum(amount)", "max(order_id)")
    changed.ok("run", "--as-of", NOON)
    line = f'{{"order_id": 9, "user_id": 1, {sent}"ordered_at": "2026-01-01 11:30:00"}}\n'
    told = changed.ok("push", "shop.orders", "-", stdin=line).output
    assert re.search(rf"user_totals@\w+ is left as it is: {reason}; bring it up to date with: skewless run", told)
    assert _served(changed, "old")["orders_1d"] == 2
    assert _served(changed)["orders_1d"] == 2
    changed.write("data/orders.csv", changed.read("data/orders.csv") + "9,1,7.5,2026-01-01 11:30:00\n")
    changed.ok("run", "--as-of", NOON)
    assert _served(changed, "old") == {"orders_1d": 3, "amount_1d": 37.5}


def test_a_row_that_comes_twice_at_once_is_one_in_a_version_that_knows_no_corrections(shop: Shop) -> None:
    """Whether rows have versions is what each version of a view knows of its source, and not what the source says now."""
    shop.ok("run", "--as-of", NOON)
    (shop.root / "target/serving").rename(shop.root / "old")
    shop.replace("features/shop.yml", "primary_key: [order_id]\n        append_only: true", "primary_key: [order_id]")
    shop.ok("run", "--as-of", NOON)
    line = '{"order_id": 9, "user_id": 1, "amount": 7.0, "ordered_at": "2026-01-01 11:30:00"}\n'
    shop.ok("push", "shop.orders", "-", stdin=line * 2)
    assert _served(shop)["amount_1d"] == _served(shop, "old")["amount_1d"] == 37.0


def test_a_version_of_the_past_reads_what_has_come_to_be_landed(changed: Shop) -> None:
    """Where a stream lands its rows is no part of a version, so the version that was noted before does not say it."""
    stream = "{type: redis, url: 'redis://127.0.0.1', name: orders, land: landed/orders}"
    changed.replace("features/shop.yml", "event_time: ordered_at", f"event_time: ordered_at\n        stream: {stream}")
    folder = changed.root / "landed/orders/known_date=2026-01-01"
    folder.mkdir(parents=True)
    at = dt.datetime(2026, 1, 1, 9, 30)
    row = {"order_id": [4], "user_id": [1], "amount": [7.0], "ordered_at": [at]}
    pq.write_table(pa.table(row), folder / "one.parquet")
    changed.ok("run", "--as-of", NOON, "--full-refresh")
    assert _served(changed, "old")["orders_1d"] == 3


def test_what_the_bundle_of_a_single_view_reads_stays_and_is_kept_fresh(shop: Shop) -> None:
    """A view that no service reads is served by its own bundle, which is deployed with the others."""
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_profile]")
    shop.replace("features/shop.yml", "  - name: totals_v1\n    features: [user_totals]\n", "")
    shop.ok("run", "--as-of", NOON)
    (shop.root / "target/serving").rename(shop.root / "old")
    shop.replace("features/user_totals.sql", "'1 day'", "'1 hour'")
    shop.write("data/orders.csv", shop.read("data/orders.csv") + "4,1,7.0,2026-01-01 09:30:00\n")
    shop.ok("run", "--as-of", NOON)
    shop.ok("run", "--as-of", NOON, "--select", "user_profile")  # and leaves the other bundles as they were
    assert re.search(r"Stays: user_totals@\w+: serving/views@\w+ reads it, superseded", shop.ok(*_CLEAN).stdout)
    assert _served(shop, "old", "views/user_totals")["orders_1d"] == 3
    assert shop.ok("diff", "--fail-on", "cosmetic").exit_code == 0
    assert "Dropped user_totals@" in shop.ok(*_CLEAN, *_retiring(_superseded(shop))).stdout
    assert _states(shop) == ["user_profile", "user_totals"]


def _served(shop: Shop, bundles: str = "target/serving", name: str = "totals_v1") -> dict[str, float]:
    """What a bundle answers, as a server would."""
    from skewless.serve.server import FeatureServer

    with closing(
        FeatureServer.load(shop.root / bundles / f"{name}.json", f"sqlite:///{shop.root}/target/online.db")
    ) as server:
        vector = server.get([{"user_id": 1}], as_of="2026-01-01T12:00:00")
    return {name: vector.values[name][0] for name in vector.names}


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("totals_v1", "'totals_v1' is no version of a service"),
        ("totals_v1@", "'totals_v1@' is no version of a service"),
        ("totals_v1@000000000000", "there is no version 'totals_v1@000000000000' of a service that could be retired"),
    ],
)
def test_a_version_that_is_none_is_not_retired(changed: Shop, service: str, said: str) -> None:
    result = changed.run("clean", "--online", "--yes", "--retire", service)
    assert result.exit_code == 2
    assert said in result.output
    assert _states(changed) == ["user_profile", "user_totals", "user_totals"]
    assert changed.exists("target/serving")


def test_versions_that_could_be_retired_are_named(changed: Shop) -> None:
    result = changed.run("clean", "--online", "--retire", "totals_v1@000000000000")
    assert f"those that are superseded: {', '.join(_superseded(changed))}" in result.output


def test_the_current_version_is_never_retired(changed: Shop) -> None:
    current = _current(changed)[0]
    result = changed.run("clean", "--online", "--yes", "--retire", current)
    assert result.exit_code == 2
    assert f"'{current}' is the current version of checkout_v1" in result.output
    changed.ok("clean", "--online", "--yes", "--retire-after", "1 microsecond")
    assert _current(changed)[0] == current


@pytest.mark.parametrize("after", ["soon", "-1 day", "7"])
def test_a_length_of_time_that_is_none_is_refused(changed: Shop, after: str) -> None:
    result = changed.run("clean", "--online", "--retire-after", after)
    assert result.exit_code == 2
    assert f"'{after}' is no length of time" in result.output


def test_a_short_while_is_waited_for(changed: Shop) -> None:
    result = changed.ok("clean", "--online", "--yes", "--retire-after", "7 days")
    assert "To retire" not in result.stdout
    assert len(_states(changed)) == 3


def test_options_about_the_store_need_it(shop: Shop) -> None:
    for option in (["--yes"], ["--retire", "a@b"], ["--retire-after", "1 day"], ["--unknown"]):
        result = shop.run("clean", *option)
        assert result.exit_code == 2
        assert "add --online" in result.output


def test_a_state_of_which_nothing_is_known_stays_unless_it_is_said(changed: Shop) -> None:
    (changed.root / "target/registry.db").unlink()
    result = changed.ok("clean", "--online", "--yes")
    assert re.search(r"Stays: user_totals@\w+: the registry does not know it, .* \(--unknown\)", result.stdout)
    assert len(_states(changed)) == 3
    assert "Dropped user_totals@" in changed.ok("clean", "--online", "--yes", "--unknown").stdout
    assert _states(changed) == ["user_profile", "user_totals"]


def test_what_another_target_uses_stays(shop: Shop) -> None:
    """Two targets over one store and one registry."""
    shop.replace("profiles.yml", "path: other/online.db}", "path: target/online.db}")
    shop.ok("run", "--as-of", NOON, "--target", "other")
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'")
    shop.ok("run", "--as-of", NOON)
    arguments = ("clean", "--online", "--yes", "--retire-after", "1 microsecond", "--unknown")
    assert re.search(r"Stays: user_totals@\w+: \w+ of the target other reads it", shop.ok(*arguments).stdout)
    assert len(_states(shop)) == 3


def test_nothing_is_dropped_without_a_terminal_or_yes(changed: Shop) -> None:
    for more in ([], ["--log-format", "json"]):
        result = changed.ok("clean", "--online", *_retiring(_superseded(changed)), *more)
        assert "nothing was dropped: say --yes" in result.output
        assert len(_states(changed)) == 3
        assert len(_superseded(changed)) == 2


def test_what_has_come_into_use_meanwhile_is_not_dropped(changed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody rolls back between what is shown and what is confirmed."""

    def rolled_back(*_: object) -> bool:
        changed.replace("features/user_totals.sql", "'2 hours'", "'1 day'")
        changed.ok("run", "--as-of", NOON)
        changed.replace("features/user_totals.sql", "'1 day'", "'2 hours'")
        return True

    monkeypatch.setattr("skewless.cli.clean._is_confirmed", rolled_back)
    result = changed.ok("clean", "--online", *_retiring(_superseded(changed)))
    assert re.search(r"Stays: user_totals@\w+: a service has come to read it meanwhile", result.stdout)
    assert "Dropped" not in result.stdout
    assert len(_states(changed)) == 3


def test_a_run_that_loads_what_would_be_dropped_is_named(changed: Shop) -> None:
    old = _superseded(changed)
    with closing(_registry(changed)) as registry:
        versions = [pin for one in registry.services() if not one.is_current for pin in one.pins]
        with registry.leased(versions, "run 3"):
            result = changed.run("clean", "--online", "--yes", *_retiring(old))
    assert result.exit_code == 1
    assert "being loaded by run 3 of " in result.output
    assert len(_states(changed)) == 3
    assert "Dropped user_totals@" in changed.ok("clean", "--online", "--yes").stdout  # its readers are retired already


def test_a_bundle_whose_version_was_cleaned_says_what_to_do(changed: Shop) -> None:
    changed.ok("clean", "--online", "--yes", *_retiring(_superseded(changed)))
    result = changed.run("serve", "--bundles", "old", "--service", "totals_v1", "--port", "0")
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "holds no state of 'user_totals' in the version that this bundle reads (user_totals@" in said
    assert "in the project as it was when the bundle was written; or deploy the bundle that the last run wrote" in said
    changed.replace("features/user_totals.sql", "'2 hours'", "'1 day'")
    changed.ok("run", "--as-of", NOON)
    assert _served(changed, "old")["orders_1d"] == 2


# ls --output runs


def test_runs_and_how_fresh_views_are(changed: Shop) -> None:
    (changed.root / "data/profiles.parquet").unlink()
    changed.run("run", "--as-of", _LATER)
    result = changed.ok("ls", "--output", "runs")
    runs, fresh = result.stdout.split("\n\n")
    first, *rows = [line.split() for line in runs.splitlines() if not line.startswith("-")]
    assert first == ["run", "started", "command", "by", "status", "seconds", "views", "errors", "entities", "rows"]
    assert [(row[0], row[-4], row[-3]) for row in rows] == [("3", "2", "1"), ("2", "3", "0"), ("1", "2", "0")]
    assert re.search(r"user_totals +\w+ +true +2026-01-01 13:00:00", fresh)
    assert re.search(r"user_totals +\w+ +false +2026-01-01 13:00:00", fresh)  # the version of the past is kept fresh
    assert re.search(r"user_profile +\w+ +true +2026-01-01 12:00:00", fresh)
    assert len(changed.ok("ls", "--output", "runs", "--limit", "1").stdout.split("\n\n")[0].splitlines()) == 3


def test_runs_as_json(changed: Shop) -> None:
    lines = log_lines(changed.ok("ls", "--output", "runs", "--log-format", "json").stdout)
    runs, views = [line["run"] for line in lines if "run" in line], [line["view"] for line in lines if "view" in line]
    assert [(run["id"], run["command"], run["status"]) for run in runs] == [(2, "run", "done"), (1, "run", "done")]
    assert [(load["view"], load["how"], load["rows"]) for load in runs[1]["loads"]] == [
        ("user_totals", "whole", 3),
        ("user_profile", "whole", 1),
    ]
    assert runs[0]["started_at"].endswith("Z")
    assert [(one["view"], one["is_current"], one["loaded_to"]) for one in views] == [
        ("user_profile", True, "2026-01-01T12:00:00Z"),
        ("user_totals", True, "2026-01-01T12:00:00Z"),
        ("user_totals", False, "2026-01-01T12:00:00Z"),
    ]
    assert all(one["age_seconds"] > 0 for one in views)


def test_after_a_roll_back_the_former_version_is_current(changed: Shop) -> None:
    changed.replace("features/user_totals.sql", "'2 hours'", "'1 day'").ok("run", "--as-of", NOON)
    _, fresh = changed.ok("ls", "--output", "runs").stdout.split("\n\n")
    current = {line.split()[1]: line.split()[2] for line in fresh.splitlines() if line.startswith("user_totals")}
    with closing(_registry(changed)) as registry:
        read = {pin.partition("@")[2]: one.is_current for one in registry.services() for pin in one.pins}
    assert current == {version: str(read[version]).lower() for version in current}
    assert sorted(current.values()) == ["false", "true"]


def test_what_was_dropped_is_not_among_the_fresh(changed: Shop) -> None:
    changed.ok("clean", "--online", "--yes", *_retiring(_superseded(changed)))
    assert changed.ok("ls", "--output", "runs").stdout.split("\n\n")[1].count("user_totals") == 1


@pytest.mark.parametrize("option", [("--select", "user_totals"), ("--exclude", "basket"), ("--resource-type", "view")])
def test_runs_are_not_selected(changed: Shop, option: tuple[str, str]) -> None:
    result = changed.run("ls", "--output", "runs", *option)
    assert result.exit_code == 2
    assert "--output runs lists all runs of the target" in result.output


def test_there_are_no_runs_yet(shop: Shop) -> None:
    assert "run" in shop.ok("ls", "--output", "runs").stdout
    assert shop.ok("ls", "--output", "runs", "--log-format", "json").stdout == ""


# a registry that is damaged, locked, gone, or another's


def test_a_damaged_registry_is_named_and_nothing_is_loaded(changed: Shop) -> None:
    changed.write("target/registry.db", "this is no database, and is longer than a hundred bytes, " * 5)
    before = changed.read("target/serving/totals_v1.json")
    for verb in (["run", "--as-of", _LATER], ["diff"], ["ls", "--output", "runs"], ["clean", "--online", "--yes"]):
        result = changed.run(*verb)
        assert result.exit_code == (2 if verb == ["diff"] else 1), verb
        assert "target/registry.db is damaged: file is not a database" in result.output
        assert "move the file away and run again" in result.output
    assert changed.read("target/serving/totals_v1.json") == before
    assert len(_states(changed)) == 3
    assert "registry [ERROR" in changed.run("debug").stdout


def test_a_registry_that_is_gone_is_made_anew(changed: Shop) -> None:
    (changed.root / "target/registry.db").unlink()
    result = changed.ok("run", "--as-of", NOON)
    assert re.search(r"The registry sqlite:///\S+ is new; the online store holds 3 states already", result.stdout)
    assert [name.partition("@")[0] for name in _current(changed)] == ["checkout_v1", "totals_v1"]
    assert "No state in the online store is to be dropped" in changed.ok("clean", "--online", "--yes").stdout
    assert "is new" not in changed.ok("run", "--as-of", NOON).stdout


def test_states_that_a_new_registry_does_not_know_are_named_by_each_run(changed: Shop) -> None:
    """Whatever made the registry anew: a bundle that reads them answers with less and less."""
    stale = r"warning: user_totals@\w+ stays as it is: the registry does not know it"
    assert not re.search(stale, changed.ok("run", "--as-of", NOON).output)
    (changed.root / "target/registry.db").unlink()
    changed.ok("ls", "--output", "runs")
    for _ in range(2):
        assert len(re.findall(stale, changed.ok("run", "--as-of", NOON).output)) == 1
    changed.ok("clean", "--online", "--unknown", "--yes")
    assert not re.search(stale, changed.ok("run", "--as-of", NOON).output)


def test_a_locked_registry_is_waited_for_and_named(changed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skewless.registry.database._WAIT", 0.2)
    with closing(sqlite3.connect(changed.root / "target/registry.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = changed.run("run", "--as-of", _LATER)
    assert result.exit_code == 1
    assert "is locked" in result.output
    assert "another process writes it" in result.output


def test_a_registry_of_another_project_of_this_name_is_refused(changed: Shop) -> None:
    before = changed.read("skewless.yml")
    changed.write("skewless.yml", before + "id: first\n").ok("run", "--as-of", NOON)  # the project gets an id
    for text in (before, before + "id: second\n"):
        result = changed.write("skewless.yml", text).run("run", "--as-of", _LATER)
        assert result.exit_code == 1
        assert "has another project called 'shop'" in result.output
        assert "`id: first`" in result.output
    changed.write("skewless.yml", before + "id: first\n").ok("run", "--as-of", _LATER)


def test_a_project_without_an_id_may_not_use_a_registry_that_others_may_use(changed: Shop) -> None:
    """Two teams of one project's name would take each other's versions for superseded, and clean them away."""
    changed.replace("profiles.yml", "dev: {", "dev: {registry: 'sqlite:///team.db', ")
    result = changed.run("run", "--as-of", _LATER)
    assert result.exit_code == 2
    assert "another project may be called 'shop', too" in result.output
    asked = re.search(r"`(id: shop-[0-9a-f]{12})`", result.output)
    assert asked is not None
    assert not (changed.root / "team.db").exists()
    changed.write("skewless.yml", changed.read("skewless.yml") + f"{asked[1]}\n").ok("run", "--as-of", _LATER)


def test_debug_asks_the_registry(changed: Shop) -> None:
    assert "registry [OK connection ok, 4 versions of services known]" in changed.ok("debug").stdout
    changed.write("skewless.yml", changed.read("skewless.yml") + "id: first\n")
    changed.replace("profiles.yml", "dev: {", "dev: {registry: 'postgresql://ana:s3cret@127.0.0.1:1/none', ")
    result = changed.run("debug")
    assert result.exit_code == 1
    assert re.search(r"registry \[ERROR the registry postgresql\S+127\.0\.0\.1:1/none cannot be used", result.stdout)
    assert "s3cret" not in result.output
