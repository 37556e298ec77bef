"""Compares two sides of which no server has one, such as two snapshots."""

from __future__ import annotations

import datetime
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec.structs import replace

from drift.check import policy
from drift.check.env_hooks import of_side
from drift.check.locate import identified
from drift.check.pair import Pair
from drift.check.questions import ask
from drift.check.reading import timeouts_of
from drift.check.session import SchemaVariant
from drift.check.tables import in_tables, restricted
from drift.check.target import counted, table_names
from drift.compare.comparator import Comparison, compare
from drift.compare.table_diff import draw
from drift.config import Target
from drift.errors import DriftError, UsageError
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.kinds.sides import Sides
from drift.model import Schema
from drift.report.remarks import is_remark
from drift.report.report import Check, Database
from drift.scratch import Scratch
from drift.sources.completed import completed
from drift.sources.database.catalog import Server
from drift.sources.interface import Note
from drift.sources.reflected import Reflected

if TYPE_CHECKING:
    from drift.sources.interface import Expected, Side

NEWEST = 180000
"""The version of the server that models are declared for, if no server is one of the sides."""

_NO_DATABASE = Database(host="", name="", role="", server_version="")


_NO_SERVER = Server(
    version="",
    version_num="0",
    database="",
    role="",
    search_path=(),
    extension_schemas=(),
    not_compared={},
)


def compare_offline(
    pair: Pair, left: Side, right: Side, *, note: Note, scratch: Scratch | None
) -> Check:
    """Compare the schemas of two sides; a scratch server, if any, is asked about expressions."""
    sides = Sides(expected=pair.left.label, actual=pair.right.label)
    expected, actual = (_expected(pair.target, side) for side in (left, right))
    live = replace(_actual(right, actual), label=sides.actual)
    declared = expected.declare(live.default_schema, NEWEST, pair.target.schemas)
    declared = replace(declared, label=sides.expected)
    note(f"comparing {sides.expected} with {sides.actual}")
    comparison, unread = _compared(pair.target, declared, live, scratch)
    findings = in_tables(comparison.findings, pair.target.tables)
    outcome = policy.apply(
        identified(findings, pair.name, _declaring(expected, actual), live.default_schema),
        ignore=pair.target.ignore,
        severity=pair.target.severity,
        today=datetime.date.today(),
        unseen=[rule.id for rule in MIGRATION_RULES],
    )
    variant = SchemaVariant(declared=declared, live=live, comparison=comparison)
    outcome = of_side(pair.left, scratch, note).applied(outcome, [variant])
    kept = tuple(finding for finding in outcome.kept if not is_remark(finding))
    made = Check(
        target=pair.name,
        expected_source=expected.source,
        expected_name=expected.name,
        database=_NO_DATABASE,
        findings=kept,
        hint=pair.target.hint if kept else "",
        ignored=outcome.ignored,
        unused_ignores=outcome.unused,
        compared=counted(declared, 0),
        tables=table_names(declared),
        notes=(*outcome.notes, *declared.notes, *unread),
        drawings=draw(kept, comparison.matches, declared, live),
        complete=not comparison.skipped,
        sides=sides,
        actual_source=pair.right.reference.source,
        actual_name=actual.name,
        left="expected",
    )
    return restricted(made, pair.target.tables, declared) if pair.target.tables else made


class _NoScratch(Scratch):
    """Stands for a server that may not be started."""

    def database(self, *_: object, **__: object) -> NoReturn:
        """Raise UsageError."""
        raise UsageError("no server was asked: neither side is a live database")


def _expected(target: Target, side: Side) -> Expected:
    expected = side.expected()
    return expected if isinstance(expected, Reflected) else expected.of(target.bind)


def _declaring(expected: Expected, actual: Expected) -> Expected:
    """Return the side whose lines of code findings should name: the models, if one side is them."""
    return actual if isinstance(expected, Reflected) else expected


def _actual(side: Side, expected: Expected) -> Schema:
    """Return the right side with everything that a server would have filled in."""
    reader: Any = getattr(side, "schema", None)
    schema: Schema = expected.declare("public", NEWEST) if reader is None else reader()
    return completed(schema)


def _compared(
    target: Target, declared: Schema, live: Schema, scratch: Scratch | None
) -> tuple[Comparison, list[str]]:
    """Compare as text first, then with a server's answers; return why there are none."""
    comparison = compare(declared, live)
    if not comparison.unresolved_expressions:
        return comparison, []
    from drift.sources.database.connection import connect, parse
    from drift.sources.database.reflection import reflect
    from drift.sources.database.scope import Scope
    from drift.sources.database.session import OwnSession

    with ExitStack() as stack:
        try:
            database = stack.enter_context((scratch or _NoScratch()).database())
            limits = timeouts_of(target)
            connection = stack.enter_context(connect(parse(database.url), limits))
            server = reflect(connection, Scope(), limits).server
        except DriftError as problem:
            answers = ask(None, target, _NO_SERVER, declared, live, comparison)
            reason = f"expressions that differ as text were compared as text only: {problem}"
            return compare(declared, live, answers, comparison), [reason]
        answers = ask(OwnSession(connection), target, server, declared, live, comparison)
        return compare(declared, live, answers, comparison), []
