"""Any spelling of a database's address is read, and none of it is repeated in an error."""

from __future__ import annotations

import pytest

from drift import database_url
from drift.errors import DatabaseError
from drift.sources.database.connection import parse


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
        ("postgresql://me:p:w@h/x",
         {"user": "me", "password": "p:w", "host": "h", "dbname": "x"}),
        ("postgresql://me:pw@h/x?application_name=me@x",
         {"user": "me", "password": "pw", "host": "h", "dbname": "x",
          "application_name": "me@x"}),
        ("postgresql://h/x?user=me@tenant",
         {"user": "me@tenant", "host": "h", "dbname": "x"}),
        ("postgresql+asyncpg://me:pw@h/x#y",
         {"user": "me", "password": "pw", "host": "h", "dbname": "x#y"}),
        ("postgresql://me:pw@a:1,[::1]:2/x",
         {"user": "me", "password": "pw", "host": "a,::1", "port": "1,2", "dbname": "x"}),
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
    ("text", "reason"),
    [
        ("mysql://me:geheim@h/x", "the database URL is for mysql"),
        ("sqlite:///geheim", "the database URL is for sqlite"),
        ("geheim", "the database is not a valid URL"),
        ("host=h password=ge heim", "the database is not a valid URL"),
        ("host=h password='geheim", "the database is not a valid URL"),
        *(
            (text, "special characters of the password must be percent-encoded (for instance @ as")
            for text in (
                "postgresql://shop:p@geheim#w/rd@host",
                "postgresql://shop:p@geheim@host/x",
                "postgresql://shop:p#geheim@host/x",
                "postgresql://shop:p/geheim@host/x",
                "postgresql://shop:p?geheim@host/x",
                "postgresql://shop:p@s?geheim=1@host/x",
                "postgresql://shop:p%geheim@host/x",
                "postgresql://shop:p%4@geheim@host/x",
                "postgresql://shop:100%@geheim/x",
                "postgresql://shop:p geheim@host/x",
                "postgresql://shop:p\tgeheim@host/x",
                "postgresql://shop:p@geheim@[::1]:5432/x",
                "postgresql://shop:p@geheim@a:1,b:2/x",
                "postgresql://shop:p/geheim@a:1,b:2/x",
                "postgresql+asyncpg://shop:p/geheim@host/x?ssl=require",
                "postgresql+psycopg2://shop:p@geheim@host/x",
            )
        ),
        *(
            (text, "the database URL cannot be read: write postgresql://HOST:5432/NAME")
            for text in (
                "postgresql://me:geheim@[h/x",
                "postgresql://me:geheim@h]/x",
                "postgresql://me:pw@::geheim/x",
                "postgresql://me:pw@h:geheim/x",
                "postgresql://me:geheim/x",
                "postgresql://me:geheim",
                "postgresql://me:1,b:geheim/x",
            )
        ),
    ],
)
def test_what_cannot_be_read_is_not_repeated(text: str, reason: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        parse(text)
    assert reason in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert "shop" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://me:p%40s%23w%2Frd@h/x", {"p%40s%23w%2Frd", "p@s#w/rd"}),
        ("postgresql://me:p@s#w/rd@h/x", {"p@s#w/rd"}),
        ("postgresql://me:p?w=1@h/x", {"p?w=1"}),
        ("postgresql://me:geheim/x", {"geheim"}),
        ("postgresql://h:5432/x", set()),
        ("postgresql://a:1,b:2/x", set()),
        ("postgresql://me@h/x?password=geheim", {"geheim"}),
        ("host=h password=geheim", set()),
    ],
)
def test_the_spellings_of_a_urls_password_are_known(text: str, expected: set[str]) -> None:
    assert set(database_url.passwords(text)) == expected


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("postgresql://me:geheim@h/x", ("geheim",)),
        ("host=h password=geheim sslpassword=too", ("geheim", "too")),
        ("postgresql://shop:shop@h/x", ()),
        ("postgresql://me:shop@h/shop", ()),
    ],
)
def test_a_password_that_names_the_database_in_reports_is_none_to_search_for(
    text: str, secrets: tuple[str, ...]
) -> None:
    assert parse(text).secrets == secrets
