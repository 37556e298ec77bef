"""Real files in, settings out; every bad input gives one line that names file, line and key."""

import datetime
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drift import config
from drift.config import IgnoreEntry, Settings, Target
from drift.config.variables import substitute
from drift.config.yaml_source import MAX_BYTES, display_path
from drift.errors import ConfigurationError
from drift.kinds import RULES
from drift.model import Severity

EXAMPLE = Path(__file__).parents[2] / "config" / "drift.yaml"
KNOWN = {
    "missing-table": 1,
    "extra-table": 1,
    "missing-column": 1,
    "extra-column": 1,
    "extra-index": 1,
}
Load = Callable[..., Settings]
Problems = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(
        text: str | bytes,
        *targets: str,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Settings:
        path = tmp_path / "drift.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return config.load(
            path, environment=environment or {}, known_rules=KNOWN, targets=targets, **options
        )

    return load


@pytest.fixture
def problems(load: Load) -> Problems:
    def problems(text: str | bytes, *targets: str, **options: Any) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            load(text, *targets, **options)
        assert str(caught.value) == "\n".join(caught.value.problems)
        assert all("\n" not in problem for problem in caught.value.problems)
        return caught.value.problems

    return problems


# --- what is read


def test_the_example_gives_its_two_targets() -> None:
    environment = {"PRODUCTION_DATABASE_URL": "postgresql://db/app"}
    loaded = config.load(EXAMPLE, environment=environment, known_rules=RULES)
    production, staging = loaded.targets
    assert (production.name, production.database) == ("production", "postgresql://db/app")
    assert (staging.name, staging.database) == ("staging", "postgresql://localhost/app_staging")
    assert (production.statement_timeout, production.lock_timeout) == (30, 0.5)
    assert (staging.statement_timeout, staging.lock_timeout) == (60, 5)
    assert production.models == staging.models == ("app.models:Base",)
    assert [one.object for one in production.ignore] == [
        "public.celery_*",
        "public.users.legacy_*",
        "*.spatial_ref_sys",
    ]
    assert len(staging.ignore) == 4
    assert staging.severity["missing-index"] == "info"
    assert "missing-index" not in production.severity
    assert loaded.fail_on is Severity.WARNING


def test_the_example_checks_staging_without_the_variables_of_production() -> None:
    (staging,) = config.load(
        EXAMPLE, environment={}, known_rules=RULES, targets=["staging"]
    ).targets
    assert staging.name == "staging"


def test_a_file_without_targets_describes_one(load: Load, tmp_path: Path) -> None:
    loaded = load("models: app:Base\ndatabase: postgresql://localhost/app\n")
    assert loaded == Settings(
        targets=(
            Target(
                name="default",
                database="postgresql://localhost/app",
                models=("app:Base",),
                path=(str(tmp_path),),
            ),
        ),
        path=tmp_path / "drift.yaml",
    )


def test_the_defaults_are_those_of_the_documentation(load: Load) -> None:
    (target,) = load("models: app:Base").targets
    timeouts = [target.connect_timeout, target.statement_timeout, target.lock_timeout]
    assert timeouts == [10, 60, 5]
    assert (target.database, target.imports, target.schemas) == (None, (), ())


def test_every_setting_is_read(load: Load) -> None:
    (target,) = load(
        """
models: [app.models:Base, other:db.Model]
import: app.models
schemas: [public, audit]
connect_timeout: 1
severity: {extra-index: info}
ignore:
  - {rule: extra-*, object: public.old, reason: "kept  for\\n years", until: 2030-01-31}
"""
    ).targets
    assert target.models == ("app.models:Base", "other:db.Model")
    assert target.imports == ("app.models",)
    assert target.schemas == ("public", "audit")
    assert target.severity == {"extra-index": Severity.INFO}
    assert target.ignore == (
        IgnoreEntry(
            rule="extra-*",
            object="public.old",
            reason="kept for years",
            until=datetime.date(2030, 1, 31),
            place="drift.yaml:8",
        ),
    )


