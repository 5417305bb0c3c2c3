"""What the pages on pushing send is a row of the starter's source, and what they say comes of it does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from skewless import FeatureServer
from skewless.cli.main import cli

from .pages import blocks, read


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for arguments in (["init", str(folder)], ["run", "--project-dir", str(folder)]):
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, result.output
    return folder


def _texts(page: str, language: str) -> list[str]:
    return [block.text for block in blocks(read(page)) if block.language == language]


def _server(shop: Path) -> FeatureServer:
    return FeatureServer.load(shop / "target/serving/checkout_v1.json", f"sqlite:///{shop / 'target/online.db'}")


def test_the_row_of_the_reference_is_taken(shop: Path) -> None:
    [body] = [json.loads(text) for text in _texts("reference/http.md", "json") if "push_source_name" in text]
    written = _server(shop).push(body["push_source_name"], body["df"])
    assert (written.rows, written.rejected) == (2, ())


def test_the_command_of_the_page_sends_a_row(shop: Path) -> None:
    found = re.search(r"curl localhost:6566/push -d '(.*?)'", read("how-to/push-rows.md"), re.DOTALL)
    assert found is not None
    body: dict[str, Any] = json.loads(found[1])
    assert _server(shop).push(body["push_source_name"], body["df"]).rows == 1


def test_the_python_of_the_page_pushes(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    [code] = _texts("how-to/push-rows.md", "python")
    monkeypatch.chdir(shop)
    exec(compile(code, "push-rows.md", "exec"), {})  # noqa: S102 - what the page shows
    assert capsys.readouterr().out == ""


def test_a_refused_row_is_kept_as_the_page_shows(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    [shown] = map(json.loads, _texts("how-to/push-rows.md", "json"))
    result = CliRunner().invoke(cli, ["push", "shop.purchases", "-"], input=json.dumps(shown["row"]))
    assert result.exit_code == 1
    kept = json.loads(Path("target/rejects/shop.purchases.jsonl").read_text())
    assert {**kept, "at": shown["at"]} == shown
