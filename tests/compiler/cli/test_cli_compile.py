"""`compile`: what is written, and that nothing is when anything is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_project import Shop, log_lines

VIEWS = frozenset({"views/basket.json", "views/user_profile.json", "views/user_totals.json"})
ORDERS, PROFILES = "sources/shop.orders.json", "sources/shop.profiles.json"
COMPILED = "target/compiled/shop"


def test_it_writes_sql_of_every_stage_beside_the_path_of_the_view(shop: Shop) -> None:
    result = shop.ok("compile")
    assert shop.files(COMPILED) == {
        "features/user_totals.training.sql",
        "features/user_totals.serving.sql",
        "features/user_totals.state.sql",
        "features/people/user_profile.training.sql",
        "features/people/user_profile.serving.sql",
        "features/people/user_profile.state.sql",
        "features/basket.training.sql",
        "features/basket.serving.sql",
    }
    assert "Running with skewless=0.1.0" in result.stdout
    assert "Found 3 views, 2 sources, 2 services, 1 unit test, 4 data tests" in result.stdout
    assert "1 of 3 START compiling view" in result.stdout
    assert "Done. PASS=3 WARN=0 ERROR=0 SKIP=0 TOTAL=3" in result.stdout


def test_a_view_that_is_looked_up_says_so_in_its_serving_file(shop: Shop) -> None:
    shop.ok("compile")
    text = shop.read(f"{COMPILED}/features/people/user_profile.serving.sql")
    assert text.startswith("-- user_profile, serving: nothing is computed.")
    assert "country VARCHAR" in text
    assert "SELECT" not in text


def test_lines_are_padded_with_dots(shop: Shop) -> None:
    (line,) = [one for one in shop.ok("compile").stdout.splitlines() if "OK compiled view basket" in one]
    assert line.index("[OK in ") == 81
    assert line.endswith("s]")


def test_the_manifest_describes_every_node(shop: Shop) -> None:
    shop.ok("compile")
    manifest = shop.json("target/manifest.json")
    assert manifest["metadata"]["schema_version"] == 2
    assert manifest["metadata"]["versions"].keys() == {"skewless", "duckdb", "sqlglot"}
    view = manifest["nodes"]["view.shop.user_totals"]
    assert view["kind"] == "aggregate"
    assert view["path"] == "features/user_totals.sql"
    assert view["keys"] == [{"name": "user_id", "type": "BIGINT"}]
    assert view["features"][0] == {"name": "orders_1d", "type": "BIGINT", "description": "Orders of the last day."}
    assert view["depends_on"] == ["source.shop.shop.orders"]
    assert view["version"].startswith("user_totals@")
    assert view["plan"]["name"]
    assert view["plan"]["reason"]
    assert view["horizon"] == "1 day"
    assert manifest["nodes"]["view.shop.basket"]["version"] is None
    assert manifest["sources"]["source.shop.shop.orders"]["event_time"] == "ordered_at"
    outputs = manifest["services"]["service.shop.checkout_v1"]["outputs"]
    assert [one["name"] for one in outputs] == ["orders_1d", "amount_1d", "country", "is_large", "amount_ratio"]
    assert "unit_test.shop.user_totals.counts_the_last_day" in manifest["unit_tests"]


def test_a_bundle_is_written_for_each_service(shop: Shop) -> None:
    shop.ok("compile")
    assert shop.files("target/serving") - VIEWS == {"checkout_v1.json", "totals_v1.json", ORDERS, PROFILES}
    assert shop.json("target/serving/checkout_v1.json")["service"] == "checkout_v1"


def test_a_bundle_is_written_for_each_view_that_can_be_served_alone(shop: Shop) -> None:
    shop.ok("compile")
    assert shop.files("target/serving/views") == {"user_totals.json", "user_profile.json", "basket.json"}
    bundle = shop.json("target/serving/views/basket.json")
    assert [one["name"] for one in bundle["fields"]] == ["amount"]
    assert [one["name"] for one in bundle["outputs"]] == ["is_large", "amount_ratio"]
    assert [one["view"] for one in bundle["instances"]] == ["user_totals"]


def test_a_view_that_is_not_online_has_no_bundle_nor_has_one_that_joins_it(shop: Shop) -> None:
    shop.ok("compile")
    shop.replace("features/user_totals.sql", "entity='user', tags", "entity='user', online=false, tags")
    shop.write("features/shop.yml", shop.read("features/shop.yml").split("services:")[0])
    result = shop.ok("compile", "--select", "user_profile")
    assert shop.files("target/serving") == {"views/user_profile.json", PROFILES}
    assert "serving/views/basket.json, which no view or service has any more" in result.stdout.replace("\n", "")


def test_a_selection_writes_its_views_and_the_services_that_use_them(shop: Shop) -> None:
    shop.ok("compile", "--select", "user_profile")
    assert {Path(path).name.split(".")[0] for path in shop.files(COMPILED)} == {"user_profile"}
    assert shop.files("target/serving") == {"checkout_v1.json", "views/user_profile.json", PROFILES}
    assert len(shop.json("target/manifest.json")["nodes"]) == 3


def test_words_after_select_belong_to_it(shop: Shop) -> None:
    shop.ok("compile", "-s", "user_profile", "basket", "--exclude", "basket")
    assert {Path(path).name.split(".")[0] for path in shop.files(COMPILED)} == {"user_profile"}


def test_files_of_views_and_services_of_the_past_are_removed(shop: Shop) -> None:
    shop.ok("compile")
    (shop.root / "features/people/user_profile.sql").unlink()
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_totals, basket]")
    shop.replace("features/shop.yml", "totals_v1", "totals_v2")
    shop.ok("compile", "--select", "basket")
    assert not shop.exists(f"{COMPILED}/features/people")
    assert shop.exists(f"{COMPILED}/features/user_totals.state.sql")
    assert shop.files("target/serving") == {"checkout_v1.json", "views/basket.json", "views/user_totals.json", ORDERS}


def test_a_file_of_the_user_in_the_compiled_folder_stays(shop: Shop) -> None:
    shop.write(f"{COMPILED}/features/notes.sql", "mine").ok("compile")
    assert shop.read(f"{COMPILED}/features/notes.sql") == "mine"


def test_every_fault_is_told_and_nothing_is_written(shop: Shop) -> None:
    shop.write(
        "features/one.sql", "{{ config(entity='user') }}\nselect user_id, nam from {{ source('shop', 'profiles') }}"
    )
    shop.write("features/two.sql", "{{ config(entity='usr') }}\nselect 1")
    result = shop.run("compile")
    assert result.exit_code == 2
    assert "error[unknown-column]" in result.stdout
    assert "--> features/one.sql:2:17" in result.stdout
    assert "error[unknown-entity]" in result.stdout
    assert "did you mean 'user'?" in result.stdout
    assert "The project does not compile: 2 errors." in result.stdout
    assert not shop.exists("target/compiled")
    assert not shop.exists("target/manifest.json")


def test_a_warning_is_shown_and_the_rest_goes_on(shop: Shop) -> None:
    shop.write("macros/nothing.sql", "")
    result = shop.ok("compile")
    assert "warning[unreadable-file]: the file is empty\n  --> macros/nothing.sql:1:1" in result.stdout
    assert shop.exists("target/manifest.json")


def test_sql_is_written_for_the_dialect_that_is_asked_for(shop: Shop) -> None:
    path = "target/compiled/shop/features/people/user_profile.training.sql"
    shop.ok("compile", "-s", "user_profile", "--dialect", "spark")
    assert "AS TIMESTAMP_NTZ)" in shop.read(path)
    shop.ok("compile", "-s", "user_profile")
    assert "AS TIMESTAMP)" in shop.read(path)


def test_a_dialect_that_does_not_exist_is_a_usage_error(shop: Shop) -> None:
    result = shop.run("compile", "--dialect", "sparc")
    assert result.exit_code == 2
    assert "there is no dialect 'sparc'" in result.stdout
    assert "did you mean 'spark'?" in result.stdout


def test_results_are_kept_for_scripts(shop: Shop) -> None:
    shop.ok("compile", "-s", "basket")
    results = shop.json("target/run_results.json")
    assert results["args"] == {"command": "compile", "arguments": ["compile", "-s", "basket"]}
    (one,) = results["results"]
    assert one["unique_id"] == "view.shop.basket"
    assert one["status"] == "success"
    assert one["execution_time"] >= 0
    assert results["elapsed_time"] > 0


def test_diagnostics_are_objects_in_json(shop: Shop) -> None:
    shop.replace("features/basket.sql", "var('large')", "var('lrge')")
    result = shop.run("compile", "--log-format", "json")
    assert result.exit_code == 2
    (fault,) = [line for line in log_lines(result.stdout) if line["event"] == "diagnostic"]
    assert fault["code"] == "undefined-variable"
    assert (fault["file"], fault["line"], fault["level"]) == ("features/basket.sql", 2, "error")
    assert fault["column"] > 0
    assert fault["timestamp"].endswith("Z")
    assert "--vars" in fault["help"]


def test_vars_may_be_yaml_or_json(shop: Shop) -> None:
    for text in ("large: 7", '{"large": 7}', "{large: 7}"):
        shop.ok("compile", "--vars", text)
        assert "> 7" in shop.read(f"{COMPILED}/features/basket.training.sql")


@pytest.mark.parametrize(
    ("text", "message"), [("[1]", "must map names to values"), ("{a: [", "cannot be read at line")]
)
def test_vars_that_are_no_mapping_are_a_usage_error(shop: Shop, text: str, message: str) -> None:
    result = shop.run("compile", "--vars", text)
    assert result.exit_code == 2
    assert message in result.output


def test_target_path_is_seen_from_the_project(shop: Shop) -> None:
    shop.ok("compile", "--target-path", "elsewhere")
    assert shop.exists("elsewhere/manifest.json")
    assert not shop.exists("target")


def test_what_templates_say_is_shown(shop: Shop) -> None:
    shop.write(
        "features/basket.sql",
        "{{ log('one') }}{{ log('two', info=True) }}{{ print('three') }}{{ exceptions.warn('four') }}"
        + shop.read("features/basket.sql"),
    )
    output = shop.ok("compile").output
    assert "features/basket.sql: two\n" in output
    assert "features/basket.sql: three\n" in output
    assert "warning: features/basket.sql: four\n" in output
    assert "features/basket.sql: one" not in output
    assert "features/basket.sql: one\n" in shop.ok("--debug", "compile", "--vars", "{large: 1}").output


def test_an_alias_has_a_bundle_of_its_own_under_the_keys_of_its_service(shop: Shop) -> None:
    shop.replace(
        "features/shop.yml",
        "  - name: totals_v1\n    features: [user_totals]",
        "  - name: totals_v1\n    features: [user_totals, {view: user_profile, as: payer, on: {user_id: payer_id}}]",
    )
    shop.ok("compile")
    bundle = shop.json("target/serving/views/payer.json")
    assert bundle["keys"] == [{"name": "payer_id", "type": "BIGINT"}]
    assert [(one["name"], one["view"]) for one in bundle["outputs"]] == [("country", "user_profile")]


def test_an_alias_that_stands_for_several_things_has_none(shop: Shop) -> None:
    shop.replace(
        "features/shop.yml",
        "    features: [user_totals]",
        "    features: [{view: user_totals, as: payer, on: {user_id: payer_id}}]\n"
        "  - name: other_v1\n    features: [{view: user_profile, as: payer, on: {user_id: payer_id}}]",
    )
    shop.ok("compile")
    assert shop.files("target/serving/views") == {"user_totals.json", "user_profile.json", "basket.json"}
