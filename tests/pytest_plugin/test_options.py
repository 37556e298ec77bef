"""Every option works on the command line and in every kind of ini file."""

from __future__ import annotations

import pytest

from drift.pytest_plugin.options import OPTIONS
from tests.pytest_plugin.conftest import Project

MORE = """
    ALTER TABLE users ADD more int;
    CREATE SCHEMA billing;
    CREATE TABLE billing.bills (id int)
"""
"""A warning in a table, and a table in another schema."""

CONFIGURATION = """
    import: shop
    targets:
      staging: {models: 'shop:metadata', database: postgresql://staging.invalid/shop}
      production:
        models: shop:metadata
        database: ${SHOP_DATABASE}
        ignore: [{rule: extra-column, object: public.users.*, reason: known}]
"""

USED: dict[str, tuple[dict[str, str | list[str] | bool], dict[str, int]]] = {
    "models": ({"drift_models": ["shop:metadata"]}, {"failed": 1, "passed": 3}),
    "several models": (
        {"drift_models": ["shop:metadata", "bills:metadata"]},
        {"failed": 1, "passed": 4},
    ),
    "ignore": (
        {"drift_models": ["shop:metadata"], "drift_ignore": ["extra-column:public.users.*"]},
        {"passed": 4},
    ),
    "fail on": (
        {"drift_models": ["shop:metadata"], "drift_fail_on": "error"},
        {"passed": 4},
    ),
    "schemas": (
        {"drift_models": ["shop:metadata"], "drift_schemas": ["billing"]},
        {"failed": 2, "passed": 2},
    ),
    "import": (
        {"drift_models": ["shop:metadata"], "drift_import": ["late"]},
        {"failed": 2, "passed": 3},
    ),
    "target": ({"drift_target": "production"}, {"passed": 4}),
    "config": ({"drift_config": "other/drift.yaml"}, {"failed": 1, "passed": 3}),
    "required": (
        {"drift_models": ["shop:metadata"], "drift_require_complete": True},
        {"failed": 1, "passed": 3},
    ),
}
DATABASE = {"drift_database": "${SHOP_DATABASE}"}


@pytest.fixture
def shop(project: Project) -> Project:
    project.database.execute(MORE)
    project.write("drift.yaml", CONFIGURATION)
    project.write("other/drift.yaml", "models: shop:metadata\n")
    project.write(
        "bills.py",
        """
        import sqlalchemy as sa

        metadata = sa.MetaData(schema="billing")
        sa.Table("bills", metadata, sa.Column("id", sa.Integer))
        """,
    )
    project.write(
        "late.py",
        """
        import sqlalchemy as sa
        import shop

        sa.Table("late", shop.metadata, sa.Column("id", sa.Integer))
        """,
    )
    project.write("pytest.ini", "[pytest]\n")
    return project


def database_of(values: dict[str, str | list[str] | bool]) -> dict[str, str]:
    return {} if "drift_target" in values else DATABASE


@pytest.mark.parametrize(("values", "outcomes"), USED.values(), ids=USED)
def test_on_the_command_line(
    shop: Project, values: dict[str, str | list[str] | bool], outcomes: dict[str, int]
) -> None:
    arguments = ["--drift"]
    for name, value in (values | database_of(values)).items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            arguments.append(flag)
        else:
            texts = [value] if isinstance(value, str) else value
            texts = [text.replace("${SHOP_DATABASE}", shop.database.url) for text in texts]
            arguments += [part for text in texts for part in (flag, text)]
    shop.run(*arguments).assert_outcomes(**outcomes)


@pytest.mark.parametrize(("values", "outcomes"), USED.values(), ids=USED)
def test_in_an_ini_file(
    shop: Project, values: dict[str, str | list[str] | bool], outcomes: dict[str, int]
) -> None:
    lines = ["[pytest]", "drift = true"]
    for name, value in (values | database_of(values)).items():
        texts = value if isinstance(value, list) else [str(value).removesuffix("")]
        lines.append(f"{name} = " + "\n    ".join(texts))
    shop.write("pytest.ini", "\n".join(lines))
    shop.run().assert_outcomes(**outcomes)


