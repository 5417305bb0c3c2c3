"""The folder of a project: what is found in it, in which order, and what is wrong with its files."""

from __future__ import annotations

import time
from hashlib import sha256
from pathlib import Path

import pytest
from written_project import WrittenProject

from skewless.ground.errors import UsageError
from skewless.project.discover import read_project
from skewless.project.environment import Environment


def test_the_files_of_a_project_are_found_in_a_stable_order(project: WrittenProject) -> None:
    for name in ("risk/b", "risk/a", "z", "risk/deep/c"):
        project.write(f"features/{name}.sql", f"select '{name}'")
    project.write("features/.hidden.sql", "x").write("features/readme.md", "x").write("target/old.sql", "x")
    project.write("macros/m.sql", "{% macro m() %}{% endmacro %}").write("tests/ok.sql", "select 1")
    project.write("tests/fixtures/f.sql", "select 2").write("tests/fixtures/f.csv", "a\n1\n")
    read = project.read()
    assert [model.path for model in read.files.models] == [
        "features/risk/a.sql", "features/risk/b.sql", "features/risk/deep/c.sql", "features/z.sql",
    ]  # fmt: skip
    assert [model.name for model in read.files.models] == ["a", "b", "c", "z"]
    assert [macro.path for macro in read.files.macros] == ["macros/m.sql"]
    assert [test.name for test in read.files.singular_tests] == ["ok"]
    assert read.diagnostics == ()


def test_settings_have_defaults(project: WrittenProject) -> None:
    files = project.read().files
    assert (files.name, files.profile, files.version, files.variables) == ("shop", "shop", "", {})
    assert (files.root, files.target_path) == (project.root, project.root / "target")


def test_settings_are_read(project: WrittenProject) -> None:
    project.write(
        "skewless.yml",
        """
        name: shop
        version: 1.0
        config-version: 2
        profile: "{{ env_var('PROFILE', 'mine') }}"
        feature-paths: views
        test-paths: [checks]
        target-path: out
        vars: {a: 1, b: 2, shop: {b: 3}}
        """,
    ).write("views/v.sql", "select 1").write("checks/t.sql", "select 1")
    read = project.read(a=9)
    assert read.diagnostics == ()
    assert (read.files.version, read.files.profile, read.files.variables) == ("1.0", "mine", {"a": 9, "b": 3})
    assert [model.name for model in read.files.models] == ["v"]
    assert [test.name for test in read.files.singular_tests] == ["t"]
    assert read.environment_read == ("PROFILE",)


def test_a_project_is_found_from_a_folder_within_it(project: WrittenProject) -> None:
    project.write("features/risk/v.sql", "select 1")
    assert read_project(project.root / "features" / "risk", environ={}, cli_vars={}).files.root == project.root


def test_a_folder_without_a_project_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"no skewless.yml in {tmp_path} or in any folder above it"):
        read_project(tmp_path, environ={}, cli_vars={})


def test_variables_are_known_in_properties(project: WrittenProject) -> None:
    project.write("skewless.yml", "name: shop\nvars: {ttl: 7 days}\n")
    project.write("features/f.yml", "features:\n  - {name: v, config: {ttl: \"{{ var('ttl') }}\"}}\n")
    assert project.read().files.properties[0].config == {"ttl": "7 days"}
    assert project.read(ttl="1 day").files.properties[0].config == {"ttl": "1 day"}


def test_a_digest_of_every_file_that_was_read_is_kept(project: WrittenProject) -> None:
    project.write("features/v.sql", "select 1").write("features/f.yml", "version: 2\n")
    digests = project.read().digests
    assert list(digests) == ["features/f.yml", "features/v.sql", "skewless.yml"]
    assert digests["features/v.sql"] == sha256(b"select 1").hexdigest()


FOLDERS = """
    name: shop
    features:
      +owner: all
      +tags: [t0]
      shop:
        +tags: t1
        risk:
          +ttl: 7 days
          tags: [t2]
          meta: {a: 1}
          cards:
            +meta: {b: 2}
            +ttl: 1 day
            last:
              +enabled: false
      online:
        ttl: 2 days
"""


def test_deeper_folders_win_and_tags_and_meta_add_up(project: WrittenProject) -> None:
    project.write("skewless.yml", FOLDERS)
    for path in ("top", "risk/v", "risk/cards/w", "risk/cards/last", "online/o"):
        project.write(f"features/{path}.sql", "select 1")
    read = project.read()
    assert read.diagnostics == ()
    cards = {"owner": "all", "tags": ("t0", "t1", "t2"), "ttl": "1 day", "meta": {"a": 1, "b": 2}}
    assert {model.name: model.config for model in read.files.models} == {
        "top": {"owner": "all", "tags": ("t0", "t1")},
        "v": {"owner": "all", "tags": ("t0", "t1", "t2"), "ttl": "7 days", "meta": {"a": 1}},
        "w": cards,
        "last": {**cards, "enabled": False},
        "o": {"owner": "all", "tags": ("t0", "t1"), "ttl": "2 days"},
    }


