"""Sixty edits and more, each classified; a fingerprint changes with a value and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from diff.edits import CHANGING, PRESERVING, Edit
from diff.shop import FILES, definitions, write
from skewless.contract.definition import Definitions
from skewless.diff.compare import compare_views
from skewless.diff.result import Change, Kind


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    folder = tmp_path_factory.mktemp("before")
    write(folder)
    return definitions(folder)


def _edited(folder: Path, edit: Edit) -> Definitions:
    files = dict(FILES)
    for file, old, new in edit.replaced:
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    write(folder, files)
    return definitions(folder, edit.variables)


def _changes(before: Definitions, now: Definitions) -> dict[str, Change]:
    return {change.name: change for change in compare_views(before, now) if change.kind is not Kind.UNCHANGED}


@pytest.mark.parametrize("edit", [*PRESERVING, *CHANGING], ids=lambda edit: edit.name)
def test_an_edit_is_what_it_is(before: Definitions, tmp_path: Path, edit: Edit) -> None:
    changes = _changes(before, _edited(tmp_path, edit))
    assert {name: change.kind for name, change in changes.items()} == edit.kinds
    for name, words in edit.words.items():
        assert any(words in reason for reason in changes[name].reasons), changes[name].reasons


@pytest.mark.parametrize("edit", PRESERVING, ids=lambda edit: edit.name)
def test_what_preserves_the_meaning_preserves_fingerprints(before: Definitions, tmp_path: Path, edit: Edit) -> None:
    now = _edited(tmp_path, edit)
    assert {name: one.fingerprint for name, one in now.views.items()} == {
        name: one.fingerprint for name, one in before.views.items()
    }


@pytest.mark.parametrize("edit", CHANGING, ids=lambda edit: edit.name)
def test_what_changes_a_value_changes_the_fingerprint(before: Definitions, tmp_path: Path, edit: Edit) -> None:
    now = _edited(tmp_path, edit)
    for name, kind in edit.kinds.items():
        is_served_otherwise = edit.name == "not served any more"
        if kind >= Kind.NEW_FEATURES and not is_served_otherwise:
            assert now.views[name].fingerprint != before.views[name].fingerprint


def test_a_dot_in_a_name_is_not_one_between_two_names(tmp_path: Path) -> None:
    versions = set()
    for place, relation in enumerate(("schema: a.b", "database: a\n    schema: b")):
        yaml = FILES["features/shop.yml"].replace("  - name: shop\n", f"  - name: shop\n    {relation}\n")
        yaml = yaml.replace("        path: visits.parquet\n", "        identifier: visits\n")
        write(tmp_path / str(place), {**FILES, "features/shop.yml": yaml})
        versions.add(definitions(tmp_path / str(place)).views["daily"].fingerprint)
    assert len(versions) == 2


def test_there_are_sixty_of_them_half_and_half() -> None:
    assert len(PRESERVING) >= 30
    assert len(CHANGING) >= 30
    assert len({edit.name for edit in (*PRESERVING, *CHANGING)}) == len(PRESERVING) + len(CHANGING)
