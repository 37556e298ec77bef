# mypy: ignore-errors
"""Plain tables, and classes that are mapped to them afterwards."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Index, Integer, MetaData, String, UniqueConstraint
from sqlalchemy import Table as SaTable
from sqlalchemy.orm import registry
from sqlalchemy.sql import quoted_name

metadata = MetaData(schema="shop")
mapping = registry(metadata=metadata)
NAME = "computed"

orders = SaTable(  # -> shop.orders
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),  # -> shop.orders.id
    Column("number", Integer, key="no"),  # -> shop.orders.number
    sa.Column(quoted_name("note", quote=True), String),  # -> shop.orders.note
    *[Column("extra", Integer)],  # -> shop.orders.extra
    UniqueConstraint("no"),
    Index("ix_orders_note", "note"),
    CheckConstraint("number > 0", name="number"),
)
typed: sa.Table = sa.Table("typed", metadata, Column("id", Integer))  # -> shop.typed, shop.typed.id
computed = SaTable(NAME, metadata, Column("id", Integer))  # -> shop.computed, shop.computed.id
shared = [Column("shared", Integer)]  # -> shop.general.shared
general = SaTable("general", metadata, *shared)  # -> shop.general


def define():
    SaTable(  # -> audit.log
        "log",
        metadata,
        Column("id", Integer),  # -> audit.log.id
        schema="audit",
    )
    SaTable(  # -> shop.log
        "log",
        metadata,
        Column("id", Integer),  # -> shop.log.id
    )


def helper(name, *columns):
    return SaTable(name, metadata, *columns)  # -> shop.helped


define()
helped = helper("helped", Column("id", Integer))  # -> shop.helped.id


@dataclass
class Order:
    id: int
    no: int


class Typed:
    pass


mapping.map_imperatively(Order, orders)
mapping.map_imperatively(Typed, typed, primary_key=[typed.c.id])


@mapping.mapped
@dataclass
class Item:
    __table__ = SaTable(  # -> shop.items
        "items",
        metadata,
        Column("id", Integer, primary_key=True),  # -> shop.items.id
        Column("label", String),  # -> shop.items.label
    )
    id: int
    label: str


@mapping.mapped
@dataclass
class Field:  # -> shop.fields
    __tablename__ = "fields"
    __sa_dataclass_metadata_key__ = "sa"
    id: int = __import__("dataclasses").field(
        metadata={"sa": Column(Integer, primary_key=True)},  # -> shop.fields.id
    )


class Looped:
    id: int


for name in ["looped"]:
    mapping.map_imperatively(
        Looped,
        SaTable(  # -> shop.looped
            name,
            metadata,
            Column("i" + "d", Integer, primary_key=True),  # -> shop.looped.id
        ),
    )
