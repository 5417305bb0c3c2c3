"""`export feast`: what is written, and what Feast cannot hold. `serve/feast/` tries it with Feast itself."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest
from cli_project import Shop

from skewless.ground.dtypes import FeatureKind
from skewless.tasks.feast_definitions import FEATURE_TYPES

GOLDEN = Path(__file__).with_name("feast_definitions.golden")
SERVICE = "  - name: totals_v1\n    features: [user_totals]"


def test_the_definitions(shop: Shop, bless: bool) -> None:
    shop.replace("features/shop.yml", SERVICE, SERVICE.replace(
        "[user_totals]", "[user_totals: [amount_1d], {view: user_profile, as: payer, on: {user_id: payer_id}}]"
    ))  # fmt: skip
    shop.ok("export", "feast")
    found = shop.read("target/feast/definitions.py")
    if bless:
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_the_settings(shop: Shop) -> None:
    shop.ok("export", "feast", "--output", "repository", "--url", "https://features.internal:6566/",
            "--token-variable", "FEATURES_TOKEN")  # fmt: skip
    assert shop.read("repository/feature_store.yaml").splitlines()[1:] == [
        "project: shop",
        "provider: local",
        "registry: registry.db",
        "online_store:",
        "  type: remote",
        '  path: "https://features.internal:6566"',
        "entity_key_serialization_version: 3",
        "auth:",
        "  type: oidc",
        "  token_env_var: FEATURES_TOKEN",
    ]


def test_for_old_clients_every_view_asks_the_server(shop: Shop) -> None:
    shop.ok("export", "feast", "--old-clients")
    text = shop.read("target/feast/definitions.py")
    assert "= FeatureView(" not in text
    assert text.count("= served_view(") == 3
    assert "What a user ordered." in text
    assert "Orders of the last day." not in text  # those clients refuse a service whose features are described


def test_the_same_project_gives_the_same_bytes(shop: Shop) -> None:
    first = shop.ok("export", "feast")
    assert "Wrote target/feast/definitions.py" in first.stdout.replace(f"{shop.root}/", "")
    before = shop.read("target/feast/definitions.py")
    shop.ok("export", "feast")
    assert shop.read("target/feast/definitions.py") == before


def test_files_of_somebody_else_stay(shop: Shop) -> None:
    shop.write("repository/feature_store.yaml", "project: theirs\n")
    result = shop.run("export", "feast", "--output", "repository")
    assert result.exit_code == 2
    assert "'repository/feature_store.yaml' is there, and `skewless export feast` did not write it" in result.output
    assert shop.files("repository") == {"feature_store.yaml"}


def test_a_folder_of_the_project_itself_is_refused(shop: Shop) -> None:
    result = shop.run("export", "feast", "--output", "features/feast")
    assert result.exit_code == 2
    assert "'features/feast' is in 'features', whose files are read as the project's own" in result.output
    assert not (shop.root / "features/feast").exists()


def test_the_next_step_is_named(shop: Shop) -> None:
    assert (
        "Run `feast apply` in repository, with the clients'"
        in shop.ok("export", "feast", "--output", "repository").stdout
    )


def test_text_of_the_project_is_text(shop: Shop) -> None:
    shop.replace("features/shop.yml", "description: What a user ordered.", r"""description: "\"'''\\ \n{x} é" """)
    shop.ok("export", "feast")
    tree = ast.parse(shop.read("target/feast/definitions.py"))
    assert "\"'''\\ \n{x} é" in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_secrets_are_not_written(shop: Shop) -> None:
    shop.replace("features/shop.yml", "description: What a user ordered.",
                 "config: {meta: {key: \"{{ env_var('WORD') }}\"}}")  # fmt: skip
    shop.replace(
        "profiles.yml", "dev: {", "dev: {registry: \"postgresql://ana:{{ env_var('DB_PASSWORD') }}@127.0.0.1:1/none\", "
    )
    shop.ok("export", "feast", env={"DB_PASSWORD": "sw0rdf1sh", "WORD": "sw0rdf1sh"})
    assert 'tags={"money": "true", "key": "*****"}' in shop.read("target/feast/definitions.py")


def test_a_request_field_that_is_a_key_elsewhere_is_sent_as_a_key(shop: Shop) -> None:
    """Feast's clients take a column for one or the other, in all views of a request."""
    shop.replace("features/shop.yml", SERVICE, SERVICE.replace(
        "[user_totals]", "[{view: user_profile, as: payer, on: {user_id: amount_id}}]"
    )).replace("features/basket.sql", "request={'amount': 'double'}", "request={'amount': 'double', 'amount_id': 'bigint'}")  # fmt: skip
    shop.ok("export", "feast")
    (text,) = [one for one in shop.read("target/feast/definitions.py").split("\n\n") if "view_basket =" in one]
    assert 'columns=["user_id", "amount", "amount_id"]' in text
    assert text.count("Field(") == 3
    assert 'Field(name="amount", dtype=Float64)' in text