def test_faults_of_folder_configuration_have_places(project: WrittenProject) -> None:
    project.write("features/risk/v.sql", "select 1")
    project.write(
        "skewless.yml",
        "name: shop\nfeatures:\n  risk:\n    +ttll: 1 day\n    +ttl: 1 year\n    onwer: x\n  rsik: {+online: false}\n",
    )
    read = project.read()
    assert project.faults() == [
        "unknown-key skewless.yml:4:5-9 'ttll' is not a key of a view's configuration | did you mean 'ttl'?",
        "calendar-window skewless.yml:5:11-16 '1 year' has no fixed length | write '365 days'",
        "unknown-key skewless.yml:6:5-9 'onwer' is neither a folder nor a configuration key | did you mean 'owner'?",
        (
            "unknown-key skewless.yml:7:3-6 configuration is given for 'rsik', where no feature view is"
            " | did you mean 'risk'?"
        ),
    ]
    assert [fault.severity for fault in read.diagnostics] == ["error", "error", "error", "warning"]


def test_faults_of_skewless_yml_are_reported_and_the_rest_is_read(project: WrittenProject) -> None:
    project.write("features/v.sql", "select 1")
    project.write("skewless.yml", "nam: shop\nmodel-paths: [models]\ntest-paths: [testz]\nvars: 3\nmodels: {}\n")
    assert project.faults() == [
        "unknown-key skewless.yml:1:1-3 'nam' is not a key of skewless.yml | did you mean 'name'?",
        "unknown-key skewless.yml:2:1-11 'model-paths' is not a key of skewless.yml | did you mean 'feature-paths'?",
        (
            "invalid-value skewless.yml:3:14-18 test-paths names the folder 'testz', which does not exist"
            " | make the folder, or correct test-paths"
        ),
        "invalid-value skewless.yml:4:7-7 'vars' must be a mapping of keys to values",
        "unknown-key skewless.yml:5:1-6 'models' is not a key of skewless.yml | did you mean 'features'?",
    ]
    assert [model.name for model in project.read().files.models] == ["v"]


def test_a_broken_skewless_yml_hides_nothing_of_the_other_files(project: WrittenProject) -> None:
    project.write("skewless.yml", "name: [\n").write("features/f.yml", "featurez: []\n")
    assert [fault.split(" ")[0] for fault in project.faults()] == ["unknown-key", "syntax-error"]


def test_files_that_are_no_text_are_faults(project: WrittenProject) -> None:
    project.write("features/a.sql", b"select 'x'\nselect '\xff'").write("features/b.sql", " \n")
    project.write("features/c.yml", "# nothing\n").write("features/d.yml", b"").write("macros/e.sql", "")
    (project.root / "features/g.sql").symlink_to(project.root / "nowhere")
    assert project.faults() == [
        "unreadable-file features/a.sql:2:9-9 the file is not UTF-8 text | save it with the encoding UTF-8",
        "unreadable-file features/b.sql:1:1-1 the file is empty | write something in it, or delete it",
        "unreadable-file features/d.yml:1:1-1 the file is empty | write something in it, or delete it",
        "unreadable-file features/g.sql:1:1-1 the file cannot be read: No such file or directory",
        "unreadable-file macros/e.sql:1:1-1 the file is empty | write something in it, or delete it",
    ]
    severities = {fault.span.file: fault.severity for fault in project.read().diagnostics if fault.span}
    assert severities["features/d.yml"] == severities["macros/e.sql"] == "warning"


def test_a_model_that_cannot_be_used_is_known_all_the_same(project: WrittenProject) -> None:
    project.write("features/a.sql", b"\xff").write("features/b.sql", "").write("features/c-d.sql", "select 1")
    assert [(model.name, model.text) for model in project.read().files.models] == [("a", ""), ("b", ""), ("c-d", "")]


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("services: []\n", set()),
        ("sources: [{name: s, tables: [{name: t, event_time: soon}]}]\n", set()),
        ("entities: [{nam: e}]\n", {"entity"}),
        ("entities: {name: e}\n", {"entity"}),
        ("sources: [{nam: s}]\n", {"source"}),
        ("sources: [{name: s, table: []}]\n", {"source"}),
        ("sources: [{name: s, tables: [{nam: t}]}]\n", {"source"}),
        ("sorces: []\n", {"entity", "source", "config"}),
        ("sources: [\n", {"entity", "source", "config"}),
    ],
)
def test_what_a_fault_takes_away_is_noted(project: WrittenProject, text: str, lost: set[str]) -> None:
    assert project.write("features/f.yml", text).read().files.lost == lost


