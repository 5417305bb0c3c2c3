"""Versions of views that are named by hand, pinned by `ref` and by services."""

from __future__ import annotations

from pathlib import Path

import pytest
from diff.shop import FILES, write

from skewless.contract.instances import ServicePlan
from skewless.tasks.workspace import Options, Workspace, load_workspace

VIEW = FILES["features/last_visit.sql"]


def _shop(folder: Path, **files: str) -> Workspace:
    """The shop with `last_visit` in two versions; `files` are further ones, or others, by the names of views."""
    changed = {path: text for path, text in FILES.items() if path != "features/last_visit.sql"}
    changed |= {
        "features/last_visit_v1.sql": VIEW.replace("ttl='30 days'", "ttl='30 days', version=1"),
        "features/last_visit_v2.sql": VIEW.replace("ttl='30 days'", "ttl='40 days', version=2"),
    }
    changed |= {f"features/{name}.sql": text for name, text in files.items() if name != "yaml"}
    changed["features/shop.yml"] = files.get("yaml", FILES["features/shop.yml"])
    write(folder, changed)
    return load_workspace(Options(project_dir=folder), {})


def _read(plan: ServicePlan) -> set[str]:
    return {instance.view.name for instance in plan.instances}


def _faults(workspace: Workspace) -> list[str]:
    return [f"{fault.span}: {fault.message}; {fault.help}" for fault in workspace.diagnostics]


def test_a_name_without_a_version_is_the_newest_one(tmp_path: Path) -> None:
    workspace = _shop(tmp_path)
    workspace.check()
    assert [one.view for one in workspace.views["offer"].dependencies] == ["orders", "last_visit_v2"]
    plan = workspace.services["offers"]
    assert "last_visit_v2" in _read(plan)
    assert "last_visit_v1" not in _read(plan)
    [output] = [one for one in plan.outputs if one.feature == "last_page"]
    assert output.use == "last_visit"  # it is called there what the service calls it


def test_ten_is_newer_than_nine(tmp_path: Path) -> None:
    later = {f"last_visit_v{number}": VIEW.replace("ttl='30 days'", f"version={number}") for number in (9, 10)}
    workspace = _shop(tmp_path, **later)
    workspace.check()
    assert [one.view for one in workspace.views["offer"].dependencies] == ["orders", "last_visit_v10"]


@pytest.mark.parametrize("argument", ["v=1", "version=1", "v='1'"])
def test_ref_pins_a_version(tmp_path: Path, argument: str) -> None:
    workspace = _shop(
        tmp_path, offer=FILES["features/offer.sql"].replace("ref('last_visit')", f"ref('last_visit', {argument})")
    )
    workspace.check()
    assert [one.view for one in workspace.views["offer"].dependencies] == ["orders", "last_visit_v1"]
    assert {"last_visit_v1", "last_visit_v2"} <= _read(workspace.services["offers"])


def test_a_reference_without_an_alias_is_called_by_its_name(tmp_path: Path) -> None:
    text = FILES["features/offer.sql"].replace("{{ ref('last_visit') }} as v", "{{ ref('last_visit', v=1) }}")
    workspace = _shop(tmp_path, offer=text.replace("v.last_page", "last_visit.last_page"))
    workspace.check()
    assert [one.view for one in workspace.views["offer"].dependencies] == ["orders", "last_visit_v1"]


def test_a_service_pins_a_version(tmp_path: Path) -> None:
    yaml = FILES["features/shop.yml"].replace(
        "- last_visit: [last_page]", "- {view: last_visit, v: 1, features: [last_page]}"
    )
    workspace = _shop(tmp_path, yaml=yaml)
    workspace.check()
    [output] = [one for one in workspace.services["offers"].outputs if one.feature == "last_page"]
    assert (output.use, output.instance.view.name) == ("last_visit", "last_visit_v1")


def test_a_version_that_is_not_there_is_named(tmp_path: Path) -> None:
    workspace = _shop(
        tmp_path,
        offer=FILES["features/offer.sql"]
        .replace("ref('last_visit')", "ref('last_visit', v=3)")
        .replace("ref('orders')", "ref('orders', v=2)"),
        yaml=FILES["features/shop.yml"].replace(
            "- last_visit: [last_page]", "- {view: last_visit, v: 4, features: [last_page]}"
        ),
    )
    faults = _faults(workspace)
    said = "there is no version {} of 'last_visit'; its versions: 1, 2"
    assert any("features/offer.sql:7" in fault and said.format(3) in fault for fault in faults), faults
    assert any("features/shop.yml" in fault and said.format(4) in fault for fault in faults), faults


def test_a_view_that_is_not_that_version_is_named(tmp_path: Path) -> None:
    text = FILES["features/offer.sql"].replace("ref('orders')", "ref('orders', v=2)")
    assert [fault.partition(": ")[2] for fault in _faults(_shop(tmp_path, offer=text)) if "version" in fault] == [
        "'orders' is not version 2 of a view; name it in its own file: config(version=2)"
    ]
    named = FILES["features/orders.sql"].replace("owner='shop'", "owner='shop', version=2")
    _shop(tmp_path / "two", offer=text, orders=named).check()


def test_versions_beside_one_that_has_the_bare_name_are_told(tmp_path: Path) -> None:
    orders = FILES["features/orders.sql"]
    first, second = (orders.replace("owner='shop'", f"owner='shop', version={number}") for number in (1, 2))
    workspace = _shop(
        tmp_path,
        orders=first,
        orders_v2=second,
        offer=FILES["features/offer.sql"].replace("ref('orders')", "ref('orders', v=3)"),
        yaml=FILES["features/shop.yml"].replace("- last_visit: [last_page]", "- {view: orders, v: 4, as: earlier}"),
    )
    faults = _faults(workspace)
    for version in (3, 4):
        assert any(f"there is no version {version} of 'orders'; its versions: 1, 2" in fault for fault in faults), (
            faults
        )


def test_the_file_of_the_bare_name_goes_before_newer_versions(tmp_path: Path) -> None:
    workspace = _shop(tmp_path, orders_v2=FILES["features/orders.sql"].replace("owner='shop'", "version=2"))
    workspace.check()
    assert [one.view for one in workspace.views["offer"].dependencies] == ["orders", "last_visit_v2"]


def test_a_file_must_be_the_version_that_it_says(tmp_path: Path) -> None:
    workspace = _shop(tmp_path, last_visit_v2=VIEW.replace("ttl='30 days'", "version=3"))
    [fault] = _faults(workspace)
    assert "features/last_visit_v2.sql:1" in fault
    assert "the file is called version 2, and this says 3" in fault


def test_a_name_that_only_looks_like_a_version_is_a_view_like_any_other(tmp_path: Path) -> None:
    text = FILES["features/offer.sql"].replace("ref('last_visit')", "ref('visit_v8')")
    workspace = _shop(tmp_path, visit_v8=VIEW, offer=text)
    workspace.check()
    assert [one.view for one in workspace.views["offer"].dependencies] == ["orders", "visit_v8"]
