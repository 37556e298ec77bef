"""`--strict-ignores`: an ignore entry without effect is an error, if a check can know that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.check.fleet import Fleet
from tests.servers import Database

USED = "- {rule: extra-column, object: public.users, reason: old}"
UNUSED = "- {rule: extra-table, object: public.gone, reason: old}"
EXPIRED = "- {rule: extra-column, object: public.users, reason: old, until: 2020-01-01}"


@pytest.fixture
def pair(eight_databases: Sequence[Database], tmp_path: Path) -> Fleet:
    """Return a project with a target in sync and one with an extra column."""
    return Fleet([eight_databases[0], eight_databases[2]], tmp_path)


def configured(fleet: Fleet, *shared: str, own: Sequence[str] = (), more: str = "") -> Fleet:
    """Give the project ignore entries: shared ones, and those of the first target."""
    path = fleet.folder / "drift.yaml"
    text = path.read_text()
    if own:
        text = text.replace("}\n", f", ignore: [{', '.join(line[2:] for line in own)}]}}\n", 1)
    lines = ["ignore:", *(f"  {line}" for line in shared)] if shared else []
    path.write_text("\n".join([text.rstrip("\n"), *lines, more, ""]))
    return fleet


def errors(outcome: Any) -> list[str]:
    return [
        line.removeprefix("drift: error: ")
        for line in outcome.stderr.splitlines()
        if "strict ignores" in line
    ]


STRICT = ("check", "--strict-ignores", "--fail-on", "error")


@pytest.mark.parametrize(
    ("shared", "own", "arguments", "expected"),
    [
        ([USED], [], (), []),
        ([UNUSED], [], (), ["drift.yaml:7: the ignore entry for extra-table on public.gone "
                            "matched nothing; remove it (strict ignores)"]),
        ([UNUSED], [], ("db0",), []),
        ([UNUSED], [], ("db0", "db1"), ["drift.yaml:7: the ignore entry for extra-table on "
                                        "public.gone matched nothing; remove it (strict ignores)"]),
        ([], [UNUSED], (), ["drift.yaml:4: the ignore entry for extra-table on public.gone "
                            "matched nothing; remove it (strict ignores)"]),
        ([], [UNUSED], ("db1",), []),
        ([], [USED], (), ["drift.yaml:4: the ignore entry for extra-column on public.users "
                          "matched nothing; remove it (strict ignores)"]),
        ([EXPIRED], [], (), ["drift.yaml:7: the ignore entry for extra-column on public.users "
                             "expired on 2020-01-01; fix the difference, or extend the date "
                             "(strict ignores)"]),
    ],
    ids=["used in one target", "unused", "one of two targets", "both targets", "own unused",
         "own of another target", "own that another target needs", "expired"],
)  # fmt: skip
def test_an_entry_fails_if_no_target_that_it_is_for_needs_it(
    pair: Fleet,
    shared: list[str],
    own: list[str],
    arguments: tuple[str, ...],
    expected: list[str],
) -> None:
    outcome = configured(pair, *shared, own=own).run(*STRICT, *arguments)
    assert errors(outcome) == expected
    assert outcome.returncode == (1 if expected else 0)


def test_without_the_option_it_is_only_a_note(pair: Fleet) -> None:
    outcome = configured(pair, UNUSED).run("check", "--fail-on", "error")
    assert outcome.returncode == 0
    assert "public.gone matched nothing" in " ".join(outcome.stdout.split())


def test_the_configuration_can_ask_for_it(pair: Fleet) -> None:
    outcome = configured(pair, UNUSED, more="strict_ignores: true").run("check", "db0", "db1")
    assert outcome.returncode == 1
    assert len(errors(outcome)) == 1


def test_exit_zero_hides_it_from_the_exit_code_only(pair: Fleet) -> None:
    outcome = configured(pair, UNUSED).run(*STRICT, "--exit-zero")
    assert (outcome.returncode, len(errors(outcome))) == (0, 1)


def test_a_target_that_fails_speaks_for_no_shared_entry(
    eight_databases: Sequence[Database], tmp_path: Path
) -> None:
    fleet = Fleet([eight_databases[0]], tmp_path)
    fleet.configure(gone="postgresql://127.0.0.1:1/x")
    outcome = configured(fleet, UNUSED).run(*STRICT)
    assert (outcome.returncode, errors(outcome)) == (2, [])


def test_a_locked_table_speaks_for_no_entry(database: Database, tmp_path: Path) -> None:
    database.execute(
        "CREATE TABLE users (id serial PRIMARY KEY, name text, CHECK (id > 0));"
        "CREATE TABLE orders (id serial PRIMARY KEY, name text)"
    )
    fleet = configured(Fleet([database], tmp_path), UNUSED)
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        locked = fleet.run(*STRICT)
    assert (locked.returncode, errors(locked)) == (0, [])
    assert "is locked by another session" in locked.stdout
    assert fleet.run(*STRICT).returncode == 1


def test_shards_leave_shared_entries_to_their_merged_report(pair: Fleet) -> None:
    configured(pair, UNUSED, USED)
    for number in (1, 2, 3):
        part = ("--shard", f"{number}/3", "--output", f"json={number}.json")
        outcome = pair.run(*STRICT, *part)
        assert (outcome.returncode, errors(outcome)) == (0, [])
    merged = pair.run(
        "merge", "--strict-ignores", "--fail-on", "error", "1.json", "2.json", "3.json"
    )
    assert merged.returncode == 1
    [error] = errors(merged)
    assert "public.gone matched nothing" in error


def test_listed_targets_share_the_entries_of_the_top_level(pair: Fleet) -> None:
    path = pair.folder / "drift.yaml"
    path.write_text(f"models: shop:metadata\nignore:\n  {USED}\n  {UNUSED}\n")
    listed = "\n".join(
        f'{{"name": "t{n}", "database": "{database.url}"}}'
        for n, database in enumerate(pair.databases)
    )
    outcome = pair.run(*STRICT, "--targets-from", "-", input=listed)
    [error] = errors(outcome)
    assert error.startswith("drift.yaml:4: the ignore entry for extra-table on public.gone")
    assert "public.users matched nothing" not in " ".join(outcome.stdout.split())


def test_a_check_of_another_bind_speaks_for_no_entry(pair: Fleet) -> None:
    outcome = configured(pair, UNUSED).run(*STRICT, "--bind", "analytics", "--exit-zero")
    assert errors(outcome) == []


def test_a_diff_is_strict_only_on_request(pair: Fleet) -> None:
    path = pair.folder / "drift.yaml"
    url = pair.databases[0].url
    path.write_text(
        f"models: shop:metadata\ndatabase: {url}\nstrict_ignores: true\nignore:\n  {UNUSED}\n"
    )
    quiet = pair.run("diff", "models", "default")
    assert (quiet.returncode, errors(quiet)) == (0, [])
    strict = pair.run("diff", "models", "default", "--strict-ignores")
    assert strict.returncode == 1
    assert len(errors(strict)) == 1
