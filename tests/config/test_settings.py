"""Good files in, settings out."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import pytest

from drift import config
from drift.config import IgnoreEntry, Settings, Target
from drift.kinds import RULES
from drift.model import Severity
from tests.config.conftest import EXAMPLE, KNOWN, Load


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
        "public.users.email",
        "*.spatial_ref_sys",
    ]
    assert len(staging.ignore) == 5
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
    only = Target(
        name="default",
        database="postgresql://localhost/app",
        models=("app:Base",),
        path=(str(tmp_path),),
    )
    assert loaded == Settings(targets=(only,), base=only, path=tmp_path / "drift.yaml")


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
            declared_at="drift.yaml:8",
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
    assert [(e.reason, e.shared, e.declared_at) for e in one.ignore] == [
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


@pytest.mark.parametrize(
    ("written", "number"), [("2", 2), ("'64'", 64), ("${MOST:-3}", 3), ("", 8)]
)
def test_a_number_of_connections(load: Load, written: str, number: int) -> None:
    assert load(f"connections_per_host: {written}").connections_per_host == number


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


def test_reading_a_configuration_needs_no_driver_and_no_sqlalchemy() -> None:
    code = (
        "import sys, drift.check.policy; "
        "print(*{'click', 'psycopg', 'sqlalchemy', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
