"""What the registry keeps, on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Delete, Table, create_engine, delete, text

from skewless.ground.errors import RegistryError
from skewless.ground.process import Process
from skewless.registry import leases
from skewless.registry.database import Database
from skewless.registry.records import Author, LoadRecord, Scope, ServiceVersion, ViewVersion
from skewless.registry.registry import Registry
from skewless.registry.tables import HEAD, metadata

ANA = Author(user="ana", host="one", release="0.1.0")
Open = Callable[..., Registry]


@pytest.fixture
def opened(url: str) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_one(project: str = "shop", target: str = "dev", identity: str | None = None) -> Registry:
            registry = Registry(url, Scope(project=project, target=target, identity=identity), ANA)
            stack.callback(registry.close)
            return registry

        yield open_one


def _view(version: str, view: str = "orders", **others: Any) -> ViewVersion:
    known: dict[str, Any] = {
        "owner": None, "schema": "{}", "meaning": "2", "packages": {"skewless": "0.1.0"}, "text": "t",
        "definition": b"{}", "written": None,
    }  # fmt: skip
    return ViewVersion(view=view, version=version, **{**known, **others})


def _service(version: str, *pins: str) -> ServiceVersion:
    return ServiceVersion(service="offers", version=version, definition=b"{}", pins=pins)


def _load(view: str = "orders", version: str = "orders@1", status: Any = "success") -> LoadRecord:
    return LoadRecord(
        view=view, version=version, status=status, message="5 entities", how="whole", microseconds=7,
        entities=5, rows=9, as_of=11, loaded_to=11,
    )  # fmt: skip


def test_it_is_new_once(opened: Open) -> None:
    assert opened().is_new
    assert not opened().is_new


def test_migrations_make_the_tables_that_are_asked(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database(url)
    with database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    database.close()


def test_a_version_is_known_as_it_was_noted_last(opened: Open) -> None:
    registry = opened()
    registry.put_views([_view("orders@1", written=b"how"), _view("orders@2")])
    rewritten = _view("orders@1", written=b"how", text="another", owner="ana", packages={"skewless": "0.2.0"})
    registry.put_views([rewritten, _view("orders@3")])
    found = registry.views(["orders@1", "orders@2", "orders@3", "orders@4"])
    assert found == {"orders@1": rewritten, "orders@2": _view("orders@2"), "orders@3": _view("orders@3")}


def test_a_service_that_the_project_has_no_more_can_be_retired(opened: Open) -> None:
    registry, prod = opened(), opened(target="prod")
    for one in (registry, prod):
        one.put_services([_service("a", "orders@1")])
    registry.supersede_all_but(["offers"])
    assert [one.is_current for one in registry.services()] == [True]
    registry.supersede_all_but([])
    assert [one.is_current for one in registry.services()] == [False]
    assert [one.is_current for one in prod.services()] == [True]
    registry.retire([("offers", "a")])
    assert registry.services() == []


def test_a_service_has_one_current_version_and_those_before_until_they_are_retired(opened: Open) -> None:
    registry = opened()
    registry.put_services([_service("a", "orders@1", "visits@1")])
    registry.put_services([_service("b", "orders@2", "visits@1")])
    newest, older = registry.services()
    assert (newest.version, newest.pins, newest.is_current) == ("b", ("orders@2", "visits@1"), True)
    assert (older.version, older.pins, older.is_current) == ("a", ("orders@1", "visits@1"), False)
    registry.put_services([_service("a", "orders@1", "visits@1")])  # rolled back
    assert [(one.version, one.is_current) for one in registry.services()] == [("a", True), ("b", False)]
    registry.retire([("offers", "a"), ("offers", "b")])  # the current one stays
    assert [one.version for one in registry.services()] == ["a"]
    registry.put_services([_service("b", "orders@2", "visits@1")])  # and one that was retired can come again
    assert [(one.version, one.is_current) for one in registry.services()] == [("b", True), ("a", False)]


def test_targets_and_projects_do_not_see_each_other(opened: Open) -> None:
    dev, prod, other = opened(), opened(target="prod"), opened(project="bank")
    dev.put_services([_service("a", "orders@1")])
    run = dev.begin("run")
    dev.add_load(run, _load())
    assert prod.services() == other.services() == []
    assert prod.runs(9) == other.runs(9) == []
    assert prod.elsewhere() == {"orders@1": "offers of the target dev reads it"}
    assert dev.elsewhere() == other.elsewhere() == {}


def test_what_another_target_loaded_last_is_in_use_there(opened: Open) -> None:
    dev, prod = opened(), opened(target="prod")
    for version in ("orders@1", "orders@2"):
        run = dev.begin("run")
        dev.add_load(run, _load(version=version))
        dev.add_load(run, _load(view="visits", version="visits@9", status="error"))
        dev.end(run, "done")
    assert prod.elsewhere() == {"orders@2": "the target dev loads it"}


def test_runs_are_told_the_newest_first(opened: Open) -> None:
    registry = opened()
    registry.put_views([_view("orders@1"), _view("orders@2")])
    first = registry.begin("run")
    registry.add_load(first, _load())
    registry.add_load(first, _load(version="orders@2", status="error"))
    registry.end(first, "done")
    second = registry.begin("build")
    newest, oldest = registry.runs(5)
    assert (newest.id, newest.command, newest.status, newest.ended_at, newest.loads) == (
        second,
        "build",
        "running",
        None,
        (),
    )
    assert (oldest.id, oldest.status, oldest.user, oldest.host, oldest.release) == (
        first,
        "done",
        "ana",
        "one",
        "0.1.0",
    )
    assert [(load.version, load.status, load.rows) for load in oldest.loads] == [
        ("orders@1", "success", 9),
        ("orders@2", "error", 9),
    ]
    assert oldest.started_at <= oldest.loads[0].ended_at <= (oldest.ended_at or 0)
    assert [load.version for load in registry.last_loads()] == ["orders@1"]
    assert [run.id for run in registry.runs(1)] == [second]


def test_a_lease_is_held_by_one(opened: Open) -> None:
    registry = opened()
    with registry.leased(["orders@1", "visits@1"], "run 1"):
        said = r"orders@1: being loaded by run 1 of ana@one since .* UTC"
        with pytest.raises(RegistryError, match=said) as raised, registry.leased(["orders@1", "daily@1"], "run 2"):
            pass
        assert "--wait" in str(raised.value.help)
        with registry.leased(["daily@1"], "run 2"):  # of which nothing was taken
            pass
    with registry.leased(["orders@1", "visits@1"], "run 3"):
        pass


def test_a_lease_is_waited_for(opened: Open) -> None:
    registry, told = opened(), list[str]()
    ended, has_it = threading.Event(), threading.Event()

    def hold() -> None:
        with registry.leased(["orders@1"], "run 1"):
            has_it.set()
            ended.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    has_it.wait(20)
    threading.Timer(0.5, ended.set).start()
    with registry.leased(["orders@1"], "run 2", wait=30, told=told.append):
        assert told
        assert all(one.startswith("waiting: orders@1: being loaded by run 1") for one in told)
    holder.join()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # on SQLite a transaction has the file for itself
def test_of_two_that_ask_for_a_lease_at_one_moment_one_gets_it(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, held = opened(), opened(), ExitStack()

    def other_is_quicker(table: Table) -> Delete:
        """`one` has seen nobody, and is about to take the lease."""
        monkeypatch.undo()
        held.enter_context(other.leased(["orders@1"], "run 1"))
        return delete(table)

    monkeypatch.setattr(leases, "delete", other_is_quicker)
    with held, pytest.raises(RegistryError, match="being loaded by run 1"), one.leased(["orders@1"], "run 2"):
        pass


def test_a_lease_that_ran_out_is_free(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = opened()
    monkeypatch.setattr(leases, "HELD_FOR", -1)
    with registry.leased(["orders@1"], "run 1"):
        monkeypatch.undo()
        with registry.leased(["orders@1"], "run 2"):
            pass


def _hold_for_ever(url: str, has_it: Any) -> None:
    registry = Registry(url, Scope(project="shop", target="dev"), ANA)
    with registry.leased(["orders@1"], "run 1"):
        has_it.set()
        threading.Event().wait()


def test_the_lease_of_a_killed_process_is_free_at_once(opened: Open, url: str) -> None:
    registry = opened()
    context = multiprocessing.get_context("spawn")
    has_it = context.Event()
    process = context.Process(target=_hold_for_ever, args=(url, has_it))
    process.start()
    assert has_it.wait(60)
    with pytest.raises(RegistryError, match="being loaded by run 1"), registry.leased(["orders@1"], "run 2"):
        pass
    process.kill()
    process.join()
    with registry.leased(["orders@1"], "run 2"):
        pass


def test_a_process_of_another_machine_is_taken_to_live() -> None:
    own = Process.own()
    assert not own.has_ended
    assert Process.parse(str(own)) == own
    assert not Process(place="elsewhere", number=1, start="").has_ended
    assert Process(place=own.place, number=own.number, start="1").has_ended  # its number was given again
    assert Process(place=own.place, number=2**22 + 1, start=own.start).has_ended


def test_two_projects_of_one_name_are_told_apart_by_their_ids(opened: Open) -> None:
    opened()
    opened(identity="a1")  # it has got one
    opened(identity="a1")
    for identity in ("b2", None):
        with pytest.raises(RegistryError, match="another project called 'shop', noted by ana@one on ") as raised:
            opened(identity=identity)
        assert "`id: a1`" in str(raised.value.help)


def test_a_registry_of_a_newer_release_is_refused(opened: Open, url: str) -> None:
    opened()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(RegistryError, match=f"is of a newer release: its tables are '9999', this one has '{HEAD}'"):
        opened()


def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_bytes(b"no database, but long enough to have a header of one" * 40)
    with pytest.raises(RegistryError, match=r"registry\.db is damaged: file is not a database") as raised:
        Registry(f"sqlite:///{tmp_path / 'registry.db'}", Scope(project="shop", target="dev"), ANA)
    assert "move the file away" in str(raised.value.help)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("view_versions", "definition", b"no packed text"),
        ("view_versions", "written", b"no packed text"),
        ("view_versions", "packages", "no JSON"),
        ("service_versions", "definition", b"no packed text"),
    ],
)
def test_a_damaged_row_is_named_with_the_way_out(opened: Open, url: str, table: str, column: str, value: Any) -> None:
    registry = opened()
    registry.put_views([_view("orders@1", written=b"{}")])
    registry.put_services([_service("s1", "orders@1")])
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": value})
    engine.dispose()
    what = "orders@1" if table == "view_versions" else "s1"
    with pytest.raises(
        RegistryError, match=f"is damaged: what it holds of the version {what} cannot be read"
    ) as raised:
        registry.views(["orders@1"]) and registry.services()
    assert "restore it, or " in str(raised.value.help)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(RegistryError, match="is no URL"):
        Registry("postgresql://ana:s3cret@127.0.0.1:port/none", Scope(project="shop", target="dev"), ANA)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RegistryError, match=r"the folder of the registry, '\S+file/x', cannot be made") as raised:
        Registry(f"sqlite:///{tmp_path / 'file' / 'x' / 'r.db'}", Scope(project="shop", target="dev"), ANA)
    assert "`registry:`" in str(raised.value.help)


def test_a_locked_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    url = f"sqlite:///{tmp_path / 'registry.db'}"
    Registry(url, Scope(project="shop", target="dev"), ANA).close()
    monkeypatch.setattr("skewless.registry.database._WAIT", 0.2)
    other = sqlite3.connect(tmp_path / "registry.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RegistryError, match="is locked"):
        Registry(url, Scope(project="shop", target="dev"), ANA)
    other.close()


def test_a_password_is_never_shown() -> None:
    with pytest.raises(RegistryError) as raised:
        Registry("postgresql://ana:s3cret@127.0.0.1:1/none", Scope(project="shop", target="dev"), ANA)
    assert "s3cret" not in f"{raised.value} {raised.value.help}"
    assert "127.0.0.1:1/none" in str(raised.value)


def test_many_at_once_make_one_registry(url: str) -> None:
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            registry = Registry(url, Scope(project="shop", target="dev"), ANA)
            registry.put_views([_view("orders@1")])
            registry.put_services([_service("a", "orders@1")])
            registry.end(registry.begin(f"run {number}"), "done")
            registry.close()
        except Exception as error:  # noqa: BLE001 - it is told below
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    registry = Registry(url, Scope(project="shop", target="dev"), ANA)
    assert len(registry.runs(20)) == 8
    assert [one.version for one in registry.services()] == ["a"]
    registry.close()
