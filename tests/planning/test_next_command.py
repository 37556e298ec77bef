"""The command that `drift check` prints as the next step is one that works."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from drift.check.plan_options import plan_options
from drift.check.selection import TargetOptions
from tests.planning.shop import Shop
from tests.planning.test_tenants import ADD, tenants
from tests.revisions.running import sqlalchemy_url

__all__ = ["tenants"]
WRITES = " writes the migration"


def next_command(shop: Shop, *options: str, **environment: str) -> list[str]:
    """Return the arguments of the command that a check prints; [] without one."""
    done = shop.run("check", *options, COLUMNS="250", **environment)
    assert done.returncode == 1, done
    lines = [line for line in done.stdout.splitlines() if line.endswith(WRITES)]
    assert len(lines) <= 1
    return shlex.split(lines[0].removesuffix(WRITES))[1:] if lines else []


def works(shop: Shop, command: list[str], **environment: str) -> bool:
    """Return whether the command makes a plan."""
    done = shop.run(*command, "--no-verify", **environment)
    return done.returncode in {0, 1} and "1. " in done.stdout


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["production"],
        ["-c", "drift.yaml"],
        ["--schema", "public"],
        ["--models", "shop:metadata", "--import", "shop"],
    ],
)
def test_the_command_has_the_options_of_the_check(shop: Shop, options: list[str]) -> None:
    command = next_command(shop, *options)
    assert command == ["plan", "production", *[o for o in options if o != "production"]]
    assert works(shop, command)


def test_without_a_configuration_the_command_names_no_target(shop: Shop) -> None:
    (shop.folder / "drift.yaml").unlink()
    url = shop.database.url
    command = next_command(shop, "--models", "shop:metadata", DATABASE_URL=url)
    assert command == ["plan", "--models", "shop:metadata"]
    assert works(shop, command, DATABASE_URL=url)


@pytest.mark.parametrize("password", ["Hb7-quite-secret", "postgres", "x"])
def test_the_url_of_the_command_line_is_left_out(shop: Shop, password: str) -> None:
    url = f"{shop.database.url} password={password}"
    done = shop.run("check", "--database", url, "--format", "json")
    assert f"password={password}" not in done.stdout
    assert "plan production --database URL" in done.stdout


def test_a_source_that_is_a_url_is_left_out() -> None:
    for source in ("postgresql://a:secret@h/x", "database:host=h password=secret"):
        assert plan_options(TargetOptions(expected=source)) == ("--expected", "SOURCE")
    assert plan_options(TargetOptions(expected="snapshot:a b")) == (
        "--expected",
        "snapshot:a b",
    )


def test_a_value_with_control_characters_is_left_out() -> None:
    options = TargetOptions(schemas=["a\nb", "c"], models=["x\x1b:y"])
    assert plan_options(options) == ("--schema", "c")


def test_the_command_of_tenants_works(tenants: Shop) -> None:
    command = next_command(tenants)
    assert command == ["plan", "production", "--schema", "tenant_3"]
    assert works(tenants, command)


def test_the_command_of_tenants_works_for_a_pattern_of_the_command_line(tenants: Shop) -> None:
    tenants.configure()
    pattern = ["--schema", "tenant_*"]
    command = next_command(tenants, *pattern)
    assert command == ["plan", "production", *pattern, "--schema", "tenant_3"]
    assert works(tenants, command)
    assert tenants.titles(*command[2:]) == ADD


def test_listed_targets_have_none(shop: Shop) -> None:
    Path(shop.folder / "list.txt").write_text(sqlalchemy_url(shop.database.url, "psycopg"))
    listed = ("--targets-from", "list.txt", "--models", "shop:metadata")
    assert next_command(shop, *listed) == []
    shop.run("check", *listed, "--output", "json=listed.json")
    merged = shop.run("merge", "listed.json")
    assert merged.returncode == 1, merged
    assert "drift plan" not in merged.stdout


def test_a_merged_report_has_the_command_of_its_check(shop: Shop) -> None:
    shop.run("check", "--schema", "public", "--output", "json=one.json")
    merged = shop.run("merge", "one.json", COLUMNS="200")
    assert f"\ndrift plan production --schema public{WRITES}\n" in merged.stdout
