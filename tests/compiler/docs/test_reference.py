"""The reference lists what the product has, and nothing else."""

from __future__ import annotations

import re
from typing import get_args

import click
import pytest

import skewless
from skewless.cli.main import ALIASES, VERBS, cli
from skewless.cli.options import GLOBAL
from skewless.codegen.state import Layout
from skewless.codegen.training.plans import PLANS
from skewless.frontend.config import KEYS
from skewless.frontend.context import Environment, Reads, model_context
from skewless.ground import errors
from skewless.ground.codes import CODES
from skewless.ground.dtypes import DataType, FeatureKind
from skewless.project import target_shapes
from skewless.project.checking import Shape
from skewless.project.project_file import ProjectShape
from skewless.project.properties import PropertiesShape
from skewless.project.properties.columns import ColumnShape, LabelConfig
from skewless.project.properties.data_tests import TESTS, Arguments, TestSettings
from skewless.project.properties.entities import EntityShape
from skewless.project.properties.monitoring import (
    AgeRule,
    MonitorShape,
    RuleShape,
    RulesShape,
    ShareRule,
    WatchedShape,
    WebhookShape,
)
from skewless.project.properties.services import ServiceShape, UseShape
from skewless.project.properties.sources import SourceConfig, SourceShape, TableShape
from skewless.project.properties.streams import RedisStreamShape
from skewless.project.properties.time_rules import TimeRules, VersionRules
from skewless.project.properties.unit_tests import (
    DeliveredShape,
    ExpectShape,
    GivenShape,
    Overrides,
    StepShape,
    UnitTestShape,
)
from skewless.project.properties.views import ViewShape
from skewless.project.selectors import _METHODS
from skewless.project.templates import renderer
from skewless.project.view_config import ViewConfig
from skewless.serve import FeatureServer, Vector
from skewless.serve.vector import Status
from skewless.tasks.results import Outcome as RunOutcome
from skewless.verify.result import Outcome as TestOutcome

from .pages import ALL, headings, listed, name_of, quoted, read, rows, section

COMMANDS = read("reference/commands.md")
SELECTION = frozenset({"select", "exclude", "state"})
SHAPES: dict[tuple[str, str], type[Shape]] = {
    ("project-files", "skewless.yml"): ProjectShape,
    ("project-files", "A DuckDB target"): target_shapes.DuckDBShape,
    ("project-files", "A Snowflake target"): target_shapes.SnowflakeShape,
    ("project-files", "The SQLite online store"): target_shapes.SqliteShape,
    ("project-files", "The Redis online store"): target_shapes.RedisShape,
    ("properties", "A properties file"): PropertiesShape,
    ("properties", "An entity"): EntityShape,
    ("properties", "A source"): SourceShape,
    ("properties", "A table"): TableShape,
    ("properties", "A Redis stream"): RedisStreamShape,
    ("properties", "A column"): ColumnShape,
    ("properties", "An entry of features"): ViewShape,
    ("properties", "A service"): ServiceShape,
    ("properties", "A use of a view"): UseShape,
    ("properties", "A monitor"): MonitorShape,
    ("properties", "Thresholds"): RulesShape,
    ("properties", "A threshold"): RuleShape,
    ("properties", "A watched feature"): WatchedShape,
    ("properties", "A webhook"): WebhookShape,
    ("properties", "A unit test"): UnitTestShape,
    ("properties", "An input of a unit test"): GivenShape,
    ("properties", "A delivery"): DeliveredShape,
    ("properties", "A step of a delivery"): StepShape,
    ("properties", "Expect"): ExpectShape,
    ("properties", "Overrides"): Overrides,
    ("properties", "Labels"): LabelConfig,
}
ELSEWHERE: set[type[Shape]] = {
    *(TimeRules, VersionRules, target_shapes.TargetShape),  # parts of the shapes above
    *(ViewConfig, TestSettings, SourceConfig, *TESTS.values(), Arguments),  # in tables of other forms, below
    *(ShareRule, AgeRule),  # thresholds, of other values
    *(target_shapes.SparkShape, target_shapes.RedisShape),  # read, and cannot be used
}


def _options(command: click.Command, names: frozenset[str], *, within: bool) -> set[str]:
    own = [param for param in _params(command) if isinstance(param, click.Option)]
    return {word for param in own if (param.name in names) is within for word in param.opts}


def _params(command: click.Command) -> list[click.Parameter]:
    """Those of a verb; of a group's commands together."""
    parts = command.commands.values() if isinstance(command, click.Group) else []
    return [*command.params, *(param for part in parts for param in part.params)]


def _written(text: str) -> set[str]:
    """The options in the first cells of a table, without what they take."""
    return {word.split()[0] for row in rows(text) for word in quoted(row[0])}


