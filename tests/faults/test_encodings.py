"""Databases of other encodings than UTF-8, and of none."""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import conninfo

from tests.faults.users import METADATA, MODELS
from tests.servers import create_all
from tests.system.checking import drift, found


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_encodings_other_than_utf_8(
    admin: psycopg.Connection[Any], dsn: str, encoding: str
) -> None:
    name = f"drift_encoded_{encoding.lower()}_{os.getpid()}"
    admin.execute(
        f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'".encode()
    )
    url = conninfo.make_conninfo(dsn, dbname=name, client_encoding="UTF8")
    word = "日本" if encoding == "EUC_JP" else "café"
    metadata = sa.MetaData()
    sa.Table(
        word,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(f"{word}_1", sa.Text, server_default=f"{word}!", comment=word),
        sa.Column("kind", sa.Enum(word, "b", name=f"{word}_kind")),
    )
    try:
        create_all(metadata, url)
        assert found(url, metadata) == []
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'ALTER TABLE "{word}" RENAME "{word}_1" TO "{word}_2"')
        assert found(url, metadata) == [
            f"error missing-column public.{word}.{word}_1",
            f"warning extra-column public.{word}.{word}_2",
        ]
    finally:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_bytes_that_are_no_text_stop_nothing(admin: psycopg.Connection[Any], dsn: str) -> None:
    name = f"drift_bytes_{os.getpid()}"
    admin.execute(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'".encode()
    )
    url = conninfo.make_conninfo(dsn, dbname=name, client_encoding="UTF8")
    try:
        create_all(METADATA, url)
        with psycopg.connect(url, autocommit=True, client_encoding="sql_ascii") as connection:
            connection.execute(b"ALTER TABLE users ADD COLUMN \"caf\xe9\" text DEFAULT '\xff\xfe'")
            connection.execute(b"COMMENT ON COLUMN users.name IS '\xe9t\xe9'")
        outcome = drift("check", "--database", url, *MODELS)
        assert outcome.exit_code == 1, outcome.output
        assert "caf" in outcome.stdout
    finally:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
