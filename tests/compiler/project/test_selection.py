"""dbt's selection grammar over views, sources and services."""

from __future__ import annotations

import pytest

from skewless.ground.errors import UsageError
from skewless.project.selection import Graph, Node, select

#  p.t -> a -> b -> c -> svc        q.u -> d -> c        lone
RISK = {"owner": "risk", "meta": {"team": ["x", "y"]}}
SOURCES = (
    Node(name="p.t", path="features/f.yml", resource_type="source", tags=("raw",), package="shop"),
    Node(name="q.u", path="features/f.yml", resource_type="source", package="shop"),
)
VIEWS = tuple(
    Node(name=name, path=path, resource_type="view", tags=tags, config=config, depends_on=parents, package="shop")
    for name, path, tags, config, parents in (
        ("a", "features/risk/a.sql", ("daily", "fraud"), {}, ("p.t",)),
        ("b", "features/risk/cards/b.sql", ("daily",), {}, ("a",)),
        ("d", "features/other/d.sql", (), {"online": False}, ("q.u",)),
        ("c", "features/c.sql", (), RISK, ("b", "d")),
        ("lone", "features/lone.sql", (), {}, ()),
    )
)
SERVICE = Node(name="svc", path="features/f.yml", resource_type="service", depends_on=("c",), package="shop")
NODES = (*SOURCES, *VIEWS, SERVICE)
GRAPH = Graph(nodes={node.name: node for node in NODES})


def chosen(*arguments: str, exclude: tuple[str, ...] = (), state: dict[str, frozenset[str]] | None = None) -> str:
    return " ".join(select(GRAPH, select=arguments, exclude=exclude, state=state).names)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("a", "a"),
        ("a b", "a b"),
        ("+b", "p.t a b"),
        ("1+b", "a b"),
        ("b+", "b c svc"),
        ("b+1", "b c"),
        ("1+b+1", "a b c"),
        ("2+c", "q.u a b d c"),
        ("0+b", "b"),
        ("@d", "p.t q.u a b d c svc"),
        ("+c,+b", "p.t a b"),
        ("tag:daily,tag:fraud", "a"),
        ("tag:daily,tag:fraud lone", "a lone"),
        ("l*", "lone"),
        ("?", "a b d c"),
        ("[ab]", "a b"),
        ("tag:da*", "a b"),
        ("tag:raw", "p.t"),
        ("tag:raw+1", "p.t a"),
        ("risk", "a b"),
        ("risk.cards", "b"),
        ("risk.*", "a b"),
        ("shop.risk", "a b"),
        ("shop", "a b d c lone"),
        ("cards", "b"),
        ("features/risk", "a b"),
        ("features/risk/", "a b"),
        ("features/*/d.sql", "d"),
        ("path:features/f.yml", "p.t q.u svc"),
        ("path:features/risk/cards/b.sql", "b"),
        ("file:b.sql", "b"),
        ("file:b", "b"),
        ("b.sql", "b"),
        ("source:p", "p.t"),
        ("source:p+", "p.t a b c svc"),
        ("source:shop.q.u", "q.u"),
        ("source:*", "p.t q.u"),
        ("service:svc", "a b d c svc"),
        ("service:svc,tag:daily", "a b"),
        ("config.owner:risk", "c"),
        ("config.online:FALSE", "d"),
        ("config.meta.team:y", "c"),
        ("resource_type:source", "p.t q.u"),
        ("resource_type:model", "a b d c lone"),
        ("package:shop,resource_type:service", "svc"),
    ],
)
def test_a_selector_means_what_it_means_in_dbt(selector: str, expected: str) -> None:
    assert chosen(selector) == expected


def test_arguments_are_a_union_and_excluded_nodes_are_taken_out() -> None:
    assert chosen("a", "lone") == "a lone"
    assert chosen("+c", exclude=("tag:daily", "resource_type:source")) == "d c"


def test_nothing_selected_is_everything() -> None:
    assert chosen() == " ".join(GRAPH.nodes)
    assert chosen(exclude=("+c+",)) == "lone"


def test_a_state_is_a_set_of_names() -> None:
    state = {"modified": frozenset({"b", "gone"}), "new": frozenset({"lone"})}
    assert chosen("state:modified+", state=state) == "b c svc"
    assert chosen("state:new", state=state) == "lone"


@pytest.mark.parametrize(
    ("selector", "message", "hint"),
    [
        ("tags:x", "there is no selector method 'tags:'", "did you mean 'tag'?"),
        ("config:x", "there is no selector method 'config:'", "write config.<key>:<value>, such as config.owner:risk"),
        ("zzz:x", "there is no selector method 'zzz:'", "the methods: tag, path, file"),
        ("state:modified", "`state:` needs a state to compare with", "add --state"),
        ("resource_type:sauce", "'sauce' is not a resource type", "did you mean 'source'?"),
        ("@a+", "'@a+' combines @ with +", "@a already has both directions"),
        ("+", "'+' is not a selector", "write a name"),
        ("tag:", "'tag:' is not a selector", "write a name"),
    ],
)
def test_a_selector_that_cannot_be_read_is_an_error(selector: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(selector)
    assert caught.value.message == message
    assert (caught.value.help or "").startswith(hint)


def test_a_state_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UsageError, match="'modifed' is not a state"):
        chosen("state:modifed", state={})


@pytest.mark.parametrize(
    ("selector", "warning"),
    [
        ("lonely", "the selector 'lonely' matches nothing; did you mean 'lone'?"),
        ("+svc", "the selector '+svc' matches nothing; did you mean 'service:svc'?"),
        ("p", "the selector 'p' matches nothing; did you mean 'source:p'?"),
        ("a,lone", "the selector 'a,lone' matches nothing"),
        ("tag:none", "the selector 'tag:none' matches nothing"),
    ],
)
def test_a_selector_that_matches_nothing_is_a_warning(selector: str, warning: str) -> None:
    selected = select(GRAPH, select=[selector])
    assert selected.names == ()
    assert selected.warnings == (warning,)


def test_an_exclusion_that_matches_nothing_is_a_warning_too() -> None:
    assert select(GRAPH, exclude=["nope"]).warnings == ("the selector 'nope' matches nothing",)


def test_a_circle_ends() -> None:
    nodes = (
        Node(name="x", path="x.sql", resource_type="view", depends_on=("y",)),
        Node(name="y", path="y.sql", resource_type="view", depends_on=("x",)),
    )
    assert select(Graph({node.name: node for node in nodes}), select=["+x+"]).names == ("x", "y")
