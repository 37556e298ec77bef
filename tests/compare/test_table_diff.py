"""The drawings of tables in reports: every part, as declared and as it is live."""

from __future__ import annotations

from drift.compare.comparator import compare
from drift.compare.table_diff import MOST, draw
from drift.kinds import KINDS
from drift.kinds.column.column import Column
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.schema import Namespace
from drift.kinds.table.table import Table
from drift.kinds.unique import Unique
from drift.model import Answer, DatabaseObject, Schema
from drift.report.drawing import Drawing, Part


def table(name: str) -> Table:
    return Table(schema="public", name=name, relation="table")


def column(name: str, type_: str = "integer", *, on: str = "users", **facts: object) -> Column:
    return Column(schema="public", table=on, name=name, type=type_, nullable=True, **facts)  # type: ignore[arg-type]


def schema(*objects: DatabaseObject) -> Schema:
    by_kind: dict[str, tuple[DatabaseObject, ...]] = {kind.name: () for kind in KINDS}
    names = {Table: "table", Column: "column", Unique: "unique", ForeignKey: "foreign-key"}
    by_kind["schema"] = (Namespace(schema="public", name="public"),)
    for item in objects:
        kind = names[type(item)]
        by_kind[kind] = (*by_kind[kind], item)
    return Schema(
        source="test",
        name="test",
        default_schema="public",
        managed_schemas=frozenset({"public"}),
        objects=by_kind,
    )


def drawn(declared: Schema, live: Schema) -> tuple[Drawing, ...]:
    comparison = compare(declared, live, {})
    return draw(comparison.findings, comparison.matches, declared, live)


def part(drawings: tuple[Drawing, ...], name: str) -> Part:
    [match] = [part for part in drawings[0].parts if part.name == name]
    return match


def test_only_tables_with_findings_are_drawn() -> None:
    both = [table("users"), table("orders"), column("id"), column("id", on="orders")]
    drawings = drawn(schema(*both, column("age")), schema(*both))
    assert [drawing.path for drawing in drawings] == ["public.users"]


def test_columns_keep_the_models_order_and_what_is_only_live_comes_last() -> None:
    declared = schema(table("users"), column("z"), column("b"), column("a"))
    live = schema(table("users"), column("a"), column("extra"), column("z"))
    assert [p.name for p in drawn(declared, live)[0].parts] == ["z", "b", "a", "extra"]


def test_a_side_that_lacks_the_part_is_none_and_all_of_the_other_is_marked() -> None:
    drawings = drawn(
        schema(table("users"), column("age")), schema(table("users"), column("height"))
    )
    missing, extra = part(drawings, "age"), part(drawings, "height")
    assert missing.actual is None
    assert missing.marked == ("type", "null", "default")
    assert extra.expected is None
    assert extra.actual == {"type": "integer", "null": "NULL", "default": ""}


def test_only_the_cell_that_differs_is_marked() -> None:
    drawings = drawn(
        schema(table("users"), column("age", "bigint")), schema(table("users"), column("age"))
    )
    drawn_part = part(drawings, "age")
    assert drawn_part.marked == ("type",)
    assert drawn_part.expected == {"type": "bigint", "null": "NULL", "default": ""}
    assert drawn_part.actual == {"type": "integer", "null": "NULL", "default": ""}


def test_two_spellings_of_the_same_are_shown_as_one() -> None:
    declared = schema(table("users"), column("gone"), column("n", default="NOW()"))
    live = schema(table("users"), column("n", default="now()"))
    spellings = compare(declared, live, {}).unresolved_expressions
    comparison = compare(declared, live, dict.fromkeys(spellings, Answer(text="now()")))
    drawn_part = part(draw(comparison.findings, comparison.matches, declared, live), "n")
    assert drawn_part.expected == drawn_part.actual
    assert not drawn_part.marked


def test_a_constraint_is_drawn_once_whatever_its_name() -> None:
    unnamed = Unique(schema="public", table="users", columns=("a",))
    named = Unique(schema="public", table="users", columns=("a",), name="users_a_key")
    both = [table("users"), column("a")]
    drawings = drawn(schema(*both, column("b"), unnamed), schema(*both, named))
    drawn_part = part(drawings, "users_a_key")
    assert drawn_part.expected == drawn_part.actual == {"definition": "UNIQUE (a)"}


def test_a_missing_table_is_marked_as_a_whole() -> None:
    other = [table("orders"), column("id", on="orders")]
    drawings = drawn(schema(*other, table("users"), column("id")), schema(*other))
    assert [d.path for d in drawings] == ["public.users"]
    assert part(drawings, "id").actual is None
    assert part(drawings, "id").marked == ("type", "null", "default")


def test_a_foreign_key_becomes_a_link_that_says_who_has_it() -> None:
    key = ForeignKey(
        schema="public", table="orders", columns=("user_id",),
        target_schema="public", target_table="users", target_columns=("id",),
    )  # fmt: skip
    both = [table("users"), table("orders"), column("user_id", on="orders")]
    [drawing] = drawn(schema(*both, key), schema(*both))
    [link] = drawing.links
    assert (link.table, link.target) == ("public.orders", "public.users")
    assert (link.expected, link.actual) == (True, False)


def test_only_so_many_tables_are_drawn_the_worst_first() -> None:
    tables = [table(f"t{n:03}") for n in range(MOST + 1)]
    columns = [column("a", on=t.name or "") for t in tables]
    worst = f"t{MOST:03}"
    live = [column("extra", on=t.name or "") for t in tables[:-1]]
    declared = schema(*tables, *columns)
    drawings = drawn(declared, schema(*tables, *columns[:-1], *live))
    assert len(drawings) == MOST
    assert f"public.{worst}" in [drawing.path for drawing in drawings]
