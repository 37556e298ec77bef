"""The environment of the process that runs migrations: it names the scratch server everywhere.

The URL in it has a host that does not exist. Connections to that host are redirected to the scratch
database (see `guard.py`), so that env.py may put the URL together from its parts, and may check it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import msgspec

from drift import database_url
from drift.redaction import is_distinctive

HOST = "drift-scratch.invalid"
"""The host of the scratch database's URL; names below `.invalid` exist nowhere."""

_SCHEME = re.compile(r"\s*[\"']?(?P<scheme>(?:postgres|postgresql)(?:\+\w+)?)://", re.IGNORECASE)
_PAIRS = re.compile(r"\b(?:host|dbname)\s*=")
_HOST_NAME = re.compile(
    r"(?:^|_)(?:POSTGRES(?:QL)?|PG|DB|DATABASE|SQL|SQLALCHEMY|RDS)_?(?:\w+_)?"
    r"(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$",
    re.IGNORECASE,
)
"""Names of variables that hold the host of a database, such as POSTGRES_SERVER."""

_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*$")
_USUAL = ("DATABASE_URL",)
_MOST_BYTES = 1_000_000


class Redirection(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that name the scratch database instead of the live one.

    `parameters` are libpq's of the scratch database, `live` those of the live one. `variables` are
    the names from which env.py takes its URL. `scheme` is that of the URL where no value has one.
    """

    parameters: Mapping[str, str]
    live: Mapping[str, str] = {}
    variables: Sequence[str] = _USUAL
    scheme: str = "postgresql"

    def url(self, value: str = "") -> str:
        """Return the URL of the scratch database, with the scheme of a value."""
        match = _SCHEME.match(value)
        scheme = match["scheme"] if match else self.scheme
        user = quote(self.parameters.get("user", "postgres"), safe="")
        name = quote(self.parameters.get("dbname", ""), safe="")
        return f"{scheme}://{user}:scratch@{HOST}:5432/{name}"

    def environment(
        self, environment: Mapping[str, str], folders: Iterable[Path]
    ) -> dict[str, str]:
        """Return the variables, and those of `.env` files that name another database."""
        result = {name: value for name, value in environment.items() if not name.startswith("PG")}
        for name, value in _of_files(folders):
            if name not in result and self._value(name, value) != value:
                result[name] = value
        result = {name: self._value(name, value) for name, value in result.items()}
        for name in {*self.variables, *_USUAL}:
            result[name] = self.url(environment.get(name) or dict(_of_files(folders)).get(name, ""))
        return result | self._of_libpq()

    def _of_libpq(self) -> dict[str, str]:
        """Return libpq's own variables, for programs that a migration starts."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE",
                 "password": "PGPASSWORD", "sslmode": "PGSSLMODE"}  # fmt: skip
        return {names[key]: value for key, value in self.parameters.items() if key in names}

    def _value(self, name: str, value: str) -> str:
        """Return the value of a variable, with the scratch database in place of any other."""
        if _SCHEME.match(value):
            return self.url(value)
        if _PAIRS.search(value):
            return f"host={HOST} user=postgres dbname={self.parameters.get('dbname', '')}"
        if _HOST_NAME.search(name):
            return HOST
        return self._without_live(value)

    def _without_live(self, value: str) -> str:
        """Replace the host and the password of the live database."""
        host = self.live.get("host", "")
        if "." in host and not host.startswith(("127.", "/")):
            value = value.replace(host, HOST)
        password = self.live.get("password", "")
        return value.replace(password, "scratch") if is_distinctive(password) else value


def scheme_of(texts: Iterable[str | None], script: str) -> str:
    """Return the scheme that env.py needs: that of the first URL, or one that its text suggests."""
    for text in texts:
        if match := _SCHEME.match(text or ""):
            return match["scheme"]
    if "async" in script and ".replace(" not in script:
        return "postgresql+asyncpg" if find_spec("asyncpg") else "postgresql+psycopg"
    return "postgresql" if find_spec("psycopg2") else "postgresql+psycopg"


def _of_files(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield the variables of `.env` files, the usual file first."""
    for folder in dict.fromkeys(folders):
        for path in sorted(folder.glob(".env*")):
            try:
                with path.open("rb") as file:
                    text = file.read(_MOST_BYTES).decode(errors="replace")
            except OSError:
                continue
            for line in text.splitlines():
                if match := _LINE.match(line):
                    yield match["name"], _unquoted(match["value"])


def _unquoted(value: str) -> str:
    quoted = re.match(r"([\"'])(.*?)\1", value)
    return quoted[2] if quoted else value.partition(" #")[0].rstrip()


def passwords(environment: Mapping[str, str], folders: Iterable[Path]) -> Iterator[str]:
    """Yield the passwords of URLs in the environment and in `.env` files, for the redaction."""
    for _, value in (*environment.items(), *_of_files(folders)):
        if _SCHEME.match(value):
            yield from database_url.passwords(value)
