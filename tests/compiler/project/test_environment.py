"""Environment variables: what was read, and what must not be seen."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from skewless.project.environment import Environment, Secret, is_secret_name, reveal


@pytest.mark.parametrize("name", ["API_TOKEN", "DB_PASSWORD", "MY_SECRET", "AWS_KEY", "aws_secret_x"])
def test_names_with_these_words_hold_secrets(name: str) -> None:
    assert is_secret_name(name)


def test_a_secret_shows_itself_to_nobody_but_those_who_ask_for_it() -> None:
    secret = Secret("hunter2")
    assert [str(secret), repr(secret), f"{secret}", f"{secret:>7}"] == [
        "*****",
        "'*****'",
        "*****",
        "  *****",
    ]
    assert secret.reveal() == "hunter2"
    assert type(secret.reveal()) is str


def test_settings_are_revealed_for_a_driver() -> None:
    settings = {"user": "me", "password": Secret("hunter2"), "nested": [Secret("x")]}
    assert "hunter2" not in repr(settings)
    assert repr(reveal(settings)) == "{'user': 'me', 'password': 'hunter2', 'nested': ['x']}"


def test_every_name_that_is_asked_for_is_remembered_also_a_missing_one() -> None:
    environ = Environment({"A": "1", "B": "2"})
    assert (environ.get("A"), environ.get("Z"), "Y" in environ) == ("1", None, False)
    assert environ.names_read == ("A", "Y", "Z")


def test_text_is_redacted_however_the_secret_is_spelled() -> None:
    value = "p@ss/w'rd\\x"
    environ = Environment({"DB_PASSWORD": value, "HOST": "db.example"})
    assert environ["DB_PASSWORD"] == value
    assert environ["HOST"] == "db.example"
    for spelling in (value, quote(value, safe=""), repr(value), json.dumps(value)):
        assert environ.redact(f"cannot reach {spelling} at db.example").count("*****") == 1
        assert "w'rd" not in environ.redact(spelling)


def test_a_short_secret_is_redacted_as_a_word_only() -> None:
    environ = Environment({"PIN_KEY": "1"})
    environ.get("PIN_KEY")
    assert environ.redact("the pin 1 of 2026-11-01") == "the pin ***** of 2026-11-01"


def test_a_line_of_a_private_key_is_redacted_too() -> None:
    environ = Environment({"PRIVATE_KEY": "-----BEGIN-----\nabcdefghijkl\n"})
    environ.get("PRIVATE_KEY")
    assert environ.redact("bad line abcdefghijkl") == "bad line *****"


def test_an_environment_of_an_environment_is_itself() -> None:
    environ = Environment({})
    assert Environment.of(environ) is environ
