"""Creates an application's metadata in a fresh database; runs in the application's environment.

Prints one JSON document: the versions, and how many tables and columns were created.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

import psycopg
import sqlalchemy
from psycopg import sql
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url


def main() -> None:
    """Create what the arguments name and say what it was."""
    args = _arguments()
    for name in args.imports:
        _import(name)
    metadatas = {id(found): found for spec in args.models for found in _metadata(_resolve(spec))}
    for omitted in args.omit:
        _omit(omitted, metadatas.values())
    url = make_url(args.database)
    _fresh_database(args.admin, str(url.database))
    engine = sqlalchemy.create_engine(url.set(drivername=f"postgresql+{args.driver}"))
    _create(engine, metadatas.values(), args.statements)
    print(json.dumps(_counts(metadatas.values())))  # noqa: T201 - the caller reads it


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--admin", required=True, help="a superuser's URL, to any database")
    parser.add_argument("--database", required=True, help="the URL of the database to make")
    parser.add_argument("--driver", default="psycopg2")
    parser.add_argument("--import", dest="imports", action="append", default=[])
    parser.add_argument("--statement", dest="statements", action="append", default=[])
    parser.add_argument(
        "--omit",
        action="append",
        default=[],
        metavar="TABLE.INDEX|TABLE(COLUMN,...)",
        help="an index or a foreign key that PostgreSQL refuses",
    )
    parser.add_argument("models", nargs="+", metavar="MODULE:ATTR")
    return parser.parse_args()


def _import(name: str) -> None:
    module = importlib.import_module(name)
    for path in getattr(module, "__path__", ()):
        for found in pkgutil.walk_packages([path], f"{name}."):
            importlib.import_module(found.name)


def _resolve(spec: str) -> Any:
    module, _, path = spec.partition(":")
    return reduce(getattr, path.split("."), importlib.import_module(module))


def _metadata(found: Any) -> Iterator[MetaData]:
    if isinstance(found, MetaData):
        yield found
    elif isinstance(getattr(found, "metadatas", None), dict):  # Flask-SQLAlchemy: one for each bind
        yield from found.metadatas.values()
    elif hasattr(found, "metadata"):
        yield from _metadata(found.metadata)
    elif callable(found):
        yield from _metadata(found())
    else:
        for item in found:
            yield from _metadata(item)


def _omit(omitted: str, metadatas: Iterable[MetaData]) -> None:
    table_name, _, columns = omitted.removesuffix(")").partition("(")
    table_name, _, index_name = (table_name, "", "") if columns else omitted.rpartition(".")
    (table,) = (m.tables[table_name] for m in metadatas if table_name in m.tables)
    if columns:
        (key,) = (k for k in table.foreign_key_constraints if ",".join(k.column_keys) == columns)
        table.constraints.remove(key)
    else:
        index = next(index for index in table.indexes if index.name == index_name)
        table.indexes.remove(index)


def _fresh_database(admin: str, name: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _create(engine: Any, metadatas: Iterable[MetaData], statements: Iterable[str]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        for metadata in metadatas:
            metadata.create_all(connection)


def _counts(metadatas: Iterable[MetaData]) -> dict[str, Any]:
    tables = [table for metadata in metadatas for table in metadata.tables.values()]
    return {
        "sqlalchemy": sqlalchemy.__version__,
        "tables": len(tables),
        "columns": sum(len(table.columns) for table in tables),
    }


if __name__ == "__main__":
    main()
