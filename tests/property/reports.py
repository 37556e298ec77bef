"""Any report, and one with something of everything in it, as JSON."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from drift.formats import Options
from drift.formats.json import render
from drift.model import Location, ObjectRef, Severity
from drift.report.drawing import Drawing, Link, Part
from drift.report.finding import Finding, Ignored
from drift.report.report import Check, Database, Failure, Report

_FULL = Finding(
    rule="index-mismatch",
    severity=Severity.WARNING,
    object=ObjectRef("index", "public", "users", "ix_users"),
    message="index ix_users: keys: models (a), database (b)",
    impact="Queries are slow.",
    detail="keys: models (a), database (b)",
    expected={"keys": ({"column": "a", "descending": False},), "unique": True, "predicate": None},
    actual={"keys": ({"column": "b", "descending": False},), "unique": True, "start": 2**62},
    changes={"keys": (({"column": "a"},), ({"column": "b"},)), "include": (("a", "b"), None)},
    location=Location("app/models.py", 14),
    fingerprint="0123456789abcdef",
    schemas=("tenant_1", "tenant_2"),
)
_DRAWING = Drawing(
    schema="public",
    name="users",
    parts=(
        Part(kind="column", name="a", expected={"type": "text", "null": "no"}, marked=("type",)),
        Part(kind="foreign-key", name="k", actual={"definition": "FOREIGN KEY (a)"}),
    ),
    links=(
        Link(
            name="k",
            table="public.users",
            columns=("a",),
            target="public.batches",
            target_columns=("id",),
            expected=False,
            actual=True,
        ),
    ),
)
FULL = Report(
    checks=(
        Check(
            target="production",
            expected_source="models",
            expected_name="app.models:Base",
            database=Database(host="db", name="shop", role="reader", server_version="18.6"),
            findings=(_FULL,),
            ignored=(Ignored(finding=_FULL, reason="known"),),
            compared={"tables": 5, "columns": 61},
            tables=("public.users", "public.batches"),
            not_compared={"view": 3},
            notes=("Two grants differ.",),
            drawings=(_DRAWING,),
            complete=False,
        ),
    ),
    failures=(Failure(target="staging", reason="cannot be reached"),),
)
REPORT = render(FULL, Options()).encode()

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_WORD = st.from_regex(r"\A[a-z][a-z0-9-]{0,12}\Z")
_PLAIN: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _TEXT
)
_PLAIN |= st.floats(allow_nan=False, allow_infinity=False)
_FACT = st.recursive(
    _PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(_TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)
_FACTS = st.none() | st.dictionaries(_TEXT, _FACT, max_size=3)
_CELLS = st.none() | st.dictionaries(_WORD, _TEXT, max_size=3)


def _linked(drawing: Drawing) -> Drawing:
    """Let the links of a drawing start at its own table."""
    links = (replace(link, table=drawing.path) for link in drawing.links)
    return replace(drawing, links=tuple(links))


def _several(one: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(one, max_size=most).map(tuple)


_FINDINGS = st.builds(
    Finding,
    rule=_WORD,
    severity=st.sampled_from(Severity),
    object=st.builds(ObjectRef, _WORD, _TEXT, st.none() | _TEXT, _TEXT),
    message=_TEXT,
    impact=_TEXT,
    detail=_TEXT,
    expected=_FACTS,
    actual=_FACTS,
    changes=st.dictionaries(_TEXT, st.tuples(_FACT, _FACT), max_size=2),
    location=st.none() | st.builds(Location, _TEXT, st.integers(0, 2**31 - 1)),
    fingerprint=st.just("") | st.from_regex(r"\A[0-9a-f]{16}\Z"),
    schemas=_several(_TEXT),
)
_LINKS = st.builds(
    Link,
    name=_TEXT,
    table=_TEXT,
    columns=_several(_TEXT),
    target=_TEXT,
    target_columns=_several(_TEXT),
)
_DRAWINGS = st.builds(
    Drawing,
    schema=_TEXT,
    name=_TEXT,
    parts=_several(
        st.builds(
            Part, kind=_WORD, name=_TEXT, expected=_CELLS, actual=_CELLS, marked=_several(_WORD)
        )
    ),
    links=_several(_LINKS),
).map(_linked)
_COUNTS = st.dictionaries(_WORD, st.integers(0, 2**53), max_size=3)
_CHECKS = st.builds(
    Check,
    target=_TEXT,
    expected_source=_TEXT,
    expected_name=_TEXT,
    database=st.builds(Database, host=_TEXT, name=_TEXT, role=_TEXT, server_version=_TEXT),
    findings=_several(_FINDINGS),
    ignored=_several(st.builds(Ignored, finding=_FINDINGS, reason=_TEXT), 2),
    compared=_COUNTS,
    tables=_several(_TEXT),
    not_compared=_COUNTS,
    notes=_several(_TEXT),
    drawings=_several(_DRAWINGS, 2),
    complete=st.booleans(),
    has_causes=st.booleans(),
    hint=_TEXT,
    configured=st.booleans(),
)


def reports() -> st.SearchStrategy[Report]:
    """Return any report whose texts can be written as UTF-8."""
    failures = st.builds(Failure, target=_TEXT, reason=_TEXT)
    return st.builds(Report, checks=_several(_CHECKS, 2), failures=_several(failures, 2))
