"""`ls`, and the selection that every verb shares."""

from __future__ import annotations

import json
import shutil

import pytest
from cli_project import Shop

VIEWS = ("ls", "--resource-type", "view")


def names(shop: Shop, *arguments: str) -> list[str]:
    return shop.ok(*arguments).stdout.split()


def test_ls_lists_everything_in_order_of_dependence(shop: Shop) -> None:
    listed = names(shop, "ls")
    assert listed[:2] == ["shop.orders", "shop.profiles"]
    assert listed[-3:] == ["checkout_v1", "totals_v1", "counts_the_last_day"]
    assert listed.index("user_totals") < listed.index("basket")


def test_ls_prints_data_alone_on_stdout(shop: Shop) -> None:
    shop.write("macros/nothing.sql", "")
    result = shop.ok("ls", "-s", "user_totals", "nope")
    assert result.stdout.split() == ["user_totals", "counts_the_last_day"]
    assert "the selector 'nope' matches nothing" in result.stderr
    assert "macros/nothing.sql" in result.stderr


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("user_totals+", {"user_totals", "basket"}),
        ("+basket", {"user_totals", "basket"}),
        ("tag:money", {"user_totals"}),
        ("path:features/people", {"user_profile"}),
        ("source:shop.orders+", {"user_totals", "basket"}),
        ("service:totals_v1", {"user_totals"}),
        ("config.entity:user,user_*", {"user_totals", "user_profile"}),
        ("user_profile basket", {"user_profile", "basket"}),
    ],
)
def test_ls_understands_dbts_grammar(shop: Shop, selector: str, expected: set[str]) -> None:
    assert set(names(shop, *VIEWS, "--select", selector)) == expected


def test_list_is_ls(shop: Shop) -> None:
    assert names(shop, "list") == names(shop, "ls")


def test_paths_are_listed_once(shop: Shop) -> None:
    listed = names(shop, "ls", "--output", "path")
    assert len(listed) == len(set(listed))
    assert "features/people/user_profile.sql" in listed


def test_json_is_an_object_a_line(shop: Shop) -> None:
    (line,) = shop.ok("ls", "-s", "basket", "--output", "json").stdout.splitlines()
    node = json.loads(line)
    assert node["unique_id"] == "view.shop.basket"
    assert node["depends_on"] == ["view.shop.user_totals"]
    assert node["config"]["request"] == {"amount": "double"}


def test_an_exclusion_wins(shop: Shop) -> None:
    assert names(shop, *VIEWS, "--exclude", "tag:money") == ["user_profile", "basket"]


@pytest.mark.parametrize("verb", ["ls", "compile", "run", "test", "build"])
def test_every_verb_refuses_a_selector_that_cannot_be_read(shop: Shop, verb: str) -> None:
    result = shop.run(verb, "--select", "tagg:money")
    assert result.exit_code == 2
    assert "there is no selector method 'tagg:'" in result.output


@pytest.mark.parametrize("verb", ["compile", "run", "build"])
def test_a_selection_of_nothing_does_nothing_and_succeeds(shop: Shop, verb: str) -> None:
    result = shop.ok(verb, "--select", "nope")
    assert "the selector 'nope' matches nothing" in result.output
    assert "TOTAL=0" in result.stdout


def test_state_compares_with_an_earlier_manifest(shop: Shop) -> None:
    shop.ok("compile")
    shutil.copytree(shop.root / "target", shop.root / "before")
    state = ("--state", "before")
    assert names(shop, "ls", "-s", "state:modified", *state) == []
    shop.replace("features/user_totals.sql", "'1 day'", "'2 days'")
    shop.write("features/other.sql", shop.read("features/people/user_profile.sql"))
    # What refers to a view has other values, too.
    assert set(names(shop, *VIEWS, "-s", "state:modified", *state)) == {"user_totals", "other", "basket"}
    assert set(names(shop, *VIEWS, "-s", "state:unmodified", *state)) == set(names(shop, *VIEWS)) - {
        "user_totals",
        "other",
        "basket",
    }
    assert set(names(shop, *VIEWS, "-s", "state:new", *state)) == {"other"}
    assert set(names(shop, *VIEWS, "-s", "state:modified+", *state)) == {"user_totals", "other", "basket"}


