"""How tests run the lines of revisions: offline as SQL, and on a database."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from drift.check.planned import Made, planned
from drift.check.target import examine
from drift.config import Target
from drift.plan.context import Options
from drift.plan.operation import Operation
from drift.revisions.code import Lines, write
from drift.revisions.language import Language
from drift.sources.models.loader import Models
from tests.versions import DRIVER

LANGUAGE = Language()


def lines_for(operation: Operation, language: Language = LANGUAGE, *, again: bool = False) -> str:
    """Return the lines of an operation as a script of its own."""
    lines = Lines()
    write(operation, language, lines, 0, again=again)
    return script(lines)


def script(lines: Lines) -> str:
    imports = {each.statement for each in lines.imports} | {"import sqlalchemy as sa"}
    return "\n".join([*sorted(imports), "", *lines])


def offline(code: str) -> list[str]:
    """Return the statements that code makes in Alembic's offline mode."""
    out = io.StringIO()
    options = {"as_sql": True, "output_buffer": out, "literal_binds": True}
    context = MigrationContext.configure(
        dialect_name="postgresql", dialect_opts={"paramstyle": "named"}, opts=options
    )
    with Operations.context(context):
        exec(code, {"op": op})
    statements = out.getvalue().split(";\n\n")
    return [text.strip() for text in statements if text.strip()]


def online(code: str, url: str, driver: str = DRIVER) -> None:
    """Run code in one transaction on a database, with a driver of its own."""

    def migrate(connection: Any) -> None:
        context = MigrationContext.configure(connection)
        with context.begin_transaction(), Operations.context(context):
            exec(code, {"op": op})

    address = sqlalchemy_url(url, driver)
    if driver == "asyncpg":
        asyncio.run(_online(address, migrate))
        return
    engine = sa.create_engine(address)
    try:
        with engine.connect() as connection:
            migrate(connection)
    finally:
        engine.dispose()


async def _online(address: str, migrate: Callable[[Any], None]) -> None:
    engine = create_async_engine(address)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def sqlalchemy_url(conninfo: str, driver: str) -> str:
    """Return the URL of a libpq string."""
    parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(conninfo)
    query = {"host": parts["host"], "port": str(parts.get("port", 5432))}
    url = sa.engine.URL.create(
        f"postgresql+{driver}",
        username=parts.get("user"),
        password=parts.get("password"),
        database=parts["dbname"],
        query=query,
    )
    if not parts["host"].startswith("/"):
        url = url.set(host=parts["host"], port=int(parts["port"]), query={})
    return url.render_as_string(hide_password=False)


_SPELLINGS = {
    "character varying": "varchar",
    "character": "char",
    "bool": "boolean",
    "timestamp without time zone": "timestamp",
    "time without time zone": "time",
    "float": "double precision",
    "double": "double precision",
}
_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \$\w*\$ | [^\W\d][\w$]* | :: | \S""", re.VERBOSE
)
_SAME = (
    (r"where \( (.*) \)$", r"where \1"),
    (r"(on update (?:set )?\w+) (on delete (?:set )?\w+)", r"\2 \1"),
    (r"(as identity(?: \([^()]*\))?) not null", r"\1"),
    ("double precision precision", "double precision"),
)
"""Parentheses, an order and a NOT NULL that change nothing."""


def canonical(sql: str) -> str:
    """Return SQL without what makes no difference: space, case, quotes, IF EXISTS."""
    text = re.sub(r"(?i)\bIF (NOT )?EXISTS\b|\bpublic\.", "", sql)
    words = []
    for token in _TOKEN.findall(text):
        plain = token[1:-1] if re.fullmatch(r'"[a-z_][\w$]*"', token) else token
        words.append(plain if plain[0] in "'\"" else plain.lower())
    joined = " ".join(words)
    for long, short in _SPELLINGS.items():
        joined = re.sub(rf"\b{long}\b", short, joined)
    for pattern, plain in _SAME:
        joined = re.sub(pattern, plain, joined)
    return joined


def plan_for(url: str, metadata: Any, options: Options) -> Made:
    """Return the plan that closes all findings of a check."""
    target = Target(name="test", database=url)
    expected = Models("test", (metadata,))
    examined = examine(target, note=lambda _text: None, expected=expected)
    return planned(target, examined, examined.report.findings, options)
