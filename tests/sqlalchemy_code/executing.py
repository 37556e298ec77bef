"""How tests run generated code, and read a live schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from drift.model import Schema
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
from drift.sqlalchemy_code.code import Code
from drift.sqlalchemy_code.style import MODELS, Style
from drift.sqlalchemy_code.tables import sequence_code, table_code, table_parts
from tests.versions import SQLALCHEMY

SA = Style(version=SQLALCHEMY, creates_parts=True, conventions="conv")
BARE = Style(core="", dialect="", quote=MODELS.quote, version=SQLALCHEMY, creates_parts=True)


def live_schema(url: str, *schemas: str) -> Schema:
    """Return the live side of `public` and other schemas."""
    with connect(parse(url), Timeouts()) as connection:
        return reflect(connection, Scope(schemas=("public", *schemas)), Timeouts()).schema


def value_of(code: Code, **names: Any) -> Any:
    """Return what a code evaluates to, in one line and broken into many."""
    values = []
    for text in (code.text, code.laid_out(width=40)):
        statements = "\n".join(each.statement for each in sorted(code.imports))
        scope: dict[str, Any] = dict(names)
        exec(statements, scope)
        values.append(eval(text, scope))
        names = {key: sa.MetaData() if key == "metadata" else value for key, value in names.items()}
    return values[-1]


def metadata_of(schema: Schema, style: Style) -> sa.MetaData:
    """Return the metadata that the code of every table and sequence of a schema makes."""
    metadata = sa.MetaData()
    for table in schema.objects["table"]:
        if table.stores_rows:
            code = table_code(table, schema, style)
            assert code is not None, table_parts(table, schema, style)
            exec_in(code, metadata)
    for sequence in schema.objects["sequence"]:
        if not sequence.owned:
            code = sequence_code(sequence, schema.default_schema, style)
            assert code is not None
            exec_in(code, metadata)
    return metadata


def exec_in(code: Code, metadata: sa.MetaData) -> Any:
    """Run a code whose `metadata` is this one."""
    scope: dict[str, Any] = {"metadata": metadata}
    exec("\n".join(each.statement for each in sorted(code.imports)), scope)
    made = eval(code.laid_out(width=60), scope)
    if isinstance(made, sa.Sequence):
        made._set_metadata(metadata)
    return made
