"""The reference of HTTP lists what the server has, and nothing else."""

from __future__ import annotations

from typing import get_args

import msgspec

from skewless.cli import serve
from skewless.ground.dtypes import FeatureKind
from skewless.serve.http.catalogue import Catalogue
from skewless.serve.http.forms import Asked
from skewless.serve.http.metrics import METRICS
from skewless.serve.http.openapi import document
from skewless.serve.http.push_form import Push
from skewless.serve.http.refusal import KINDS
from skewless.serve.http.settings import Limits

from .pages import listed, quoted, read, rows, section

PAGE = read("reference/http.md")
NOTHING = Catalogue(services={}, views={}, stores=())


def test_endpoints_are_listed() -> None:
    paths = document(NOTHING, Limits())["paths"]
    assert listed(section(PAGE, "Endpoints")) == [
        f"{verb.upper()} {path}" for path, operations in paths.items() for verb in operations
    ]


def test_fields_of_a_request_are_listed() -> None:
    fields = {field.name for field in msgspec.structs.fields(Asked)}
    assert set(listed(section(PAGE, "A request"))) == fields
    properties = document(NOTHING, Limits())["components"]["schemas"]["Request"]["properties"]
    assert set(properties) == fields


def test_fields_of_a_push_are_listed() -> None:
    fields = {field.name for field in msgspec.structs.fields(Push)}
    assert set(listed(section(PAGE, "A push"))) == fields
    properties = document(NOTHING, Limits())["components"]["schemas"]["Push"]["properties"]
    assert set(properties) == fields


def test_types_are_listed() -> None:
    named = {name for row in rows(section(PAGE, "Values")) for name in quoted(row[0])}
    assert named == set(get_args(FeatureKind)) - {"LIST"}


def test_statuses_and_classes_of_errors_are_listed() -> None:
    entries = rows(section(PAGE, "Errors"))
    assert {row[0].strip("`") for row in entries if row[0].startswith("`")} == set(KINDS)
    told = document(NOTHING, Limits())["paths"]["/get-online-features"]["post"]["responses"]
    assert {row[0] for row in entries if row[0].isdecimal()} == set(told) - {"200"} | {"405"}


def test_metrics_and_their_labels_are_listed() -> None:
    entries = {quoted(row[0])[0]: set(quoted(row[1])) for row in rows(section(PAGE, "Metrics"))}
    assert entries == {name: set(labels) for name, (_, labels) in METRICS.items()}


def test_environment_variables_are_listed() -> None:
    assert set(listed(section(PAGE, "Environment variables"))) == {serve.TOKENS, serve.STORE, serve.KEY_PASSWORD}
