"""Hypothesis strategies for SQLAlchemy metadata of every shape that a real project may have."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql as pg

from tests.versions import SQLALCHEMY

ODD: tuple[str, ...] = (
    "Mixed Case", 'quo"ted', "dot.ted", "emoji 🐘", "per%cent", "user", "select", "ünïcode", "a'b",
    "x" * 63, "Ö" * 31, "col:on", "back\\slash", "semi;colon", "trailing ", "$dollar", "1digit",
)  # fmt: skip
SCHEMAS: tuple[str | None, ...] = (None, None, None, "other", 'Odd "Schema".x')
if SQLALCHEMY < (2, 1):  # whose naming conventions take names apart at their dots
    ODD = tuple(name for name in ODD if "." not in name)
    SCHEMAS = SCHEMAS[:-1]
_plain = st.from_regex(r"[a-z_][a-z0-9_]{0,12}", fullmatch=True)
names = st.one_of(_plain, st.sampled_from(ODD))
schemas = st.sampled_from(SCHEMAS)


class Colour(enum.Enum):
    """Values differ from names."""

    RED = "r"
    GREEN = "g'"


class Wrapped(sa.types.TypeDecorator[Any]):
    """A type that stands for another."""

    impl = sa.String(40)
    cache_ok = True


class Vector(sa.types.UserDefinedType[Any]):
    """A type of the user's, by a name that the server knows."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BIT VARYING(7)"


Made = tuple[Callable[[], Any], tuple[Any, ...]]
"""A type, and server defaults that suit it."""

TYPES: tuple[Made, ...] = (
    (sa.Integer, ("0", sa.text("1 + 1"), "-5")),
    (sa.BigInteger, ("7", sa.text("length('abc')"))),
    (sa.SmallInteger, (sa.text("3::smallint"),)),
    (sa.Text, ("", "it's", "50%", sa.text("upper('x')"), "back\\slash", "new\nline")),
    (lambda: sa.String(20), ("x", sa.text("'a' || 'b'"), "now()")),
    (lambda: sa.String(20, collation="C"), ("y",)),
    (lambda: sa.CHAR(4), ("ab",)),
    (lambda: sa.Numeric(10, 2), ("0", sa.text("1.50"))),
    (sa.Numeric, ("1.5",)),
    (sa.Float, ("0.5", sa.text("random()"))),
    (lambda: sa.Float(20), (sa.text("1e3"),)),
    (sa.Boolean, ("0", "true", sa.true(), sa.false(), sa.text("NOT true"))),
    (sa.Date, (sa.func.current_date(), "2020-01-01")),
    (sa.DateTime, (sa.func.now(), sa.text("LOCALTIMESTAMP"))),
    (
        lambda: sa.DateTime(timezone=True),
        (sa.func.now(), sa.func.current_timestamp(), sa.text("now() - interval '1 day'"),
         sa.text("timezone('utc', now())")),
    ),
    (lambda: pg.TIMESTAMP(precision=3), (sa.func.now(),)),
    (sa.Time, ("12:00",)),
    (sa.Interval, (sa.text("'1 hour'"),)),
    (lambda: pg.INTERVAL(fields="YEAR TO MONTH"), ()),
    (lambda: pg.INTERVAL(precision=2), ()),
    (sa.LargeBinary, (sa.text("'\\x00'::bytea"),)),
    (sa.JSON, ("{}", '{"a": [1, 2]}')),
    (pg.JSONB, ("{}", sa.text("'[]'::jsonb"), '{"a":  "b"}')),
    (pg.UUID, (sa.text("gen_random_uuid()"),)),
    (pg.INET, ("127.0.0.1",)),
    (pg.INT4RANGE, ("[1,5)",)),
    (pg.TSVECTOR, ()),
    (lambda: pg.BIT(3), ()),
    (lambda: pg.ARRAY(sa.Integer), ("{}", sa.text("ARRAY[1, 2]"))),
    (lambda: pg.ARRAY(sa.String(9)), ("{a,b}",)),
    (Wrapped, ("w",)),
    (Vector, ()),
    (lambda: sa.Integer().with_variant(sa.BigInteger(), "postgresql"), ("1",)),
    (lambda: sa.Enum(Colour, name="colour"), ("RED",)),
    (lambda: sa.Enum("a b", "c'd", name="Letters"), ("a b",)),
    (lambda: sa.Enum("p", "q", name="elsewhere", schema="other"), ("p",)),
    (lambda: sa.Enum("p", "q", native_enum=False, length=9), ("q",)),
    (
        lambda: sa.Enum("p", "it's", native_enum=False, create_constraint=True, name=_fresh("ck")),
        (),
    ),
    (lambda: sa.Boolean(create_constraint=True, name=_fresh("ck")), ()),
)  # fmt: skip
NUMBERS = (sa.Integer, sa.BigInteger, sa.Numeric)

_counter = 0


def _fresh(prefix: str) -> str:
    global _counter  # noqa: PLW0603
    _counter += 1
    return f"{prefix}_{_counter}"


@st.composite
def metadatas(draw: Any) -> sa.MetaData:
    """Draw the metadata of a few tables."""
    convention = draw(st.sampled_from((None, _CONVENTION)))
    metadata = sa.MetaData(naming_convention=convention) if convention else sa.MetaData()
    places: set[tuple[str, str]] = set()
    for _ in range(draw(st.integers(1, 3))):
        name, schema = draw(names), draw(schemas)
        if (schema or "", name) not in places:
            places.add((schema or "", name))
            _table(draw, metadata, name, schema)
    return metadata