def test_folders_to_import_from_begin_at_the_projects(load: Load, tmp_path: Path) -> None:
    src, other, root = str(tmp_path / "src"), str(tmp_path.parent / "lib"), str(tmp_path)
    text = "models: a:Base\npath: {}\ntargets: {{one: {{}}, two: {{}}}}\n"
    for value, expected in (
        ("src", (src, root)),
        ("[src, ../lib]", (src, other, root)),
        (f"[{other}, .]", (other, root)),
        ("${FOLDER}", (src, root)),
        ("", (root,)),
    ):
        settings = load(text.format(value), environment={"FOLDER": "src/"})
        assert [target.path for target in settings.targets] == [expected, expected]
    assert load(text.format("src"), listed=True).base.path == (src, root)


def test_the_project_of_config_drift_yaml_is_the_folder_above(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    file = tmp_path / "config" / "drift.yaml"
    file.write_text("models: a:Base\npath: [src]\n")
    for path in (file, Path("config/drift.yaml"), Path("config/../config/drift.yaml")):
        (target,) = config.load(path, environment={}, known_rules=KNOWN).targets
        assert target.path == (str(tmp_path / "src"), str(tmp_path))


def test_a_target_hides_shared_values_but_joins_shared_ignore_entries(load: Load) -> None:
    one, two = load(
        """
models: shared:Base
schemas: shared
severity: {extra-index: info, extra-table: info}
ignore: [{rule: "*", object: "*.a", reason: shared}]
targets:
  one:
    schemas: [own, other]
    severity: {extra-index: error}
    ignore: [{rule: "*", object: "*.b", reason: own}]
  two:
"""
    ).targets
    assert (one.schemas, two.schemas) == (("own", "other"), ("shared",))
    assert one.models == two.models == ("shared:Base",)
    assert one.severity == {"extra-index": "error", "extra-table": "info"}
    assert two.severity == {"extra-index": "info", "extra-table": "info"}
    assert [(e.reason, e.shared, e.place) for e in one.ignore] == [
        ("shared", True, "drift.yaml:5"),
        ("own", False, "drift.yaml:10"),
    ]
    assert [e.reason for e in two.ignore] == ["shared"]


def test_with_one_target_no_ignore_entry_is_shared(load: Load) -> None:
    (only,) = load('ignore: [{rule: "*", object: "*", reason: r}]\ntargets: {only: }').targets
    assert [entry.shared for entry in only.ignore] == [False]


def test_only_the_named_targets_are_returned_in_the_files_order(load: Load) -> None:
    text = "targets: {a: , b: , c: }"
    assert [target.name for target in load(text).targets] == ["a", "b", "c"]
    assert [target.name for target in load(text, "c", "a").targets] == ["a", "c"]


@pytest.mark.parametrize("key", ["models", "ignore", "severity", "schemas", "lock_timeout"])
def test_a_key_with_nothing_after_it_is_as_if_it_were_not_there(load: Load, key: str) -> None:
    assert load(f"{key}:\n  # commented out\nimport: app\n") == load("import: app\n")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("5", 5),
        ("2.5", 2.5),
        (".5", 0.5),
        ("500ms", 0.5),
        ("10s", 10),
        ("10 s", 10),
        ("2m", 120),
        ("2min", 120),
        ("'30'", 30),
        ("1ms", 0.001),
        ("60m", 3600),
        ("${TIMEOUT:-7s}", 7),
    ],
)
def test_a_duration_is_a_number_of_seconds_or_has_a_unit(
    load: Load, written: str, seconds: float
) -> None:
    (target,) = load(f"statement_timeout: {written}").targets
    assert target.statement_timeout == pytest.approx(seconds)


@pytest.mark.parametrize("level", list(Severity))
def test_fail_on_is_a_severity_or_not_set(load: Load, level: Severity) -> None:
    assert load(f"fail_on: {level}").fail_on is level
    assert load("models: a:b").fail_on is None


@pytest.mark.parametrize("until", ["2030-01-31", "'2030-01-31'", '"${DAY}"'])
def test_a_date_may_be_quoted_or_a_variable(load: Load, until: str) -> None:
    text = f"ignore: [{{rule: '*', object: '*', reason: r, until: {until}}}]"
    (target,) = load(text, environment={"DAY": "2030-01-31"}).targets
    assert target.ignore[0].until == datetime.date(2030, 1, 31)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(load: Load) -> None:
    (target,) = load(b"\xef\xbb\xbfmodels: a:b\r\nschemas:\r\n  - x\r\n").targets
    assert (target.models, target.schemas) == (("a:b",), ("x",))