def test_a_fault_of_skewless_yml_takes_configuration_away(project: WrittenProject) -> None:
    project.write("skewless.yml", "name: shop\nfeatures: {+entiti: user}\n")
    assert project.read().files.lost == {"config"}


def test_a_byte_order_mark_and_line_ends_of_windows_are_no_part_of_the_text(project: WrittenProject) -> None:
    project.write("features/v.sql", b"\xef\xbb\xbfselect 1\r\n, 2\r\n")
    assert project.read().files.models[0].text == "select 1\n, 2\n"


def test_two_models_of_one_name_are_a_fault(project: WrittenProject) -> None:
    project.write("features/a/v.sql", "select 1").write("features/b/v.sql", "select 1")
    assert project.faults() == [
        "duplicate-name features/b/v.sql:1:1-1 there is another feature view 'v' in features/a/v.sql"
    ]


def test_the_name_of_a_model_is_a_word(project: WrittenProject) -> None:
    assert project.write("features/my view.sql", "select 1").faults() == [
        (
            "invalid-value features/my view.sql:1:1-1 'my view' is not a name for a feature view"
            " | use letters, digits and underscores for the file"
        )
    ]


def test_links_in_a_circle_end(project: WrittenProject) -> None:
    project.write("features/v.sql", "select 1")
    (project.root / "features" / "again").symlink_to(project.root / "features")
    assert [model.path for model in project.read().files.models] == ["features/v.sql"]


def test_folders_within_each_other_are_read_once(project: WrittenProject) -> None:
    project.write("skewless.yml", "name: shop\nfeature-paths: [features, features/sub]\n")
    project.write("features/sub/v.sql", "select 1")
    assert len(project.read().files.models) == 1


def test_secrets_are_read_for_addresses_alone(project: WrittenProject) -> None:
    project.environ = Environment({"MY_TOKEN": "hunter2"})
    faults = project.faults_of(
        """
        features:
          - name: v
            config: {ttl: "{{ env_var('MY_TOKEN') }}", kind: "{{ env_var('MY_TOKEN') | as_number }}"}
        """
    )
    assert faults == [
        f"template-error {where} the environment variable 'MY_TOKEN' is secret by its name, and what this file says is "
        "written to files and the registry | keep secrets in profiles.yml; if this is none, give it a name without "
        "SECRET, PASSWORD, TOKEN and KEY"
        for where in ("3:19-45", "3:54-92")
    ]


READ = "{{ env_var('MY_TOKEN') }}"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("skewless.yml", f'vars: {{url: "{READ}"}}'),
        ("skewless.yml", f'vars: {{stream: {{url: "{READ}"}}}}'),
        ("skewless.yml", f'features: {{+meta: {{url: "{READ}"}}}}'),
        ("features/a.yml", f'features: [{{name: v, config: {{meta: {{headers: {{a: "{READ}"}}}}}}}}]'),
        ("features/a.yml", f'sources: [{{name: s, tables: [{{name: t, meta: {{stream: {{url: "{READ}"}}}}}}]}}]'),
    ],
)
def test_a_key_of_that_name_elsewhere_is_no_address(project: WrittenProject, file: str, text: str) -> None:
    project.environ = Environment({"MY_TOKEN": "hunter2"})
    project.write(file, f"{project.root.joinpath(file).read_text() if file == 'skewless.yml' else ''}\n{text}\n")
    [fault] = [one for one in project.read().diagnostics if one.code == "template-error"]
    assert "'MY_TOKEN' is secret by its name" in fault.message
    assert "hunter2" not in f"{fault.message} {fault.help}"


def test_a_thousand_models_are_read_in_well_under_a_second_of_work(project: WrittenProject) -> None:
    for number in range(1000):
        project.write(f"features/g{number % 20}/v{number}.sql", "select user_id, count(*) as n from t group by 1\n")
        columns = "".join(f"      - {{name: c{i}, data_type: double, data_tests: [not_null]}}\n" for i in range(3))
        text = f"features:\n  - name: v{number}\n    config: {{ttl: 90 days}}\n    columns:\n{columns}"
        project.write(f"features/g{number % 20}/v{number}.yml", text)
    start = time.process_time()
    files = project.read().files
    assert (len(files.models), len(files.properties)) == (1000, 1000)
    # About 0.35 s on a slow machine; the bound leaves room for a busy one.
    assert time.process_time() - start < 2