_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _table(draw: Any, metadata: sa.MetaData, name: str, schema: str | None) -> None:
    taken = draw(st.lists(names, min_size=2, max_size=6, unique_by=lambda n: n.encode()[:63]))
    others: list[Any] = list(metadata.tables.values())
    columns = [_key(draw, taken[0]), *(_column(draw, n) for n in taken[1:])]
    table = sa.Table(name, metadata, *columns, schema=schema, comment=draw(comments))
    if others and draw(st.booleans()):
        _foreign_key(draw, table, draw(st.sampled_from(others)))
    for _ in range(draw(st.integers(0, 2))):
        _constraint(draw, table)
    for _ in range(draw(st.integers(0, 2))):
        _index(draw, table)


comments = st.sampled_from((None, None, "", 'it\'s a "comment"\nof two lines %s'))


def _key(draw: Any, name: str) -> Any:
    kind = draw(st.sampled_from(("serial", "bigserial", "identity", "text", "uuid")))
    if kind == "identity":
        always = draw(st.booleans())
        options = draw(st.sampled_from(({}, {"start": 5}, {"increment": -1}, {"cycle": True})))
        identity: Any = sa.Identity(always=always, **options)
        return sa.Column(name, sa.Integer, identity, primary_key=True)
    types = {"serial": sa.Integer, "bigserial": sa.BigInteger, "text": sa.Text, "uuid": pg.UUID}
    return sa.Column(name, types[kind], primary_key=True)


def _column(draw: Any, name: str) -> Any:
    made, defaults = draw(st.sampled_from(TYPES))
    options: dict[str, Any] = {
        "nullable": draw(st.booleans()),
        "index": draw(st.sampled_from((None, None, None, True))) and _indexable(made),
        "comment": draw(comments),
        "key": draw(st.sampled_from((None, None, f"attribute_{len(name)}_{_fresh('k')}"))),
    }
    if defaults and draw(st.booleans()):
        options["server_default"] = draw(st.sampled_from(defaults))
    if draw(st.integers(0, 9)) == 0:
        options["server_default"] = sa.FetchedValue()
    if _indexable(made) and draw(st.integers(0, 4)) == 0:
        options["unique"] = True
    return sa.Column(name, made(), **{k: v for k, v in options.items() if v is not None})


def _indexable(made: Callable[[], Any]) -> bool:
    return not isinstance(made(), sa.JSON | pg.JSON) or isinstance(made(), pg.JSONB)


def _of(table: sa.Table, *types: Any) -> list[Any]:
    return [c for c in table.columns if type(c.type) in types and not c.primary_key]


def _foreign_key(draw: Any, table: sa.Table, other: sa.Table) -> None:
    target = next(iter(other.primary_key.columns))
    name = f"to_{_fresh('c')}"
    table.append_column(sa.Column(name, target.type))
    action = draw(st.sampled_from((None, "CASCADE", "set null", "RESTRICT", "NO ACTION")))
    table.append_constraint(
        sa.ForeignKeyConstraint(
            [table.c[name]], [target], ondelete=action, name=draw(st.sampled_from((None, name))),
            deferrable=draw(st.sampled_from((None, True, False))),
        )
    )  # fmt: skip


def _constraint(draw: Any, table: sa.Table) -> None:
    numbers, texts = _of(table, *NUMBERS), _of(table, sa.Text, sa.String)
    name = draw(st.sampled_from((None, _fresh("named"), f"Odd {_fresh('c')} %")))
    if table.metadata.naming_convention.get("ck") and name is None:
        name = _fresh("needed")
    checks: list[Any] = []
    for column in numbers:
        checks += [column > 0, column.between(1, 10), column.in_([1, 2, 3]), column.isnot(None)]
    for column in texts:
        checks += [
            column.in_(["a", "it's"]),
            sa.func.length(column) < 30,
            column.like("a%"),
            sa.or_(column.is_(None), column != ""),
        ]
    if checks:
        table.append_constraint(sa.CheckConstraint(draw(st.sampled_from(checks)), name=name))


def _index(draw: Any, table: sa.Table) -> None:
    numbers, texts = _of(table, *NUMBERS), _of(table, sa.Text, sa.String)
    choices: list[tuple[list[Any], dict[str, Any]]] = []
    for column in numbers + texts:
        last = sa.nulls_last(column.desc()) if SQLALCHEMY >= (2, 0) else column
        choices += [
            ([column.desc()], {}),
            ([last], {}),
            ([column], {"postgresql_using": "hash"}),
            ([column], {"postgresql_where": column.isnot(None)}),
        ]
    for column in texts:
        choices += [
            ([sa.func.lower(column)], {}),
            ([sa.func.lower(column)], {"unique": True}),
            ([column], {"postgresql_ops": {column.key: "text_pattern_ops"}}),
            ([sa.func.coalesce(column, "x%"), column.desc()], {}),
        ]
    if len(numbers) > 1:
        choices += [(numbers[:2], {"unique": True}), ([numbers[0] + numbers[1]], {})]
    if choices:
        keys, options = draw(st.sampled_from(choices))
        sa.Index(draw(st.sampled_from((_fresh("ix"), f"Ix {_fresh('i')}"))), *keys, **options)