def test_an_anchor_may_be_used_again(load: Load) -> None:
    one, two = load("targets:\n  a: &same {schemas: x}\n  b: *same\n").targets
    assert one.schemas == two.schemas == ("x",)


def test_the_representation_of_a_target_does_not_hold_its_database() -> None:
    target = Target(name="production", database="postgresql://u:hunter2@h/d")
    assert "hunter2" not in repr(target) + str(Settings(targets=(target,)))


# --- variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain $HOME {x} $", "plain $HOME {x} $"),
        ("${A}", "1"),
        ("x${A}y${B}z", "x1y2z"),
        ("${A:-other}", "1"),
        ("${NONE:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${NONE:-}", ""),
        ("${NONE:-postgresql://h:1/d?x=y}", "postgresql://h:1/d?x=y"),
        ("$${A}", "${A}"),
        ("$${A} ${A}", "${A} 1"),
        ("$$A", "$$A"),
        ("${NESTED}", "${A}"),
    ],
)
def test_variables_are_replaced_once(text: str, expected: str) -> None:
    environment = {"A": "1", "B": "2", "EMPTY": "", "NESTED": "${A}"}
    assert substitute(text, environment) == expected


def test_every_missing_variable_of_a_value_is_named_once(problems: Problems) -> None:
    assert problems("schemas: x\ndatabase: ${USER_}${HOST_}${USER_}") == [
        "drift.yaml:2: database: the environment variables USER_ and HOST_ are not set or empty; "
        "set it"
    ]


def test_an_empty_variable_counts_as_missing(problems: Problems) -> None:
    (problem,) = problems("database: ${URL}", environment={"URL": ""})
    assert problem.startswith("drift.yaml:1: database: the environment variable URL is not set")


@pytest.mark.parametrize(
    "value", ["${", "${A", "${1}", "${A-b}", "${A:-${B}}", "${A B}", "p${s3cret"]
)
def test_a_malformed_reference_is_a_problem_and_is_not_echoed(
    problems: Problems, value: str
) -> None:
    (problem,) = problems(f"models: a:b\ndatabase: '{value}'", environment={"A": "1", "B": "2"})
    assert problem.startswith("drift.yaml:2: database: a ${ is not understood; write ${NAME}")
    assert "s3cret" not in problem


TWO_TARGETS = """\
schemas: ${SHARED}
targets:
  production:
    database: ${PRODUCTION_URL}
    models: [a:b, "${MODELS}"]
    schemas: own
    ignore: [{rule: "*", object: "${OBJECT}", reason: r}]
    severity: {extra-index: "${LEVEL}"}
  staging:
    database: postgresql://localhost/staging
"""


def test_a_target_that_is_not_checked_needs_no_variables(load: Load) -> None:
    (staging,) = load(TWO_TARGETS, "staging", environment={"SHARED": "public"}).targets
    assert (staging.name, staging.schemas) == ("staging", ("public",))


def test_a_target_that_is_checked_needs_all_of_its_variables(problems: Problems) -> None:
    found = problems(TWO_TARGETS, "production")
    assert [problem.partition(": the environment")[0] for problem in found] == [
        "drift.yaml:4: targets.production.database",
        "drift.yaml:5: targets.production.models[1]",
        "drift.yaml:7: targets.production.ignore[0].object",
        "drift.yaml:8: targets.production.severity.extra-index",
    ]


def test_a_shared_value_is_needed_only_where_a_checked_target_uses_it(problems: Problems) -> None:
    (problem,) = problems(TWO_TARGETS, "staging")
    assert problem.startswith("drift.yaml:1: schemas: the environment variable SHARED")


def test_shared_ignore_entries_are_needed_by_every_target(problems: Problems) -> None:
    (problem,) = problems(
        'ignore: [{rule: "*", object: "${X}", reason: r}]\ntargets:\n  a: {ignore: []}\n'
    )
    assert problem.startswith("drift.yaml:1: ignore[0].object: the environment variable X")


@pytest.mark.parametrize("text", ["database: ${URL}", "targets: {a: {database: '${URL}'}}"])
def test_what_the_command_line_overrides_needs_no_variable(load: Load, text: str) -> None:
    (target,) = load(text, overridden=["database"]).targets
    assert target.database is None