def _verb(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def test_every_verb_has_an_entry() -> None:
    other = {"Commands", "Global options", "Selection options", "Exit codes", "Output"}
    assert set(headings(COMMANDS)) - other == set(VERBS)
    assert all(alias in quoted(section(COMMANDS, verb)) for alias, verb in ALIASES.items())


@pytest.mark.parametrize("name", VERBS)
def test_an_entry_has_the_options_of_its_verb(name: str) -> None:
    command, entry = _verb(name), section(COMMANDS, name)
    assert _written(entry) == _options(command, GLOBAL | SELECTION, within=False)
    selects = bool(_options(command, SELECTION, within=True))
    assert ("takes the selection options" in entry.lower().replace("\n", " ")) is selects
    arguments = [param for param in _params(command) if isinstance(param, click.Argument)]
    assert all(word in entry for param in arguments for word in (param.metavar or param.name or "").upper().split("|"))


def test_global_options_are_listed() -> None:
    version = _options(cli, GLOBAL, within=False)
    assert _written(section(COMMANDS, "Global options")) == _options(cli, GLOBAL, within=True) | version | {
        "--help",
        "-h",
    }


def test_selection_options_are_listed() -> None:
    assert _written(section(COMMANDS, "Selection options")) == _options(_verb("ls"), SELECTION, within=True)


def test_no_page_mentions_an_option_that_does_not_exist() -> None:
    known = {word for name in VERBS for param in _params(_verb(name)) for word in param.opts} | {"--help", "--version"}
    for page in ALL:
        found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8")))
        assert found <= known, name_of(page)


@pytest.mark.parametrize(("page", "heading"), SHAPES)
def test_yaml_keys_are_listed(page: str, heading: str) -> None:
    assert set(listed(section(read(f"reference/{page}.md"), heading))) == set(SHAPES[page, heading].known_keys())


def test_every_yaml_mapping_is_in_the_reference() -> None:
    assert _below(Shape) == set(SHAPES.values()) | ELSEWHERE


def _below(shape: type[Shape]) -> set[type[Shape]]:
    return {found for child in shape.__subclasses__() for found in (child, *_below(child))}


def test_data_tests_and_their_arguments_are_listed() -> None:
    entries = rows(section(read("reference/properties.md"), "Data tests"))
    tests = {quoted(row[0])[0]: set(quoted(row[2])) for row in entries if len(row) == 3}
    shared = set(Arguments.known_keys())
    assert tests == {name: set(shape.known_keys()) - shared for name, shape in TESTS.items()}
    assert {quoted(row[0])[0] for row in entries if len(row) == 2} == set(TestSettings.known_keys())


def test_settings_of_a_view_are_listed() -> None:
    entries = rows(section(read("reference/configuration.md"), "Settings"))
    assert {quoted(row[0])[0] for row in entries} == set(KEYS)
    assert {quoted(row[0])[0] for row in entries if row[3] == "yes"} == set(ViewConfig.known_keys())


def test_template_names_are_listed() -> None:
    page = read("reference/templates.md")
    outside = Environment(variables={}, environ={}, target={}, project_name="shop")
    known = set(model_context("v", outside, {}, Reads()))
    assert set(listed(section(page, "In SQL files"))) | set(listed(section(page, "Refused"))) == known


def test_yaml_filters_work() -> None:
    from skewless.project.environment import Environment as Variables

    render = renderer(Variables({}), {"n": "1"})
    for name in listed(section(read("reference/templates.md"), "In YAML files")):
        assert render("{{ var('n') | " + name + " }}") is not None, name


def test_codes_are_listed() -> None:
    assert sorted(listed(_tables("reference/errors.md"))) == sorted(CODES)


def test_statuses_are_listed() -> None:
    page = read("reference/statuses.md")
    assert set(listed(section(page, "Of a served value"))) == set(get_args(Status))
    assert set(listed(section(page, "Of a test"))) == set(get_args(TestOutcome))
    assert set(listed(section(page, "In run_results.json"))) == set(get_args(RunOutcome))


def test_types_are_listed_with_their_spellings() -> None:
    entries = rows(section(read("reference/types-and-values.md"), "Types"))
    assert {quoted(row[0])[0] for row in entries} == set(get_args(FeatureKind))
    for row in entries:
        assert {DataType.parse(spelling).kind for spelling in quoted(row[2])} <= {quoted(row[0])[0]}


def test_plans_are_listed() -> None:
    assert listed(_tables("reference/plans.md")) == [plan.name for plan in PLANS]


def test_selector_methods_are_listed() -> None:
    known = {*_METHODS, "service", "config.", "resource_type", "state", "test_type"}
    found = listed(section(read("reference/selection.md"), "Methods"))
    assert {name.removesuffix(":") for name in found} == known


def test_layouts_are_listed() -> None:
    assert {row[0] for row in rows(read("explanation/state.md"))} == set(get_args(Layout))


def test_python_names_are_listed() -> None:
    page = read("reference/python.md")
    for cls, first in ((skewless.Project, "project"), (FeatureServer, "server"), (Vector, "vector")):
        names = {name for name in (*vars(cls), *getattr(cls, "__dataclass_fields__", ())) if not name.startswith("_")}
        found = {re.split(r"[.(]", name)[1] for name in listed(section(page, cls.__name__)) if "." in name}
        assert found == names, first


def test_exceptions_are_what_the_page_says() -> None:
    for row in rows(section(read("reference/python.md"), "Exceptions")):
        assert getattr(errors, quoted(row[0])[0]).exit_code == int(row[2])


def _tables(name: str) -> str:
    return "\n".join(line for line in read(name).splitlines() if line.startswith("|"))
