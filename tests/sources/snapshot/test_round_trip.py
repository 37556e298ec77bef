"""A snapshot declares exactly what the models declare, for every server and default schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from sqlalchemy.dialects import postgresql as pg

from drift.demo.models import Base
from drift.errors import ModelsError
from drift.kinds import KINDS
from drift.sources.models.loader import Models
from drift.sources.snapshot.shape_v1 import SPECIAL
from tests.mutations import MODULES
from tests.property.metadata import metadatas
from tests.property.test_properties import PROFILE
from tests.sources.snapshot.freezing import frozen, kinds_of, unnamed
from tests.versions import SQLALCHEMY

DEFAULTS = ("public", "app", "My App", "other", 'Odd "Schema".x')
SERVERS = (130000, 140009, 150000, 160000, 170004, 180006, 190000)


def differences(models: Models) -> list[tuple[str, int]]:
    """Return the default schemas and servers for which the snapshot declares something else."""
    expected = frozen(models)
    assert expected.tables == models.tables
    assert expected.schemas == models.schemas
    named = [schema for schema in models.schemas if schema]
    return [
        (default, server)
        for default in dict.fromkeys((*DEFAULTS, *named))
        for server in SERVERS
        if not same(models, expected, default, server)
    ]


def same(models: Models, expected: Any, default: str, server: int) -> bool:
    try:
        declared = models.declare(default, server, ("more",))
    except ModelsError as problem:
        with pytest.raises(ModelsError) as raised:
            expected.declare(default, server)
        return str(raised.value) == str(problem)
    again = expected.declare(default, server, ("more",))
    return unnamed(declared) == unnamed(again) and kinds_of(declared) == kinds_of(again)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.split(".")[-1])
def test_every_mutations_models_survive(module: Any) -> None:
    tables = {case.metadata: case for case in module.CASES if case.sqlalchemy <= SQLALCHEMY}
    for make, case in tables.items():
        assert differences(Models("m", [make()])) == [], case.id


def test_the_models_of_the_demo_survive() -> None:
    assert differences(Models("demo", [Base.metadata])) == []


@PROFILE
@given(metadata=metadatas())
def test_generated_models_survive(metadata: Any) -> None:
    assert differences(Models("m", [metadata])) == []


def used_sequences(metadata: sa.MetaData) -> None:
    sa.Table(
        "t",
        metadata,
        sa.Column("a", sa.Integer, server_default=sa.text("nextval('numbers')")),
        sa.Column("b", sa.Integer, server_default=sa.text("nextval('app.numbers')")),
        sa.Column("c", sa.Integer, sa.Sequence("own")),
        sa.Column("d", sa.Integer, server_default=sa.text("nextval('app.own')")),
    )


def types(metadata: sa.MetaData) -> None:
    table = sa.Table(
        "t",
        metadata,
        sa.Column("a", sa.Enum("x", "y", name="mood")),
        sa.Column("b", pg.ARRAY(sa.Enum("x", name="Mixed Case"))),
        sa.Column("c", sa.Enum("x", name="mood", schema="app")),
    )
    if SQLALCHEMY >= (2, 0):  # which DOMAIN came with
        email = pg.DOMAIN("email", sa.Text(), check="VALUE LIKE '%@%'")
        table.append_column(sa.Column("d", email))
        table.append_column(sa.Column("e", pg.DOMAIN("email", sa.Text(), schema="My App")))


def same_names_in_two_schemas(metadata: sa.MetaData) -> None:
    for schema in (None, "app"):
        sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), schema=schema)
    sa.Table("u", metadata, sa.Column("t_id", sa.ForeignKey("t.id")))
    sa.Table("v", metadata, sa.Column("t_id", sa.ForeignKey("app.t.id")))


def clashing_tables(metadata: sa.MetaData) -> None:
    sa.Table("t", metadata, sa.Column("id", sa.Integer))
    sa.Table("t", metadata, sa.Column("id", sa.Text), schema="app")


def public_is_named(metadata: sa.MetaData) -> None:
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="public")
    sa.Table("u", metadata, sa.Column("t_id", sa.ForeignKey("public.t.id")))


def texts_mention_schemas(metadata: sa.MetaData) -> None:
    sa.Table(
        "t",
        metadata,
        sa.Column(
            "a", sa.Text, server_default="public.app.", comment="public.t and default_schema"
        ),
        sa.Column("b", sa.Enum("public.", name="public")),
        sa.CheckConstraint("a <> 'default_schema.public'", name="app"),
    )


def depends_on_the_server(metadata: sa.MetaData) -> None:
    def since(major: int) -> Callable[..., bool]:
        def is_new(_ddl: Any, _target: Any, _bind: Any, dialect: Any, **_: Any) -> bool:
            return bool(dialect.server_version_info[0] >= major)

        return is_new

    table = sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("twice", sa.Integer, sa.Computed("id * 2")),
        schema="app",
    )
    for major in (15, 17):
        index = sa.Index(f"ix_{major}", table.c.id)
        index.ddl_if(callable_=since(major))
    other = sa.Table("u", metadata, sa.Column("id", sa.Integer), schema=None)
    sa.Index("ix_u", other.c.id).ddl_if(
        callable_=lambda *_, dialect, **__: dialect.server_version_info[0] == 16
    )


def cannot_be_written(metadata: sa.MetaData) -> None:
    class Refusing(sa.types.UserDefinedType[Any]):
        cache_ok = True

        def get_col_spec(self, **_: Any) -> str:
            raise NotImplementedError

    sa.Table(
        "t",
        metadata,
        sa.Column("a", Refusing()),
        sa.Column("b"),
        sa.Column("c", sa.Integer, sa.CheckConstraint("c > 1")),
    )
    sa.Table("u", metadata, sa.Column("b"), schema="app", prefixes=["TEMPORARY"])


MODELS = (
    used_sequences, types, same_names_in_two_schemas, clashing_tables, public_is_named,
    texts_mention_schemas, cannot_be_written,
    *([depends_on_the_server] if SQLALCHEMY >= (2, 0) else []),  # which ddl_if came with
)  # fmt: skip


@pytest.mark.parametrize("declare", MODELS, ids=lambda each: each.__name__)
def test_models_that_depend_on_the_default_schema_or_the_server_survive(
    declare: Callable[[sa.MetaData], None],
) -> None:
    metadata = sa.MetaData()
    declare(metadata)
    assert differences(Models("m", [metadata])) == []


def test_every_struct_of_every_kind_has_a_list() -> None:
    special = {struct for _, struct in SPECIAL.values()}
    for kind in KINDS:
        assert set(kind.struct.__subclasses__()) <= special, kind.name