def test_what_is_not_online_is_left_out_with_all_that_joins_it(shop: Shop) -> None:
    shop.replace("features/user_totals.sql", "entity='user'", "entity='user', online=false")
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_profile]")
    shop.replace("features/shop.yml", SERVICE, SERVICE.replace(
        "[user_totals]", "[user_profile, {view: basket, as: order, on: {amount: total}}]"
    ))  # fmt: skip
    shop.ok("export", "feast")
    text = shop.read("target/feast/definitions.py")
    assert [line.partition(" ")[0] for line in text.splitlines() if line.startswith(("view_", "service_"))] == [
        "view_user_profile",
        "service_checkout_v1",
    ]


def test_a_view_whose_feature_is_called_as_a_column_of_another_view_is_on_demand(shop: Shop) -> None:
    shop.replace(
        "features/basket.sql", "request={'amount': 'double'}", "request={'amount': 'double', 'country': 'varchar'}"
    )
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_totals, basket]")
    shop.ok("export", "feast")
    text = shop.read("target/feast/definitions.py")
    assert "view_user_profile = served_view(" in text
    assert "view_user_totals = FeatureView(" in text


def test_an_entity_that_is_called_as_a_column_has_the_name_of_its_key(shop: Shop) -> None:
    shop.replace(
        "features/basket.sql", "request={'amount': 'double'}", "request={'amount': 'double', 'user': 'varchar'}"
    )
    shop.ok("export", "feast")
    assert 'entity_user_id = Entity(\n    name="user_id",' in shop.read("target/feast/definitions.py")


def test_every_type_has_one_in_feast() -> None:
    assert {*FEATURE_TYPES, "LIST"} == set(get_args(FeatureKind))


def test_the_view_of_a_service_under_other_keys_needs_a_name(shop: Shop) -> None:
    shop.replace("features/shop.yml", SERVICE, SERVICE.replace(
        "[user_totals]", "[{view: user_profile, on: {user_id: payer_id}}]"
    ))  # fmt: skip
    assert refused(shop) == (
        "in Feast a name stands for one view under one set of keys, and services use 'user_profile' for several"
    )


def test_views_that_differ_in_capitals(shop: Shop) -> None:
    shop.write("features/User_Totals.sql", shop.read("features/user_totals.sql"))
    assert refused(shop) == (
        "Feast does not tell the views 'User_Totals' and 'user_totals' apart: they differ in capitals only"
    )


def test_a_key_of_two_types(shop: Shop) -> None:
    """Where each has an entity of its own, there are two in Feast."""
    entities = "  - {name: user, keys: [{name: user_id, data_type: bigint}]}"
    for number, kind in enumerate(("bigint", "varchar")):
        entities += f"\n  - {{name: e{number}, keys: [{{name: user_id, data_type: bigint}}, {{name: code, data_type: {kind}}}]}}"
        shop.write(f"features/v{number}.sql", f"{{{{ config(entity='e{number}') }}}}\n"
                   f"select user_id, user_id::{kind} as code, country from {{{{ source('shop', 'profiles') }}}}\n")  # fmt: skip
    shop.replace("features/shop.yml", "  - {name: user, keys: [{name: user_id, data_type: bigint}]}", entities)
    assert refused(shop) == "Feast has one entity of a name, and 'code' is BIGINT here and VARCHAR there"


def test_a_key_that_is_a_list(shop: Shop) -> None:
    shop.replace("features/shop.yml", "keys: [{name: user_id, data_type: bigint}]}",
                 "keys: [{name: user_id, data_type: bigint}]}\n"
                 "  - {name: users, keys: [{name: user_ids, data_type: 'bigint[]'}]}")  # fmt: skip
    shop.write("features/several.sql", "{{ config(entity='users') }}\n"
               "select [user_id] as user_ids, country from {{ source('shop', 'profiles') }}\n")  # fmt: skip
    assert refused(shop) == "Feast has no lists as keys, and 'user_ids' is BIGINT[]"


def test_a_project_that_feast_cannot_name(shop: Shop) -> None:
    shop.replace("skewless.yml", "name: shop", "name: _shop")
    assert refused(shop) == "Feast has no project '_shop': names there begin with a letter or a digit"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--url", "localhost:6566", "'localhost:6566' is not the address of a server"),
        ("--url", "https://me:sw0rdf1sh@host", "clients send a token"),
        ("--token-variable", "MY TOKEN", "'MY TOKEN' is not the name of an environment variable"),
    ],
)
def test_options_that_are_refused(shop: Shop, option: str, value: str, message: str) -> None:
    result = shop.run("export", "feast", option, value)
    assert result.exit_code == 2
    assert message in result.output
    assert not shop.exists("target/feast")


def test_what_to_export_must_be_said(shop: Shop) -> None:
    assert "feast" in shop.run("export").output
    result = shop.run("export", "tecton")
    assert result.exit_code == 2
    assert "No such command 'tecton'" in result.output


def refused(shop: Shop) -> str:
    """The one message of an export that writes nothing."""
    result = shop.run("export", "feast")
    assert result.exit_code == 2
    assert not shop.exists("target/feast")
    return next(line.removeprefix("error: ") for line in result.output.splitlines() if line.startswith("error: "))
