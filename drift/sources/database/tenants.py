"""Schemas that should all be alike: read in the same one statement, and sent once each variety.

The server takes a fingerprint of every schema that a pattern matches, its own name left out, and
returns the objects of one schema for each fingerprint, with the names of all that share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase, translate
from typing import Annotated

import msgspec

from drift.sources.database.literals import ROW, json_text
from drift.sources.database.own_schema import prints

WILD = re.compile(r"[*?[]")


class Tenants(msgspec.Struct, frozen=True):
    """Schemas that are alike in all that is compared; the first one's objects stand for all."""

    schemas: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]

    @property
    def example(self) -> str:
        """The schema whose objects were read."""
        return self.schemas[0]


def is_pattern(schema: str) -> bool:
    """Tell whether this names schemas by a pattern such as `tenant_*`."""
    return WILD.search(schema) is not None


def pattern_of(schema: str, patterns: Iterable[str]) -> str | None:
    """Return the first pattern that matches a schema."""
    return next((pattern for pattern in patterns if fnmatchcase(schema, pattern)), None)


def expression(patterns: Sequence[str]) -> str:
    """Return a regular expression of PostgreSQL's for the schemas that the patterns match."""
    bodies = [_translated(pattern) for pattern in patterns]
    return f"^(?:{'|'.join(bodies)})$"


def _translated(pattern: str) -> str:
    """Turn Python's spelling of a pattern into one that PostgreSQL reads."""
    return re.sub(r"^\(\?s:|\)\\[zZ]$", "", translate(pattern)).replace("(?>", "(?:")


def alike(queries: Mapping[str, str], matching: str) -> str:
    """Return the end of the statement, after the scope: the rows, of alike schemas only once.

    `queries` are the kinds' own, `matching` the regular expression as a literal.
    """
    rows = "\nUNION ALL\n".join(_rows(kind, sql) for kind, sql in queries.items())
    return f"""
, everything AS MATERIALIZED ({rows}),
{prints(matching)},
varieties AS MATERIALIZED (
  SELECT pg_catalog.json_agg(p.schema ORDER BY p.schema) AS schemas,
         pg_catalog.min(p.schema) AS example
  FROM prints p GROUP BY p.one, p.other
)
SELECT e.kind, e.row FROM everything e
WHERE e.schema !~ {matching} OR e.schema IN (SELECT example FROM varieties)
UNION ALL
SELECT 'tenants', {json_text("pg_catalog.json_build_object('schemas', v.schemas)")}
FROM varieties v"""


def _rows(kind: str, sql: str) -> str:
    return f"SELECT '{kind}'::text AS kind, q.schema::text AS schema, {ROW} AS row FROM ({sql}) q"