# --- what cannot be read


def one_problem(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        config.load(path, environment={}, known_rules=KNOWN)
    (problem,) = caught.value.problems
    return problem


def test_a_file_that_does_not_exist_is_named() -> None:
    assert one_problem(Path("gone.yaml")) == "gone.yaml: cannot be read: No such file or directory"


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    assert one_problem(tmp_path / "..").endswith("is a directory; name the YAML file in it")


@pytest.fixture
def not_root() -> Iterator[None]:
    """Give up root for the test: root reads every file."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def unreadable(tmp_path: Path) -> Path:
    path = tmp_path / "drift.yaml"
    path.write_text("models: a:b")
    path.chmod(0)
    return path


@pytest.mark.usefixtures("unreadable", "not_root")
def test_an_unreadable_file_says_why() -> None:
    assert one_problem(Path("drift.yaml")) == "drift.yaml: cannot be read: Permission denied"


def test_a_link_to_itself_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").symlink_to("drift.yaml")
    assert one_problem(Path("drift.yaml")).startswith("drift.yaml: cannot be read: Too many levels")


@pytest.mark.parametrize("text", ["", "\n\n", "# models: a:b\n", "---\n", "null\n"])
def test_an_empty_file_says_what_to_write(problems: Problems, text: str) -> None:
    assert problems(text) == [
        "drift.yaml: the file is empty; it needs at least models: package.module:Base"
    ]


def test_a_file_that_is_not_utf_8_names_the_line(problems: Problems) -> None:
    assert problems(b"models: a:b\nschemas: caf\xe9\n") == [
        "drift.yaml:2: this line is not UTF-8; save the file in that encoding"
    ]


def test_utf_16_is_not_utf_8(problems: Problems) -> None:
    (problem,) = problems("models: a:b".encode("utf-16"))
    assert problem.startswith("drift.yaml:1: this line is not UTF-8")


def test_a_file_above_the_limit_is_refused_and_one_at_the_limit_is_not(
    load: Load, problems: Problems
) -> None:
    text = "models: a:b\n#"
    assert load(text + "x" * (MAX_BYTES - len(text)))
    assert problems(text + "x" * (MAX_BYTES - len(text) + 1)) == [
        "drift.yaml: is larger than 1 MiB, so no configuration"
    ]


def test_an_endless_file_is_refused_without_reading_to_its_end() -> None:
    assert one_problem(Path("/dev/zero")) == "/dev/zero: is larger than 1 MiB, so no configuration"


def test_aliases_that_grow_without_bounds_are_refused(problems: Problems) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert problems("\n".join(["a0: &a0 x", *levels])) == [
        "drift.yaml: holds more than 100,000 values once its aliases are resolved"
    ]


def test_an_alias_within_its_own_anchor_is_refused(problems: Problems) -> None:
    assert problems("models: a:b\nschemas: &s [x, *s]\n") == [
        "drift.yaml:2: an alias stands within its own anchor"
    ]


def test_deep_nesting_is_refused(problems: Problems) -> None:
    assert problems("[" * 2_000) == ["drift.yaml: the YAML is nested too deeply"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: a:b\n  x: y\n", "2:4: mapping values are not allowed here"),
        ("models: [a:b\n", "2:1: expected ',' or ']', but got '<stream end>'"),
        ("a: b\n---\nc: d\n", "2:1: but found another document"),
        ("a: b\n\tc: d\n", "2:1: found character '\\t' that cannot start any token"),
        ("models: @app\n", "1:9: found character '@' that cannot start any token"),
        ('a: "\\U12345678"\n', "a \\U escape is beyond Unicode"),
        ("a: b\nc: d\x00\n", "2:5: YAML does not allow this control character"),
        ("x\x07: b\n", "1:2: YAML does not allow this control character"),
    ],
)
def test_malformed_yaml_is_one_line_with_line_and_column(
    problems: Problems, text: str, expected: str
) -> None:
    (problem,) = problems(text)
    place, _, reason = problem.partition(":")
    assert place == "drift.yaml"
    assert reason.strip() == expected


@pytest.mark.parametrize("pattern", ["*", "*.users", "*_old"])
def test_a_bare_asterisk_is_told_to_be_quoted(problems: Problems, pattern: str) -> None:
    (problem,) = problems(f"ignore:\n  - rule: extra-table\n    object: {pattern}\n")
    assert problem.startswith("drift.yaml:3:")
    assert problem.endswith('; a value that begins with * needs quotes: "*"')


# --- what is read and is wrong


@pytest.mark.parametrize("text", ["- a", "hello", "5", "!!map x"])
def test_the_file_must_be_a_mapping(problems: Problems, text: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith("drift.yaml:1: expected a mapping of keys to values, not a ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\nmodel: a:b", "2: model: unknown key; did you mean 'models'?"),
        ("\nSchemas: a", "2: Schemas: unknown key; did you mean 'schemas'?"),
        ("? [a]\n: b", "1: ?: unknown key; known are database, models"),
        ("'': b", "1: '': unknown key; known are database, models"),
        (
            "targets:\n  a:\n    databse: x",
            "3: targets.a.databse: unknown key; did you mean 'datab",
        ),
        ("ignore:\n- unti: x\n", "2: ignore[0].unti: unknown key; did you mean 'until'?"),
        ("ignore:\n- zzz: x\n", "2: ignore[0].zzz: unknown key; known are rule, object, reason,"),
        (
            "targets:\n  a: &a {}\n  b:\n    <<: *a",
            "4: targets.b.<<: merge keys are not read; what",
        ),
    ],
)
def test_an_unknown_key_is_a_problem_with_a_suggestion(
    problems: Problems, text: str, expected: str
) -> None:
    assert problems(text)[0].startswith(f"drift.yaml:{expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: a:b\nschemas: x\nmodels: c:d", "3: models: the same key stands on line 1"),
        ("targets:\n  a:\n  b:\n  a:", "4: targets.a: the same key stands on line 2"),
        (
            "severity:\n  extra-index: info\n  extra-index: info",
            "3: severity.extra-index: the same",
        ),
    ],
)
def test_a_key_that_is_there_twice_is_a_problem(
    problems: Problems, text: str, expected: str
) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"drift.yaml:{expected}")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("5", "expected a string, not a number; put it in quotes"),
        ("5.5", "expected a string, not a number; put it in quotes"),
        ("on", "expected a string, not a boolean; put it in quotes"),
        ("2030-01-01", "expected a string, not a date; put it in quotes"),
        ("[x]", "expected a string, not a list"),
        ("{x: y}", "expected a string, not a mapping"),
        ("!!python/name:os.system x", "expected a string, not a value with a tag"),
        ("''", "must not be empty"),
        ("${X:-}", "must not be empty: its variables are not set or empty"),
        ('"a\\0b"', "holds a line break, a control character or invalid Unicode"),
        ('"a\\ud800b"', "holds a line break, a control character or invalid Unicode"),
        ("|\n  a\n  b", "holds a line break, a control character or invalid Unicode"),
    ],
)
def test_a_string_must_be_one(problems: Problems, value: str, reason: str) -> None:
    assert problems(f"\ndatabase: {value}") == [f"drift.yaml:2: database: {reason}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schemas:\n  - a\n  - 7", "3: schemas[1]: expected a string, not a number; put it in qu"),
        ("schemas:\n  - a\n  -", "3: schemas[1]: expected a string, not nothing"),
        ("\nseverity: info", "2: severity: expected a mapping of keys to values, not a string"),
        ("\nignore: {}", "2: ignore: expected a list (lines that begin with -), not a mapping"),
        ("ignore:\n  - x", "2: ignore[0]: expected a mapping of keys to values, not a string"),
        ("\ntargets: [a]", "2: targets: expected a mapping of keys to values, not a list"),
        ("targets:\n  a: x", "2: targets.a: expected a mapping of keys to values, not a string"),
        ("\ntargets:", "2: targets: names no target; write one as name: with its settings below"),
        (
            "\ntargets: {}",
            "2: targets: names no target; write one as name: with its settings below",
        ),
        ("targets:\n  -a b:", "2: targets.-a b: a target's name has letters, digits, '_', '-'"),
    ],
)
def test_a_value_of_another_type_is_a_problem(problems: Problems, text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"drift.yaml:{expected}")


def test_a_list_of_targets_is_one_problem_also_when_one_is_named(problems: Problems) -> None:
    assert len(problems("targets: [a]", "a")) == 1


OTHERWISE = "write package.module:attribute, such as app.models:Base"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("app.models", OTHERWISE),
        ("app:", OTHERWISE),
        (":Base", OTHERWISE),
        ("app..x:Base", OTHERWISE),
        ("a:b:c", OTHERWISE),
        ("1a:b", OTHERWISE),
        ("app/x.py:Base", "did you mean app.x:Base?"),
        ("app.models.Base", "did you mean app.models:Base?"),
        ("app.models.metadata", "did you mean app.models:metadata?"),
    ],
)
def test_models_are_named_by_module_and_attribute(
    problems: Problems, value: str, hint: str
) -> None:
    reason = f"{value!r} does not name models; {hint}"
    assert problems(f"\nmodels: '{value}'") == [f"drift.yaml:2: models: {reason}"]
    assert problems(f"models:\n  - a:b\n  - '{value}'") == [f"drift.yaml:3: models[1]: {reason}"]


@pytest.mark.parametrize("value", ["app:Base", "app.", "a b", "a-b"])
def test_imports_are_modules(problems: Problems, value: str) -> None:
    reason = f"{value!r} is not a module; write package.module"
    assert problems(f"\nimport: '{value}'") == [f"drift.yaml:2: import: {reason}"]


@pytest.mark.parametrize("value", ["-1", "soon", ".inf", ".nan", "yes", "1e3", "0x10", "١s"])
@pytest.mark.parametrize("key", ["connect_timeout", "statement_timeout", "lock_timeout"])
def test_a_timeout_is_a_duration(problems: Problems, key: str, value: str) -> None:
    reason = f"expected a duration: seconds, or such as 500ms, 10s, 2m; not {value!r}"
    assert problems(f"\n{key}: {value}") == [f"drift.yaml:2: {key}: {reason}"]


@pytest.mark.parametrize("value", ["0", "0s", "0.1ms", "61m", "5h", "9" * 400])
def test_a_timeout_is_neither_off_nor_endless(problems: Problems, value: str) -> None:
    assert problems(f"\nlock_timeout: {value}") == [
        "drift.yaml:2: lock_timeout: must be from 1ms to 60m"
    ]


def test_a_list_is_no_duration(problems: Problems) -> None:
    (problem,) = problems("lock_timeout: [1]")
    assert problem.endswith("such as 500ms, 10s, 2m, not a list")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("eror", "'eror' is not a severity; did you mean 'error'?"),
        ("ERROR", "'ERROR' is not a severity; did you mean 'error'?"),
        ("none", "'none' is not a severity; write one of error, warning, info"),
        ("[info]", "expected a severity, not a list"),
        ("!x info", "expected a severity, not a value with a tag"),
    ],
)
def test_a_severity_is_one_of_three(problems: Problems, value: str, reason: str) -> None:
    assert problems(f"\nfail_on: {value}") == [f"drift.yaml:2: fail_on: {reason}"]
    [problem] = problems(f"severity:\n  extra-index: {value}")
    assert problem.replace(", or off", "").removesuffix(", off") == (
        f"drift.yaml:2: severity.extra-index: {reason}"
    )


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("extra-colum", "did you mean 'extra-column'?"),
        ("zzz", "`drift rules` lists them"),
        ('"zz*"', "`drift rules` lists them"),
    ],
)
def test_a_severity_is_for_a_known_rule(problems: Problems, rule: str, hint: str) -> None:
    (problem,) = problems(f"severity:\n  {rule}: info")
    key = rule.strip('"')
    assert problem == f"drift.yaml:2: severity.{key}: unknown rule; {hint}"


GOOD = {"rule": "'*'", "object": "'*'", "reason": "r", "until": "2030-12-31"}


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("rule", None, 'missing; write a rule, a pattern such as extra-*, or "*"'),
        ("object", None, 'missing; write a pattern such as public.users or "*.users.legacy_*"'),
        ("reason", None, "missing; say why the difference is accepted"),
        ("reason", "", "missing; say why the difference is accepted"),
        ("reason", "'  '", "must not be empty"),
        ("reason", "5", "expected a string, not a number; put it in quotes"),
        ("rule", "extra-tabel", "'extra-tabel' matches no rule; did you mean 'extra-table'?"),
        ("rule", "zzz-*", "'zzz-*' matches no rule; `drift rules` lists them"),
        ("rule", "'[x'", "'[x' has a [ without its ]; write [[] for a literal ["),
        ("object", "users", "'users' names no schema; write schema.table, such as public.users"),
        ("object", "'a.[b'", "'a.[b' has a [ without its ]; write [[] for a literal ["),
        ("until", "soon", "'soon' is not a date such as 2030-12-31"),
        ("until", "20300101", "'20300101' is not a date such as 2030-12-31"),
        ("until", "2030-1-1", "'2030-1-1' is not a date such as 2030-12-31"),
        ("until", "2030-01-01 1:00:00", "'2030-01-01 1:00:00' is not a date such as 2030-12-31"),
        ("until", "2030-02-30", "'2030-02-30' is not a date: day is out of range for month"),
        ("until", "[x]", "expected a date such as 2030-12-31, not a list"),
    ],
)
def test_what_is_wrong_in_an_ignore_entry_is_named(
    problems: Problems, key: str, value: str | None, reason: str
) -> None:
    entry = {**GOOD, key: value}
    fields = ", ".join(f"{name}: {text}" for name, text in entry.items() if text is not None)
    assert problems(f"ignore:\n  - {{{fields}}}") == [f"drift.yaml:2: ignore[0].{key}: {reason}"]


@pytest.mark.parametrize("pattern", ["public.[ab]*", "public.[!a]b", "public.[]]x", "public.[[]x"])
def test_closed_brackets_are_good_patterns(load: Load, pattern: str) -> None:
    (target,) = load(f'ignore: [{{rule: "*", object: "{pattern}", reason: r}}]').targets
    assert target.ignore[0].object == pattern


def test_an_ignore_entry_with_nothing_in_it_lacks_three_things(problems: Problems) -> None:
    assert [problem.partition(": missing")[0] for problem in problems("ignore:\n  -\n")] == [
        f"drift.yaml:2: ignore[0].{name}" for name in ("rule", "object", "reason")
    ]


def test_an_unknown_target_names_the_known_ones(problems: Problems) -> None:
    text = "models: a:b\ntargets:\n  production:\n  staging:\n"
    assert problems(text, "stagin", "demo", "demo") == [
        "drift.yaml:2: targets: there is no target 'stagin'; did you mean 'staging'?",
        "drift.yaml:2: targets: there is no target 'demo'; known are production, staging",
    ]


def test_without_targets_only_the_default_one_is_known(problems: Problems, load: Load) -> None:
    assert load("models: a:b", "default").targets[0].name == "default"
    assert problems("models: a:b", "production") == [
        "drift.yaml:1: there is no target 'production'; known are default"
    ]


def test_all_problems_come_at_once_in_the_files_order(problems: Problems) -> None:
    text = """\
modles: app:Base
connect_timeout: never
fail_on: sometimes
severity:
  extra-tabel: info
  extra-table: loud
ignore:
  - rule: extra-*
    object: public.x
  - rule: nothing
    object: public.x
    reason: r
    until: tomorrow
targets:
  production:
    database: ${PRODUCTION_URL}
    models: app
  staging:
    database: ${STAGING_URL}
    models: [app]
    shemas: x
"""
    found = problems(text, "production", "develop")
    assert [problem.split(": ")[0:2] for problem in found] == [
        ["drift.yaml:1", "modles"],
        ["drift.yaml:2", "connect_timeout"],
        ["drift.yaml:3", "fail_on"],
        ["drift.yaml:5", "severity.extra-tabel"],
        ["drift.yaml:6", "severity.extra-table"],
        ["drift.yaml:8", "ignore[0].reason"],
        ["drift.yaml:10", "ignore[1].rule"],
        ["drift.yaml:13", "ignore[1].until"],
        ["drift.yaml:14", "targets"],
        ["drift.yaml:16", "targets.production.database"],
        ["drift.yaml:17", "targets.production.models"],
        ["drift.yaml:20", "targets.staging.models[0]"],
        ["drift.yaml:21", "targets.staging.shemas"],
    ]


# --- what must not be said


@pytest.mark.parametrize(
    "text",
    [
        "database: {SECRET: x}",
        "database: [SECRET]",
        'database: "SECRET${"',
        'database: "SECRET\\0"',
        "database: *SECRET",
        "database: @SECRET",
        "database: !SECRET x",
        "database: !SECRET!x y",
        "database: &SECRET x\nmodels: &SECRET y",
        "database: x:\n  - SECRET",
        "database: postgresql://u:SECRET@h/d: x",
        'database: "SECRET\\q"',
        "postgresql://u:SECRET@h/d: x",
        "targets: {a: 'postgresql://u:SECRET@h/d'}",
        "targets: {'postgresql://u:SECRET@h/d': }",
        "models: postgresql://u:SECRET@h/d",
        "import: host=h password=SECRET",
        "models: ${URL}",
        "fail_on: ${URL}",
        "lock_timeout: ${URL}",
        'ignore: [{rule: "${URL}", object: x, reason: r}]',
    ],
)
def test_no_message_holds_what_may_be_a_password(problems: Problems, text: str) -> None:
    found = problems(text.replace("SECRET", "hunter2"), environment={"URL": "hunter2"})
    assert "hunter2" not in "\n".join(found)


def test_a_long_value_is_cut(problems: Problems) -> None:
    (problem,) = problems(f"import: {'-' * 5000}x")
    assert len(problem) < 200


WORDS = "models: targets: ignore: rule: severity: database: &a *a { } [ ] 5 ~ !!int x".split()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(
        st.binary(max_size=80),
        st.text(alphabet="ab:- \n\t[]{}*&!|>'\"\\#%@,?${}<", max_size=60).map(str.encode),
        st.lists(st.sampled_from([*WORDS, "\n", "\n  ", "\n    - "])).map(
            lambda words: " ".join(words).encode()
        ),
    )
)
def test_any_file_gives_settings_or_problems(load: Load, content: bytes) -> None:
    try:
        load(content)
    except ConfigurationError as error:
        found = error.problems
    else:
        return
    assert found
    assert all(problem.startswith("drift.yaml:") for problem in found)


# --- where it is found


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[str], Path]:
    def touch(name: str) -> Path:
        path = tmp_path.resolve() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("models: a:b")
        return path

    return touch


@pytest.mark.parametrize("name", ["drift.yaml", "config/drift.yaml"])
@pytest.mark.parametrize("start", ["", "a", "a/b/c"])
def test_the_file_is_found_upward(
    tree: Callable[[str], Path], tmp_path: Path, name: str, start: str
) -> None:
    path = tree(name)
    (tmp_path / start).mkdir(parents=True, exist_ok=True)
    assert config.find(tmp_path / start) == path


def test_a_folders_own_file_wins_over_that_in_its_config(
    tree: Callable[[str], Path], tmp_path: Path
) -> None:
    tree("config/drift.yaml")
    own = tree("drift.yaml")
    assert config.find(tmp_path) == own


def test_the_nearest_folder_wins(tree: Callable[[str], Path], tmp_path: Path) -> None:
    tree("drift.yaml")
    nearest = tree("a/config/drift.yaml")
    (tmp_path / "a/b").mkdir()
    assert config.find(tmp_path / "a" / "b") == nearest


def test_a_folder_named_like_the_file_is_passed_over(
    tree: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "a" / "drift.yaml").mkdir(parents=True)
    above = tree("drift.yaml")
    assert config.find(tmp_path / "a") == above


@pytest.mark.usefixtures("unreadable", "not_root")
def test_a_folder_that_may_not_be_entered_is_passed_over(tmp_path: Path) -> None:
    """As root the whole temporary directory is closed to who asks; else the file is found."""
    found = config.find(tmp_path)
    assert found in (None, tmp_path.resolve() / "drift.yaml")


def test_there_may_be_none() -> None:
    assert config.find(Path("/")) is None


def test_a_file_below_the_working_directory_is_named_from_there(tmp_path: Path) -> None:
    assert display_path(tmp_path / "config" / "drift.yaml") == "config/drift.yaml"
    assert display_path(tmp_path.parent / "drift.yaml") == str(tmp_path.parent / "drift.yaml")


def test_reading_a_configuration_needs_no_driver_and_no_sqlalchemy() -> None:
    code = (
        "import sys, drift.check.policy; "
        "print(*{'click', 'psycopg', 'sqlalchemy', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
