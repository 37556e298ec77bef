"""--adopt through the command: a patch, its application, and what a person must do."""

from __future__ import annotations

import pytest

from tests.planning.shop import Shop


def test_a_patch_is_printed_and_nothing_is_written(shop: Shop) -> None:
    before = (shop.folder / "shop.py").read_text()
    done = shop.run("plan", "--adopt")
    assert done.returncode == 0, done
    assert done.stdout.startswith("--- a/shop.py\n+++ b/shop.py\n")
    assert '+    Column("old", Text()),' in done.stdout
    assert (shop.folder / "shop.py").read_text() == before


def test_write_makes_the_models_accept_what_is_live(shop: Shop) -> None:
    done = shop.run("plan", "--adopt", "--write")
    assert done.returncode == 0, done
    assert "drift: changed shop.py" in done.stderr
    assert shop.run("check").returncode == 0
    assert shop.plan().stdout.endswith("no step is needed; there is no step to prove\n")


def test_a_chosen_finding_is_adopted_alone(shop: Shop) -> None:
    done = shop.run("plan", "--adopt", "--rule", "extra-column")
    added = [line for line in done.stdout.splitlines() if line.startswith("+ ")]
    assert any("old" in line for line in added)
    assert "BigInteger" not in done.stdout


def test_a_table_that_only_the_database_has_is_adopted_as_a_whole(shop: Shop) -> None:
    shop.database.execute(
        "CREATE TABLE tags (id integer PRIMARY KEY, label varchar(30) NOT NULL UNIQUE,"
        " user_id integer REFERENCES users, CHECK (label <> ''));"
        "CREATE INDEX tags_user ON tags (user_id)"
    )
    done = shop.run("plan", "--adopt", "--table", "tags", "--write")
    assert done.returncode == 0, done
    for words in ('"tags"', '"label"', "String(30)", "users.id", "CheckConstraint(", "tags_user"):
        assert words in done.stdout
    checked = shop.run("check")
    assert "tags" not in checked.stdout, checked.stdout


def test_what_no_model_can_say_is_left_to_a_person(shop: Shop) -> None:
    shop.database.execute(
        "ALTER TABLE users ADD CONSTRAINT later CHECK (id > 0) NOT VALID; DROP TABLE orders"
    )
    done = shop.run("plan", "--adopt")
    assert done.returncode == 1
    assert "drift: by hand: public.orders" in done.stderr
    assert "remove the model by hand, with all code that uses it" in done.stderr


@pytest.mark.parametrize("option", ["--no-verify", "--window"])
def test_options_of_plans_do_no_harm(shop: Shop, option: str) -> None:
    assert shop.run("plan", "--adopt", option).returncode == 0