def test_a_part_that_is_modified_can_be_named(shop: Shop) -> None:
    shop.ok("compile")
    shutil.copytree(shop.root / "target", shop.root / "before")

    def modified(part: str = "") -> set[str]:
        return set(names(shop, *VIEWS, "-s", f"state:modified{part}", "--state", "before"))

    shop.write("features/user_totals.sql", f"-- another way to write it\n{shop.read('features/user_totals.sql')}")
    assert (modified(), modified(".body")) == (set(), {"user_totals"})
    shop.replace("features/user_totals.sql", "entity='user'", "entity='user', owner='ana'")
    assert (modified(), modified(".config"), modified(".schema")) == (set(), {"user_totals"}, set())
    shop.replace(
        "features/user_totals.sql", "from {{", ", max(amount) filter (where {{ last('2 days') }}) as most_2d from {{"
    )
    assert modified(".schema") == {"user_totals"}
    assert "user_totals" in modified()


def test_a_unit_test_is_modified_by_what_it_says_and_not_by_where(shop: Shop) -> None:
    shop.ok("compile")
    shutil.copytree(shop.root / "target", shop.root / "before")
    ask = ("ls", *VIEWS[1:], "-s", "state:modified.tests", "--state", "before")
    tests = next(path for path in shop.files("tests") if path.endswith(".yml"))
    shop.write(f"tests/{tests}", f"# a line more\n{shop.read(f'tests/{tests}')}")
    assert names(shop, *ask) == []
    shop.write(
        f"tests/{tests}", shop.read(f"tests/{tests}").replace("amount: 2", "amount: 3", 1).replace("10.0", "11.0", 1)
    )
    assert names(shop, *ask) == ["user_totals"]
    assert names(shop, "ls", "-s", "state:modified", "--state", "before") == []


def test_a_data_test_is_modified_by_what_it_says_and_not_by_where(shop: Shop) -> None:
    shop.replace("features/shop.yml", "data_tests: [not_null]", "data_tests: [{accepted_range: {min: -1}}]")
    shop.ok("compile")
    shutil.copytree(shop.root / "target", shop.root / "before")
    ask = ("ls", "-s", "state:modified.tests", "--state", "before", "--resource-type")
    shop.write("features/shop.yml", f"# a line more\n{shop.read('features/shop.yml')}")
    assert names(shop, *ask, "view") == []
    shop.replace("features/shop.yml", "{min: -1}", "{min: -2}")
    assert names(shop, *ask, "view") == ["user_totals"]
    assert names(shop, *ask, "source") == []
    shop.replace(
        "features/shop.yml",
        "      - name: orders\n",
        "      - name: orders\n        data_tests: [{unique: {column_name: order_id}}]\n",
    )
    assert names(shop, *ask, "source") == ["shop.orders"]
    assert names(shop, "ls", "-s", "state:modified", "--state", "before") == []


def test_a_changed_variable_modifies_what_it_is_written_in(shop: Shop) -> None:
    shop.ok("compile")
    found = names(shop, *VIEWS, "-s", "state:modified", "--state", "target", "--vars", "large: 5")
    assert found == ["basket"]


def test_a_state_without_a_manifest_is_a_usage_error(shop: Shop) -> None:
    result = shop.run("ls", "-s", "state:new", "--state", "nowhere")
    assert result.exit_code == 2
    assert "there is no manifest in 'nowhere'" in result.stderr
    assert "needs a state to compare with" in shop.run("ls", "-s", "state:new").stderr


def test_a_view_and_a_service_may_have_one_name(shop: Shop) -> None:
    shop.replace("features/shop.yml", "name: totals_v1", "name: user_totals")
    assert names(shop, "ls", "-s", "service:user_totals").count("user_totals") == 2
    assert names(shop, "ls", "-s", "user_totals") == ["user_totals", "counts_the_last_day"]