TABLES = ["tool.pytest.ini_options", "tool.pytest"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("values", "outcomes"), USED.values(), ids=USED)
def test_in_pyproject(
    shop: Project,
    values: dict[str, str | list[str] | bool],
    outcomes: dict[str, int],
    table: str,
) -> None:
    if table == "tool.pytest" and pytest.version_tuple < (9, 0):
        pytest.skip("pytest 9 reads this table")
    (shop.pytester.path / "pytest.ini").unlink()
    lines = [f"[{table}]", "drift = true"]
    for name, value in (values | database_of(values)).items():
        lines.append(f"{name} = {str(value).lower() if value is True else repr(value)}")
    shop.write("pyproject.toml", "\n".join(lines))
    shop.run().assert_outcomes(**outcomes)


def test_only_some_tables_are_tested(shop: Project) -> None:
    shop.ini("drift_models = shop:metadata", "drift_tables = userz")
    shop.run("--drift", "--drift-tables", "orders").assert_outcomes(passed=3)
    shop.run("--drift", "--drift-tables", "user?").assert_outcomes(passed=2, failed=1)
    result = shop.run("--drift")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*tables: 'userz' matches no table*did you mean users?*"])


@pytest.mark.parametrize("arguments", [[], ["--drift-hint", "run make migrate"]])
def test_the_hint_ends_each_failure(shop: Project, arguments: list[str]) -> None:
    shop.ini("drift_models = shop:metadata", "drift_hint = see ${NOTES}")
    output = shop.run("--drift", *arguments).stdout.str()
    assert output.count(f"\nhint: {arguments[-1] if arguments else 'see ${NOTES}'}\n") == 1
    assert "writes the migration" not in output


def test_the_command_line_wins(shop: Project) -> None:
    shop.ini("drift_models = shop:nothing", "drift_fail_on = info")
    result = shop.run("--drift", "--drift-models", "shop:metadata", "--drift-fail-on", "error")
    result.assert_outcomes(passed=4)


def test_every_option_is_listed_with_its_twin(shop: Project) -> None:
    output = shop.run("--help").stdout.str()
    for option in OPTIONS:
        assert f"  {option.flag}" in output
        assert f"  {option.name} (" in output
    shop.run("--markers").stdout.fnmatch_lines(["@pytest.mark.drift: *"])
    fixtures = shop.run("--fixtures").stdout.str()
    for name in ("drift_models", "drift_database", "drift_report"):
        assert f"\n{name} " in fixtures


MODELS = ("--drift-models", "shop:metadata")
WRONG = {
    "an empty value": (["--drift-models", ""], "--drift-models is empty; give it a value"),
    "a level": (
        [*MODELS, "--drift-fail-on", "fatal"],
        "drift_fail_on: 'fatal'; write",
    ),
    "a rule": (
        [*MODELS, "--drift-ignore", "extra-colum:*"],
        "drift_ignore*did you mean*",
    ),
    "no rule": ([*MODELS, "--drift-ignore", "users"], "drift_ignore*rule*"),
    "models": (["--drift-models", "shop"], "write package.module:attribute"),
    "a module": (["--drift-models", "nowhere:Base"], "there is no module 'nowhere'"),
    "a target": (
        ["--drift-target", "prod"],
        "no target 'prod'; known are staging",
    ),
    "no target": ([], "drift.yaml has several targets; name one with drift_target*staging"),
    "a file": (["--drift-config", "no.yaml"], "no.yaml"),
    "a bind": ([*MODELS, "--drift-bind", "x"], "no table of the bind x"),
}


@pytest.mark.parametrize(("arguments", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_an_error_that_names_it(
    shop: Project, arguments: list[str], reason: str
) -> None:
    result = shop.run("--drift", *arguments)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*{reason}*"])
    assert "Traceback" not in result.stdout.str()


def test_a_target_without_a_configuration(project: Project) -> None:
    result = project.run("--drift", "--drift-target", "prod")
    result.stdout.fnmatch_lines(["*no drift.yaml found for the target 'prod'; name the file, *"])
    assert "--database" not in result.stdout.str()


def test_a_variable_that_is_not_set_is_named(shop: Project) -> None:
    shop.ini("drift_models = shop:metadata", "drift_database = ${NOT_SET}", database=False)
    result = shop.run("--drift")
    result.assert_outcomes(errors=3, passed=1)
    result.stdout.fnmatch_lines(["*drift_database: the environment variable NOT_SET is not set*"])


def test_drift_yaml_is_used_if_nothing_else_names_models(shop: Project) -> None:
    shop.write("config/drift.yaml", "models: shop:metadata\nfail_on: error\n")
    (shop.pytester.path / "drift.yaml").unlink()
    shop.ini()
    shop.run("--drift").assert_outcomes(passed=4)
    shop.ini("drift_models = shop:metadata")
    shop.run("--drift").assert_outcomes(failed=1, passed=3)
