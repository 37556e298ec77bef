"""Both sides beside each other: only the words that differ are marked, and nothing is left out."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from drift.formats.html.marks import MOST, marked
from drift.formats.html.templating import macros
from drift.model import ObjectRef
from drift.report.report import Report
from tests.formats.html.pages import classed, parsed, tree, words
from tests.report.examples import finding, report
from tests.servers import Database, create_all
from tests.system.checking import check


@pytest.mark.parametrize(("one", "other", "marks"), [
    ("character varying(50)", "character varying(80)", ["50"]),
    ("uuid", "character varying(36)", ["uuid"]),
    ("ON DELETE CASCADE", "ON DELETE SET NULL", ["CASCADE"]),
    ("ON DELETE SET NULL", "ON DELETE CASCADE", ["SET NULL"]),
    ("CHECK (a > 0 AND a < 9)", "CHECK (a > 0 AND a < 100)", ["9"]),
    ("DEFAULT 'a b'", "DEFAULT 'a c'", ["'a b'"]),
    ("('a', 'b', 'c')", "('a', 'c', 'b', 'z')", ["'c'"]),
    ("same", "same", []),
    ("a b", "c d", ["a b"]),
    ("", "x", []),
    ("a " * MOST, "b " * MOST, [("a " * MOST).strip()]),
])  # fmt: skip
def test_only_words_that_differ_are_marked(one: str, other: str, marks: list[str]) -> None:
    clause = macros("sides.html").clause("y", marked(one, other))
    [cell] = classed(parsed(f"<!doctype html><title>x</title>{clause}"), "y")
    assert words(cell) == " ".join(one.split())
    found = [cell] if cell.tag == "mark" else list(cell.iter("mark"))
    assert [words(mark) for mark in found if words(mark)] == marks


def constraints() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "t", metadata,
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("b", sa.Integer, sa.ForeignKey("p.id", name="fk", ondelete="CASCADE")),
        sa.Column("s", sa.String(9)),
        sa.Column("m", sa.Enum("a", "b", "c", name="mood")),
        sa.CheckConstraint("a > 0", name="ck"),
        sa.UniqueConstraint("a", name="uq"),
        sa.Index("ix", sa.text("lower(s)"), "a"),
    )  # fmt: skip
    return metadata


ADD_FK = "ALTER TABLE t DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (b) REFERENCES p "
ROWS = {
    "a renamed constraint": (
        "ALTER TABLE t RENAME CONSTRAINT uq TO uq_old", "uq_old",
        ["uq UNIQUE (a)", "uq_old UNIQUE (a)"], [["uq"], ["uq_old"]]),
    "a renamed index": (
        "ALTER INDEX ix RENAME TO ix_old", "ix_old",
        ["ix INDEX USING btree (lower((s)::text), a)",
         "ix_old INDEX USING btree (lower((s)::text), a)"], [["ix"], ["ix_old"]]),
    "NOT VALID": (
        "ALTER TABLE t DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (a > 0) NOT VALID", "ck",
        ["CHECK (a > 0)", "CHECK (a > 0) NOT VALID"], [[], ["NOT VALID"]]),
    "ON DELETE alone": (
        f"{ADD_FK} ON DELETE SET NULL", "fk",
        ["FOREIGN KEY (b) REFERENCES public.p (id) ON DELETE CASCADE",
         "FOREIGN KEY (b) REFERENCES public.p (id) ON DELETE SET NULL"],
        [["CASCADE"], ["SET NULL"]]),
    "no action at all": (
        ADD_FK, "fk",
        ["FOREIGN KEY (b) REFERENCES public.p (id) ON DELETE CASCADE",
         "FOREIGN KEY (b) REFERENCES public.p (id) ON DELETE NO ACTION"],
        [["ON DELETE CASCADE"], ["ON DELETE NO ACTION"]]),
    "uniqueness of an index with an expression": (
        "DROP INDEX ix; CREATE UNIQUE INDEX ix ON t (lower(s), a)", "ix",
        ["not unique INDEX USING btree (lower((s)::text), a)",
         "UNIQUE INDEX USING btree (lower((s)::text), a)"], [["not unique"], ["UNIQUE"]]),
    "a type": (
        "ALTER TABLE t ALTER a TYPE numeric(8,2)", "a",
        ["integer NOT NULL", "numeric(8,2) NOT NULL"], [["integer"], ["numeric(8,2)"]]),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "name", "cells", "marks"), ROWS.values(), ids=ROWS)
def test_a_row_shows_what_differs(
    database: Database, sql: str, name: str, cells: list[str], marks: list[list[str]]
) -> None:
    create_all(constraints(), database.url)
    database.execute(sql)
    root = tree(Report(checks=(check(database.url, constraints()),)))
    [row] = [row for row in classed(root, "differs", "tr") if words(row[0]).startswith(name)]
    assert [words(cell) for cell in row[1:]] == cells
    assert [[words(mark) for mark in cell.iter("mark")] for cell in row[1:]] == marks


def test_not_null_that_was_never_checked_is_shown_with_its_column(database: Database) -> None:
    if database.server_version < 180000:
        pytest.skip("needs PostgreSQL 18")
    create_all(constraints(), database.url)
    database.execute("ALTER TABLE t ALTER a DROP NOT NULL, ADD CONSTRAINT n NOT NULL a NOT VALID")
    root = tree(Report(checks=(check(database.url, constraints()),)))
    [row] = classed(root, "differs", "tr")
    assert [words(cell) for cell in row[1:]] == ["integer NOT NULL", "integer NOT NULL NOT VALID"]


def test_the_labels_of_an_enum_are_beside_each_other(database: Database) -> None:
    create_all(constraints(), database.url)
    database.execute(
        "ALTER TABLE t DROP m; DROP TYPE mood;"
        "CREATE TYPE mood AS ENUM ('a', 'c', 'b', 'z'); ALTER TABLE t ADD m mood"
    )
    root = tree(Report(checks=(check(database.url, constraints()),)))
    [row] = [row for row in classed(root, "differs", "tr") if words(row[0]) == "labels"]
    assert [words(cell) for cell in row[1:]] == ["('a', 'b', 'c')", "('a', 'c', 'b', 'z')"]


@pytest.mark.parametrize("changes", [{"x": (1, None)}, {"labels": ([{}], 5)}, {}])
def test_any_report_can_be_drawn(changes: Any) -> None:
    of = report(finding(object=ObjectRef("enum", "public", None, "mood"), changes=changes))
    assert len(classed(tree(of), "sides")) == bool(changes)
