"""What goes wrong outside of a verb's own work: options, files, secrets, signals and bugs."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_project import NOON, Shop, log_lines

COMPILER = Path(__file__).parents[3] / "compiler"


def process(shop: Shop, *arguments: str) -> subprocess.Popen[str]:
    """The command as a user's shell would start it: a job in the background of a script would ignore Ctrl-C."""
    environment = {**os.environ, "PYTHONPATH": str(COMPILER)}
    command = [sys.executable, "-m", "skewless", *arguments]
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=shop.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,
    )


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_help_is_quick_and_loads_no_verb(shop: Shop) -> None:
    code = (
        "import sys; from skewless.cli.main import cli; cli.main(['--help'], standalone_mode=False)\n"
        "heavy = {'sqlglot', 'duckdb', 'pyarrow', 'rich', 'pydantic', 'yaml', 'jinja2', 'skewless.cli.compile'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(COMPILER)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stderr == "[]\n"
    assert "Join a service's features to a spine" in done.stdout


@pytest.mark.parametrize(
    "verb", ["init", "debug", "ls", "compile", "run", "test", "build", "train", "get", "show", "explain", "clean"]
)
def test_every_verb_has_help_with_its_own_options_first(shop: Shop, verb: str) -> None:
    text = shop.ok(verb, "--help").stdout
    assert text.startswith(f"Usage: skewless {verb} ")
    assert text.index("\nOptions:\n") < text.index("\nGlobal options:\n")
    assert "--project-dir" in text
    assert verb in shop.ok("--help").stdout


def test_importing_a_verb_loads_nothing_heavy() -> None:
    code = (
        "import sys, importlib\nfrom skewless.cli.main import VERBS\n"
        "[importlib.import_module(f'skewless.cli.{module}') for module, _ in VERBS.values()]\n"
        "print(sorted({'sqlglot', 'duckdb', 'pyarrow', 'rich', 'pydantic', 'yaml', 'jinja2'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(COMPILER)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"


def test_a_second_compile_loads_nothing_that_compiles(shop: Shop) -> None:
    code = (
        "import sys; from skewless.cli.main import cli; cli.main(['compile'], standalone_mode=False)\n"
        "print(sorted({'sqlglot', 'duckdb', 'pyarrow', 'pydantic', 'jinja2'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(COMPILER)}
    said = [
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", code], env=environment, cwd=shop.root, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert "Nothing has changed" in said[1].stdout
    assert "sqlglot" in said[0].stderr
    assert said[1].stderr.endswith("[]\n")


def test_version_is_printed(shop: Shop) -> None:
    assert shop.ok("--version").stdout == "skewless 0.1.0\n"


def test_the_module_is_the_same_command(shop: Shop) -> None:
    started = process(shop, "ls", "--resource-type", "service")
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out, err) == (0, "checkout_v1\ntotals_v1\n", "")


def test_global_options_stand_before_or_after_the_verb(shop: Shop, tmp_path: Path) -> None:
    folder = ["--project-dir", str(shop.root)]
    elsewhere = Shop(tmp_path)
    before = elsewhere.ok(*folder, "ls").stdout
    assert elsewhere.ok("ls", *folder).stdout == before
    assert elsewhere.run("ls").exit_code == 2
    assert elsewhere.run("--target", "nope", "ls", *folder, "-t", "dev").exit_code == 0


def test_a_folder_below_the_project_will_do(shop: Shop) -> None:
    assert Shop(shop.root / "features/people").ok("ls").stdout == shop.ok("ls").stdout


def test_an_unknown_command_is_a_usage_error_with_a_suggestion(shop: Shop) -> None:
    result = shop.run("trian")
    assert result.exit_code == 2
    assert "there is no command 'trian'; did you mean 'train'?" in result.stderr


def test_an_unknown_option_is_a_usage_error(shop: Shop) -> None:
    result = shop.run("compile", "--selekt", "x")
    assert result.exit_code == 2
    assert "--selekt" in result.stderr
    assert "help: skewless compile --help" in result.stderr


def test_without_a_project_the_way_out_is_told(tmp_path: Path) -> None:
    result = Shop(tmp_path).run("compile")
    assert result.exit_code == 2
    assert "there is no skewless.yml" in result.output
    assert "skewless init NAME" in result.output


def test_a_project_folder_that_does_not_exist_is_not_looked_for_above(shop: Shop) -> None:
    result = shop.run("compile", "--project-dir", "typo")
    assert result.exit_code == 2
    assert "typo" in result.output


def test_without_a_profile_the_way_out_is_told(shop: Shop, tmp_path: Path) -> None:
    (shop.root / "profiles.yml").unlink()
    result = shop.run("compile", env={"HOME": str(tmp_path)})
    assert result.exit_code == 2
    assert "there is no profiles.yml" in result.output


def test_an_unknown_target_names_those_there_are(shop: Shop) -> None:
    result = shop.run("compile", "-t", "devv")
    assert result.exit_code == 2
    assert "has no target 'devv'; the targets: dev, other" in result.output
    assert "did you mean 'dev'?" in result.output


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("skewless.yml", "vars:", "varz:", ("error[unknown-key]", "skewless.yml:4:1", "did you mean 'vars'?")),
        (
            "profiles.yml",
            "threads: 1",
            "thread: 1",
            ("error[unknown-key]", "profiles.yml:4:", "did you mean 'threads'?"),
        ),
        ("features/basket.sql", "var('large')", "var('big')", ("error[undefined-variable]", "features/basket.sql:2:")),
        ("features/basket.sql", "from {{ request() }}", "form {{ request() }}", ("features/basket.sql:4:",)),
        ("features/shop.yml", "entities:", "entities: [", ("error[syntax-error]", "features/shop.yml:")),
        ("features/shop.yml", "[user_totals]", "[user_totalz]", ("error[unknown-view]", "did you mean 'user_totals'?")),
    ],
)
def test_a_fault_of_the_project_is_told_with_its_place(
    shop: Shop, path: str, old: str, new: str, words: tuple[str, ...]
) -> None:
    shop.replace(path, old, new)
    result = shop.run("compile")
    assert result.exit_code == 2
    for word in words:
        assert word in result.stdout
    assert "Internal error" not in result.output


def test_an_excerpt_of_a_profile_elsewhere_is_shown(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/profiles.yml").write_text(shop.read("profiles.yml").replace("duckdb", "duckdbb", 1))
    result = shop.run("compile", "--profiles-dir", "../home")
    assert result.exit_code == 2
    assert "did you mean 'duckdb'?" in result.stdout
    assert "dev: {type: duckdbb" in result.stdout


def test_a_target_folder_that_is_a_file_is_told_with_what_to_do(shop: Shop) -> None:
    shop.write("target", "a file")
    for verb in ("compile", "run"):
        result = shop.run(verb)
        assert result.exit_code == 1
        assert str(shop.root / "target") in result.output
        assert "Internal error" not in result.output
    assert "cannot be written" in shop.run("compile").output
    assert "--target-path" in shop.run("compile").output
    assert shop.read("target") == "a file"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "No space left on device"),
        (errno.EROFS, "Read-only file system"),
        (errno.EACCES, "Permission denied"),
    ],
)
def test_what_cannot_be_written_leaves_everything_as_it_was(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    shop.ok("compile")
    before = _products(shop)
    shop.replace("features/user_totals.sql", "'1 day'", "'2 days'")
    write = Path.write_bytes

    def full(path: Path, *arguments: object, **settings: object) -> int:
        if "user_totals.state.sql" in path.name:
            write(path, b"half")
            raise OSError(code, os.strerror(code), str(path))
        return write(path, *arguments, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_bytes", full)
    result = shop.run("compile")
    monkeypatch.undo()
    assert result.exit_code == 1
    assert "user_totals.state.sql' cannot be written: " + words in result.stdout
    assert "help: " in result.stdout
    assert _products(shop) == before


def _products(shop: Shop) -> dict[str, str]:
    """All but the cache, which may know more."""
    return {path: shop.read(f"target/{path}") for path in shop.files("target") if not path.startswith(".compile_cache")}


def test_a_bug_is_one_line_and_a_traceback_on_demand(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from skewless.tasks import compile as task

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(task, "compile_project", broken)
    result = shop.run("compile")
    assert result.exit_code == 1
    assert "Internal error: ZeroDivisionError: of all things" in result.stdout
    assert "this is a bug in skewless; run again with --debug for the traceback" in result.stdout
    assert "Traceback" not in result.stdout
    assert "Traceback (most recent call last)" in shop.run("--debug", "compile").stdout
    (line,) = [one for one in log_lines(shop.run("compile", "--log-format", "json").stdout) if one["level"] == "error"]
    assert line["event"] == "internal_error"


def test_an_interruption_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from skewless.tasks import compile as task

    for error in (KeyboardInterrupt(), RuntimeError("Query interrupted")):

        def interrupted(*_: object, error: BaseException = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(task, "compile_project", interrupted)
        result = shop.run("compile")
        assert result.exit_code == 130
        assert result.stdout.endswith("Interrupted.\n")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_a_command_that_works(shop: Shop) -> None:
    spine = "select 1 as user_id, 1.0 as amount, now() as at from range(10000000) order by random()"
    started = process(shop, "train", "--service", "checkout_v1", "--spine", spine, "--timestamp", "at")
    assert started.stderr is not None
    while not started.stderr.readline().startswith("Found"):
        pass
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert started.returncode == 130
    assert err.endswith("Interrupted.\n")
    assert out == ""


def test_a_reader_who_leaves_ends_the_command_in_silence(shop: Shop) -> None:
    started = process(shop, "explain", "user_totals")
    assert started.stdout is not None
    started.stdout.close()
    assert started.wait(timeout=60) in (0, 1)
    assert started.stderr is not None
    assert started.stderr.read() == ""
    started.stderr.close()


SECRET = "hunter2-hunter2"  # noqa: S105


def test_a_secret_is_never_printed_and_never_written(shop: Shop) -> None:
    shop.replace("skewless.yml", "large: 100", "large: 100\n  word: \"{{ env_var('WORD') }}\"")
    shop.replace("features/shop.yml", "What a user ordered.", "\"{{ env_var('WORD') }}\"")
    shop.replace("features/shop.yml", "path: data/orders.csv", "path: \"data/{{ env_var('WORD') }}.csv\"")
    shop.replace("profiles.yml", "dev: {", "dev: {temp_directory: \"tmp/{{ env_var('SHOP_PASSWORD') }}\", ")
    env = {"SHOP_PASSWORD": SECRET, "WORD": SECRET}
    outputs = [
        shop.run("compile", env=env),
        shop.run("run", "--as-of", NOON, env=env),
        shop.run("run", "--as-of", NOON, "--log-format", "json", env=env),
        shop.run("--debug", "show", "user_totals", env=env),
        shop.run("explain", "user_totals", env=env),
        shop.run("debug", env=env),
        shop.run("ls", "--output", "json", env=env),
        shop.run("compile", "--vars", f"big: {SECRET}", env=env),
    ]
    for result in outputs:
        assert SECRET not in result.output
    assert "*****.csv" in outputs[1].output
    for path in ("target/manifest.json", "target/run_results.json"):
        assert SECRET not in shop.read(path)


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("features/basket.sql", "{{ var('large') }}", "{{ env_var('SHOP_PASSWORD', '1') }}", "the SQL of a model"),
        ("skewless.yml", "large: 100", "large: \"{{ env_var('SHOP_PASSWORD') }}\"", "what this file says"),
        ("features/shop.yml", "data/orders.csv", "\"{{ env_var('SHOP_PASSWORD') }}.csv\"", "what this file says"),
        ("features/shop.yml", "What a user ordered.", "\"{{ env_var('SHOP_PASSWORD') }}\"", "what this file says"),
    ],
)
def test_a_secret_is_not_read_for_what_is_written_down(shop: Shop, file: str, old: str, new: str, place: str) -> None:
    """Compiled SQL, the manifest and the registry hold what models and their YAML say."""
    result = shop.replace(file, old, new).run("run", "--as-of", NOON, env={"SHOP_PASSWORD": SECRET})
    assert result.exit_code == 2
    assert f"'SHOP_PASSWORD' is secret by its name, and {place} is written to files and the registry" in result.output
    assert f"{file}:" in result.output
    assert "keep secrets in profiles.yml" in result.output
    assert not shop.exists("target/registry.db")


def test_a_pipe_has_no_colours_and_no_live_line(shop: Shop) -> None:
    result = shop.ok("run", "--as-of", NOON)
    assert "\x1b" not in result.output


@pytest.mark.parametrize("given", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_are_for_a_terminal_that_wants_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    from skewless.cli.console import Console

    monkeypatch.setattr(Console, "is_terminal", lambda _, *, err: not err)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    result = shop.ok("compile", env=given)
    assert ("\x1b[32m" in result.stdout) == (not given)
    assert "\x1b" not in shop.ok("compile", "--no-use-colors").stdout
    table = shop.ok("show", "user_totals", "--as-of", NOON, env={**given, "COLUMNS": "200"}).stdout
    assert "user_id" in table
    assert "\u2500" in table


def test_a_table_wider_than_the_terminal_is_written_record_by_record(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skewless.cli.console import Console

    monkeypatch.setattr(Console, "is_terminal", lambda _, *, err: not err)
    lines = shop.ok("show", "user_totals", "--as-of", NOON, env={"COLUMNS": "30"}).stdout.splitlines()
    assert lines[0].startswith("-- 1 --")
    assert lines[1].split() == ["user_id", "1"]


def test_a_cell_cannot_steer_the_terminal() -> None:
    from skewless.cli.tables import cell_text

    assert cell_text("a\x1b[31mb\nc") == "a\\x1b[31mb\\nc"
    assert cell_text(None) == "NULL"
    assert cell_text([1.5, None, True]) == "[1.5, NULL, true]"
