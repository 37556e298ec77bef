"""Any spelling of a database's address is read, and none of it is repeated in an error."""

from __future__ import annotations

import pytest

from drift.errors import DatabaseError
from drift.sources.connection import parse, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://me:pw@h:5433/shop",
         {"user": "me", "password": "pw", "host": "h", "port": "5433", "dbname": "shop"}),
        ("postgresql+asyncpg://me@h/shop?ssl=require",
         {"user": "me", "host": "h", "dbname": "shop", "sslmode": "require"}),
        ("postgresql+psycopg2://me:a%40b@h/shop?sslmode=verify-full",
         {"user": "me", "password": "a@b", "host": "h", "dbname": "shop",
          "sslmode": "verify-full"}),
        ("postgresql:///shop?host=/run/postgresql",
         {"dbname": "shop", "host": "/run/postgresql"}),
        ("postgresql+psycopg://me@/shop?host=a:1&host=b:2",
         {"user": "me", "dbname": "shop", "host": "a,b", "port": "1,2"}),
        ("postgresql://me@/shop?host=a&host=b", {"user": "me", "dbname": "shop", "host": "a,b"}),
        ("postgresql://me@[::1]:5432/shop",
         {"user": "me", "host": "::1", "port": "5432", "dbname": "shop"}),
        ("host=h dbname='my shop'", {"host": "h", "dbname": "my shop"}),
        ("service=production", {"service": "production"}),
        ("", {}),
    ],
)  # fmt: skip
def test_every_spelling_is_read(text: str, expected: dict[str, str]) -> None:
    assert parse(text).parameters == expected


def test_parameters_of_a_driver_are_dropped_and_named() -> None:
    address = parse("postgresql+asyncpg://h/x?prepared_statement_cache_size=0&options=-cx%3D1")
    assert address.parameters == {"host": "h", "dbname": "x"}
    assert address.dropped == ("prepared_statement_cache_size", "options")


@pytest.mark.parametrize(
    "text", ["mysql://me:geheim@h/x", "postgresql://me:geheim@[h/x", "geheim", "sqlite:///geheim"]
)
def test_what_cannot_be_read_is_not_repeated(text: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        parse(text)
    assert "geheim" not in str(caught.value)


def test_passwords_are_taken_out_of_texts_however_they_are_spelled() -> None:
    secrets = parse("postgresql://me:a%40b@h/x").secrets
    assert redact("a@b and a%40b", secrets) == "*** and ***"
