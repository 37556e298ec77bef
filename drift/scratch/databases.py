"""Databases of our own, for what must be run to be known, such as migrations."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec

from drift.scratch.server import start_server


class ScratchDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """An empty database of our own; `absent_extensions` are those that its server does not have."""

    url: str
    absent_extensions: tuple[str, ...] = ()


class Scratch:
    """A server for databases of our own, which are gone at the end: the bundled one, or a URL's.

    Nothing is started before it is needed.
    """

    def __init__(self, url: str | None = None) -> None:
        """Take the URL of a server on which databases may be created and dropped."""
        self._url = url
        self._stack = ExitStack()
        self._admin: str | None = None

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self) -> None:
        """Start the server, which takes a second, while other work goes on."""

    @contextmanager
    def database(self, extensions: Iterable[str] = ()) -> Iterator[ScratchDatabase]:
        """Create a database with these extensions, and drop it at the end."""
        import psycopg

        admin = self._server()
        name = f"drift_{os.getpid()}_{secrets.token_hex(4)}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            url = _with_name(admin, name)
            yield ScratchDatabase(url=url, absent_extensions=tuple(_create(url, extensions)))
        finally:
            with (
                contextlib.suppress(psycopg.Error),
                psycopg.connect(admin, autocommit=True) as connection,
            ):
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _server(self) -> str:
        if self._admin is None:
            if self._url:
                self._admin = self._url
            else:
                self._admin = self._stack.enter_context(start_server()).url()
        return self._admin


def _with_name(url: str, name: str) -> str:
    from urllib.parse import urlsplit, urlunsplit

    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _create(url: str, extensions: Iterable[str]) -> Iterator[str]:
    """Create extensions; yield those that the server does not have."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url, autocommit=True) as connection:
        for name in extensions:
            statement: Any = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} CASCADE").format(
                sql.Identifier(name)
            )
            try:
                connection.execute(statement)
            except psycopg.Error:
                yield name
