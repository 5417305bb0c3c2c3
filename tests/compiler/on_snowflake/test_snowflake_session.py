"""What a session is opened with, and what is told when that fails. Needs no server."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import snowflake.connector
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from snowflake.connector.errors import DatabaseError, OperationalError, ProgrammingError

from skewless.engines import snowflake_login
from skewless.engines.snowflake import Snowflake
from skewless.engines.snowflake_errors import engine_error
from skewless.engines.snowflake_login import access_token, login
from skewless.engines.snowflake_session import FIXED, connected, session_parameters
from skewless.ground.errors import EngineError, UsageError

SETTINGS = {
    "account": "acme-eu",
    "user": "tester",
    "password": "sw0rdf1sh",
    "database": "d",
    "schema": "s",
    "warehouse": "w",
}


class FakeConnection:
    """A connection whose session has these parameters; it keeps what it was asked."""

    session_id = 42

    def __init__(self, parameters: dict[str, str], place: Sequence[str | None] = ("D", "S", "W")) -> None:
        self.parameters, self.place = parameters, place
        self.asked: list[str] = []
        self.is_open = True

    def cursor(self) -> FakeConnection:
        return self

    def __enter__(self) -> FakeConnection:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, text: str, _: object = None) -> FakeConnection:
        self.asked.append(text)
        if text.startswith("INTERRUPTED"):
            raise KeyboardInterrupt
        if text.startswith("REFUSED"):
            raise ProgrammingError("no privilege for sw0rdf1sh", errno=3001, sqlstate="42501", sfqid="01b-02")
        return self

    def fetchall(self) -> list[tuple[str, str]]:
        return list(self.parameters.items())

    def fetchone(self) -> Sequence[str | None]:
        return self.place

    def close(self) -> None:
        self.is_open = False


def opening(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[dict[str, Any]]:
    """Each connection attempt gets the next answer; returns what they were called with."""
    called, left = [], list(answers)

    def connect(**arguments: Any) -> Any:
        called.append(arguments)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(snowflake.connector, "connect", connect)
    return called


def test_what_values_depend_on_is_set_and_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = FakeConnection(session_parameters(SETTINGS))
    called = opening(monkeypatch, connection)
    assert connected(SETTINGS) is connection
    assert called[0]["session_parameters"].items() >= FIXED.items()
    assert connection.asked[0] == "SHOW PARAMETERS IN SESSION"


def test_a_server_that_does_not_answer_is_not_waited_for_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    called = opening(monkeypatch, FakeConnection(session_parameters(SETTINGS)))
    connected(SETTINGS)
    assert called[0]["retry_timeout"] * called[0]["retry_max_attempts"] <= 180
    assert "query_timeout" not in called[0]


@pytest.mark.parametrize("name", FIXED)
def test_another_value_of_each_parameter_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    connection = FakeConnection({**session_parameters(SETTINGS), name: "another"})
    opening(monkeypatch, connection)
    with pytest.raises(EngineError, match=f"Snowflake keeps {name} at 'another', where it was set to"):
        connected(SETTINGS)
    assert not connection.is_open


def test_a_parameter_that_the_server_does_not_know_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = session_parameters(SETTINGS)
    del parameters["DEFAULT_NULL_ORDERING"]
    opening(monkeypatch, FakeConnection(parameters))
    with pytest.raises(EngineError, match="Snowflake keeps DEFAULT_NULL_ORDERING at nothing"):
        connected(SETTINGS)


@pytest.mark.parametrize(
    ("place", "missing"),
    [((None, None, "W"), "database"), (("D", None, "W"), "schema"), (("D", "S", None), "warehouse")],
)
def test_a_session_without_a_place_is_an_error(
    monkeypatch: pytest.MonkeyPatch, place: Sequence[str | None], missing: str
) -> None:
    opening(monkeypatch, FakeConnection(session_parameters(SETTINGS), place))
    with pytest.raises(EngineError, match=f"the Snowflake session has no {missing}"):
        connected(SETTINGS)


def test_the_query_tag_is_json_with_the_profile_s_own_in_it() -> None:
    tag = json.loads(session_parameters({"query_tag": 'nightly "run"'})["QUERY_TAG"])
    assert tag["app"] == "skewless"
    assert tag["tag"] == 'nightly "run"'


def test_statements_have_a_limit_that_the_profile_may_set() -> None:
    assert session_parameters({})["STATEMENT_TIMEOUT_IN_SECONDS"] == "14400"
    assert session_parameters({"statement_timeout": 60})["STATEMENT_TIMEOUT_IN_SECONDS"] == "60"


def test_dbt_s_keys_become_the_driver_s_arguments() -> None:
    settings = {
        **SETTINGS, "role": "r", "host": "h", "port": 443, "protocol": "https", "proxy_host": "p", "proxy_port": 8080,
        "authenticator": "externalbrowser", "client_session_keep_alive": True, "insecure_mode": True,
    }  # fmt: skip
    assert login(settings) == {
        **SETTINGS, "role": "r", "host": "h", "port": 443, "protocol": "https", "proxy_host": "p", "proxy_port": 8080,
        "authenticator": "externalbrowser", "client_session_keep_alive": True, "insecure_mode": True,
        "client_store_temporary_credential": True, "client_request_mfa_token": True, "application": "skewless",
        "paramstyle": "numeric", "autocommit": True, "arrow_number_to_decimal": True,
    }  # fmt: skip


def test_a_connection_by_name_brings_its_own_account() -> None:
    assert "account" not in login({"connection_name": "prod"})


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def der(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_a_private_key_is_read_from_each_form(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"open")
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "key.p8"
    path.write_bytes(locked)
    for settings in (
        {"private_key_path": str(path), "private_key_passphrase": "open"},
        {"private_key_file": str(path), "private_key_passphrase": "open"},
        {"private_key": plain.decode()},
        {"private_key": base64.b64encode(der(key)).decode()},
    ):
        assert login({**SETTINGS, **settings})["private_key"] == der(key)


def test_a_key_that_does_not_open_is_told_without_its_passphrase(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    path = tmp_path / "key.p8"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"open"),
        )
    )
    with pytest.raises(UsageError, match="the private key cannot be used") as told:
        login({**SETTINGS, "private_key_path": str(path), "private_key_passphrase": "sesame"})
    assert "sesame" not in str(told.value)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        login({**SETTINGS, "private_key_path": str(tmp_path / "missing.p8")})


def test_a_token_is_taken_as_it_is_or_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    oauth = {"account": "a", "authenticator": "oauth", "token": "t0ken"}
    assert login(oauth)["token"] == "t0ken"  # noqa: S105
    client = {"oauth_client_id": "id", "oauth_client_secret": "s3cret"}
    monkeypatch.setattr(snowflake_login, "access_token", lambda settings: f"fresh from {settings['token']}")
    assert login({**oauth, **client})["token"] == "fresh from t0ken"  # noqa: S105
    flow = {**oauth, **client, "authenticator": "oauth_client_credentials"}
    assert login(flow)["oauth_client_secret"] == "s3cret"  # noqa: S105


def test_a_token_that_is_not_refreshed_is_told_without_it() -> None:
    settings = {"host": "127.0.0.1:1", "token": "t0ken", "oauth_client_id": "id", "oauth_client_secret": "s3cret"}
    with pytest.raises(EngineError, match="Snowflake gave no access token") as told:
        access_token(settings)
    assert "t0ken" not in str(told.value)


def test_connecting_is_tried_again_as_the_profile_says(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    connection = FakeConnection(session_parameters(SETTINGS))
    called = opening(monkeypatch, DatabaseError("busy"), OperationalError("busy"), connection)
    settings = {**SETTINGS, "connect_retries": 2, "retry_on_database_errors": True, "connect_timeout": 3}
    assert connected(settings, paused.append) is connection
    assert len(called) == 3
    assert paused == [3, 3]


def test_connecting_is_tried_once_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    called = opening(monkeypatch, DatabaseError("refused for sw0rdf1sh", errno=390100))
    with pytest.raises(EngineError, match=r"Snowflake cannot be connected to: .*refused for \*\*\*\*\*") as told:
        connected({**SETTINGS, "connect_retries": 2})
    assert len(called) == 1
    assert told.value.help == "check user and password in the profile"
    assert told.value.__cause__ is None


def test_an_error_has_snowflake_s_words_and_the_query_and_no_secret() -> None:
    with (
        Snowflake(settings=SETTINGS, connect=lambda _: FakeConnection({})) as engine,
        pytest.raises(EngineError) as told,
    ):
        engine._execute("REFUSED")
    assert "no privilege for *****" in told.value.message
    assert "01b-02" in told.value.message
    assert told.value.help == "grant the role what it lacks: SHOW GRANTS TO ROLE ..."


@pytest.mark.parametrize(
    ("number", "words", "wanted"),
    [
        (606, "No active warehouse selected in the current session.", "set warehouse"),
        (2003, "SQL compilation error: Object 'X' does not exist or not authorized.", "check the name"),
        (90105, "Cannot perform CREATE TEMPTABLE. This session does not have a current database.", "set database"),
        (390189, "Role 'X' specified in the connect string does not exist or not authorized.", "check role"),
        (390114, "Authentication token has expired. The user must authenticate again.", "run the command again"),
        (
            630,
            "Statement reached its statement or warehouse timeout of 60 second(s) and was canceled.",
            "raise statement",
        ),
        (250002, "Connection is closed", "run the command again"),
        (4, "HTTP request failed after retries: query request. operation timed out", "check account or host"),
        (250001, "Could not connect to Snowflake backend after 2 attempt(s).", "check account or host"),
    ],
)
def test_what_to_do_is_said(number: int, words: str, wanted: str) -> None:
    help_line = engine_error(ProgrammingError(words, errno=number), {}).help
    assert help_line is not None
    assert help_line.startswith(wanted)


def test_no_text_is_loaded_as_null() -> None:
    """A file format has `\\N` in its NULL_IF unless it says otherwise."""
    connection = FakeConnection({})
    with Snowflake(settings=SETTINGS, connect=lambda _: connection) as engine:
        engine.register("given", pa.table({"note": ["\\N"]}))
    (copied,) = (text for text in connection.asked if text.startswith("COPY INTO"))
    assert copied.endswith("FILE_FORMAT = (TYPE = PARQUET NULL_IF = ())")


def test_an_interrupt_cancels_what_the_session_runs() -> None:
    connection = FakeConnection({})
    with (
        Snowflake(settings=SETTINGS, connect=lambda _: connection) as engine,
        pytest.raises(KeyboardInterrupt),
    ):
        engine._execute("INTERRUPTED")
    assert connection.asked[-1] == "SELECT SYSTEM$CANCEL_ALL_QUERIES(42)"
