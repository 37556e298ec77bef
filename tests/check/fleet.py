"""A project with several databases."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests import command
from tests.servers import Database

MODELS = """
from pathlib import Path
from sqlalchemy import Column, Integer, MetaData, Table, Text
with Path("imported").open("a") as file:
    file.write("once\\n")
metadata = MetaData()
for name in ("users", "orders"):
    Table(name, metadata, Column("id", Integer, primary_key=True), Column("name", Text))
"""
TABLES = (
    "CREATE TABLE users (id serial PRIMARY KEY, name text);"
    "CREATE TABLE orders (id serial PRIMARY KEY, name text)"
)


class Fleet:
    """A project with a target for each of some databases."""

    def __init__(self, databases: Sequence[Database], folder: Path) -> None:
        self.folder, self.databases = folder, databases
        self.address: dict[str, str] = {}
        """The host and port of the server, if drift shall use others than the tests."""
        (folder / "shop.py").write_text(MODELS)
        self.configure()

    def configure(self, **more: str) -> None:
        """Write the file with a target for each database, and `more` targets."""
        urls = [make_conninfo(database.url, **self.address) for database in self.databases]
        targets = {f"db{n}": url for n, url in enumerate(urls)} | more
        lines = [f"  {name}: {{database: {json.dumps(url)}}}\n" for name, url in targets.items()]
        (self.folder / "drift.yaml").write_text(
            f"models: shop:metadata\nconnect_timeout: 1s\ntargets:\n{''.join(lines)}"
        )

    def run(self, *arguments: str, **given: Any) -> subprocess.CompletedProcess[str]:
        return command.drift(
            *arguments,
            cwd=self.folder,
            timeout=120,
            **given,
        )

    def imports(self) -> int:
        return len((self.folder / "imported").read_text().splitlines())


def url_of(database: Database) -> str:
    """Return a URL; a socket's folder is a parameter of it."""
    parts = conninfo_to_dict(database.url)
    host = quote(str(parts.get("host") or ""), safe="")
    port = parts.get("port") or 5432
    return (
        f"postgresql://{parts.get('user', 'postgres')}@/{parts['dbname']}?host={host}&port={port}"
    )
