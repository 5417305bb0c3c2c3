"""What every online store does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from skewless.ground.errors import StoreError
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore, StateInfo


def info(version: str = "v@1", as_of: int = 1) -> StateInfo:
    return StateInfo(version=version, as_of=as_of, entities=0, rows=7, codec=3)


def test_what_was_written_is_read_in_the_order_of_the_keys(store: OnlineStore) -> None:
    written = store.replace(info(), [(b"a", b"1"), (b"b", b"2"), (b"", b"nobody"), (b"}{\x00\r\n", b"odd")])
    assert (written.entities, written.rows, written.as_of, written.codec) == (4, 7, 1, 3)
    found = store.read([("v@1", [b"b", b"none", b"a", b"b", b"", b"}{\x00\r\n"])])
    assert list(found.values[0]) == [b"2", None, b"1", b"2", b"nobody", b"odd"]
    assert found.states == {"v@1": written}


def test_several_versions_are_read_at_once(store: OnlineStore) -> None:
    store.replace(info("v@1"), [(b"a", b"1")])
    store.replace(info("v@2", as_of=5), [(b"a", b"2"), (b"b", b"3")])
    found = store.read([("v@2", [b"a"]), ("v@1", [b"a"]), ("v@2", [b"b", b"a"])])
    assert [list(part) for part in found.values] == [[b"2"], [b"1"], [b"3", b"2"]]
    assert {version: state.as_of for version, state in found.states.items()} == {"v@1": 1, "v@2": 5}


def test_a_version_that_is_not_loaded_has_no_state(store: OnlineStore) -> None:
    store.replace(info("v@1"), [(b"a", b"1")])
    found = store.read([("v@2", [b"a"]), ("v@1", [b"a"])])
    assert set(found.states) == {"v@1"}
    assert list(found.values[1]) == [b"1"]


def test_nothing_is_read_for_nothing(store: OnlineStore) -> None:
    assert (store.read([]).states, list(store.read([]).values)) == ({}, [])


def test_a_replaced_state_is_gone_as_a_whole(store: OnlineStore) -> None:
    store.replace(info(as_of=1), [(b"a", b"1"), (b"b", b"2")])
    store.read([("v@1", [b"a"])])
    store.replace(info(as_of=2), [(b"b", b"3")])
    found = store.read([("v@1", [b"a", b"b"])])
    assert list(found.values[0]) == [None, b"3"]
    assert (found.states["v@1"].as_of, found.states["v@1"].entities) == (2, 1)


def test_a_state_without_entities_is_loaded(store: OnlineStore) -> None:
    assert store.replace(info(), []).entities == 0
    assert set(store.read([("v@1", [b"a"])]).states) == {"v@1"}


def test_a_load_that_fails_keeps_what_was_there(store: OnlineStore) -> None:
    def records() -> Iterator[tuple[bytes, bytes]]:
        for number in range(5_000):
            yield str(number).encode(), b"new"
        raise KeyboardInterrupt

    store.replace(info(as_of=1), [(b"1", b"old")])
    with pytest.raises(KeyboardInterrupt):
        store.replace(info(as_of=2), records())
    found = store.read([("v@1", [b"1", b"2"])])
    assert (list(found.values[0]), found.states["v@1"].as_of) == ([b"old", None], 1)
    assert store.replace(info(as_of=3), [(b"2", b"newest")]).as_of == 3


def test_what_goes_wrong_with_the_records_is_no_fault_of_the_store(store: OnlineStore) -> None:
    def records() -> Iterator[tuple[bytes, bytes]]:
        yield b"1", b"new"
        raise ValueError("year 294247 is out of range")

    with pytest.raises(ValueError, match="year 294247"):
        store.replace(info(as_of=1), records())


def test_dropped_versions_are_gone(store: OnlineStore) -> None:
    store.replace(info("v@1"), [(b"a", b"1")])
    store.replace(info("v@2"), [(b"a", b"2")])
    assert [state.version for state in store.versions()] == ["v@1", "v@2"]
    store.drop(["v@1", "v@never"])
    assert [state.version for state in store.versions()] == ["v@2"]
    found = store.read([("v@1", [b"a"]), ("v@2", [b"a"])])
    assert (set(found.states), list(found.values[1])) == ({"v@2"}, [b"2"])


def test_namespaces_do_not_see_each_other(store: OnlineStore) -> None:
    with store.batch():
        store.within("one").replace(info(), [(b"a", b"1")])
        store.within("two").replace(info(), [(b"a", b"2")])
    assert list(store.within("one").read([("v@1", [b"a"])]).values[0]) == [b"1"]
    assert list(store.within("two").read([("v@1", [b"a"])]).values[0]) == [b"2"]
    assert store.read([("v@1", [b"a"])]).states == {}
    assert store.versions() == ()


def test_many_keys_are_read_at_once(store: OnlineStore) -> None:
    keys = [str(number).encode() for number in range(70_000)]
    store.replace(info(), ((key, key) for key in keys))
    assert list(store.read([("v@1", keys)]).values[0]) == keys


def test_each_read_is_of_one_state_while_others_take_its_place(address: str) -> None:
    """Every entity of a state holds the state's number, so a mixture shows."""
    store, writer = open_store(address, project="shop"), open_store(address, project="shop")
    keys = [str(number).encode() for number in range(300)]
    writer.replace(info(as_of=0), [(key, b"0") for key in keys])
    mixed: list[object] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            found = store.read([("v@1", keys)])
            values = set(found.values[0])
            if values != {str(found.states["v@1"].as_of).encode()}:
                mixed.append((found.states["v@1"].as_of, values))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 30):
        value = str(number).encode()
        writer.replace(info(as_of=number), [(key, value) for key in keys])
    done.set()
    for thread in threads:
        thread.join()
    store.close()
    writer.close()
    assert mixed == []


def test_a_store_that_is_closed_while_others_read_lets_them_end(address: str) -> None:
    """Again and again, because closing what another thread uses goes wrong only now and then."""
    writer = open_store(address, project="shop")
    writer.replace(info(), [(b"a", b"1")])
    said: list[str] = []

    def ask(store: OnlineStore) -> None:
        try:
            while True:
                assert list(store.read([("v@1", [b"a"]), ("v@2", [b"a"])]).values[0]) == [b"1"]
        except StoreError as error:
            said.append(error.message)

    for _ in range(20):
        store = open_store(address, project="shop")
        threads = [threading.Thread(target=ask, args=(store,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.01)
        store.close()
        for thread in threads:
            thread.join()
    writer.close()
    assert len(said) == 60
    assert all(message.endswith("is closed") for message in said)
