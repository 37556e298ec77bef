"""One check from start to end: the only place where all parts meet."""

from __future__ import annotations

import contextlib
import datetime
import gc
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from drift import clock, database_url, policy
from drift.comparing import compared
from drift.config import Target
from drift.differences import is_remark
from drift.errors import DriftError, UsageError
from drift.model import Check, Finding, Location, ObjectRef, Schema, fingerprint
from drift.side_by_side import draw
from drift.sources.retrying import persist
from drift.sources.tenants import is_pattern
from drift.tenancy import Tenancy
from drift.unread import unread

if TYPE_CHECKING:
    from drift.sources.connection import Address
    from drift.sources.model_loader import Models
    from drift.sources.reflector import Reflection

Note = Callable[[str], None]
_PG_VARIABLES = ("PGHOST", "PGSERVICE", "PGDATABASE", "PGHOSTADDR", "PGUSER")


def database_of(target: Target, environment: Mapping[str, str]) -> str:
    """Return the target's database; without one, DATABASE_URL or libpq's own variables.

    What is there but empty is a secret that is not set: nothing else is checked in its place.
    """
    if target.problems:
        raise UsageError("; ".join(target.problems))
    if target.database is not None:
        return _filled(target.database, f"{target.name}: the database")
    if "DATABASE_URL" in environment:
        return _filled(environment["DATABASE_URL"], f"{target.name}: DATABASE_URL")
    if any(environment.get(name) for name in _PG_VARIABLES):
        return ""
    raise UsageError(
        f"{target.name}: no database given; pass --database URL, set DATABASE_URL, or write "
        f"database: in drift.yaml{_init(target)}"
    )


def _init(target: Target) -> str:
    """Point to `drift init` where there is no configuration."""
    return "" if target.path else " (there is none here or above; `drift init` writes it)"


def _filled(database: str, what: str) -> str:
    if not database.strip():
        raise UsageError(
            f"{what} is empty; write the database's URL (a variable or a secret that is not set "
            "leaves it empty)"
        )
    return database


def address_of(target: Target, environment: Mapping[str, str]) -> Address:
    """Return where the target's database is."""
    from drift.sources.connection import parse

    return parse(database_of(target, environment))


def secrets(targets: Iterable[Target], environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return every password that this run knows of, for output to be searched for."""
    found = [environment.get("PGPASSWORD", "")]
    found += database_url.passwords(environment.get("DATABASE_URL", "").strip())
    public: set[str] = set()
    for target in targets:
        with contextlib.suppress(DriftError):
            found += database_url.passwords(database_of(target, environment).strip())
            address = address_of(target, environment)
            found += address.secrets
            public |= address.public
    return [secret for secret in found if secret and secret not in public]


def check(
    target: Target,
    *,
    note: Note,
    environment: Mapping[str, str] = os.environ,
    models: Models | None = None,
) -> Check:
    """Compare a target's models, imported unless they are given, with its database.

    Raises DriftError where that could not be done; `note` takes sentences about the progress.
    """
    began = clock.start()
    if not (target.models or target.path or models):
        load_models(target, note)  # says what is missing, before the database does
    address = address_of(target, environment)
    models = (models or load_models(target, note)).of(target.bind)
    note(f"{target.name}: reading the database")
    found = persist(
        lambda left: compared(target, models, address, left),
        target.connect_timeout,
        lambda text: note(f"{target.name}: {text}"),
    )
    reflection, first = found.reflection, found.varieties[0]
    tenancy = Tenancy(found.varieties, list(filter(is_pattern, target.schemas)))
    findings = tenancy.findings() if tenancy.total else first.comparison.findings
    elsewhere = models.declared_elsewhere(
        first.declared.default_schema, reflection.server.version_number
    )
    findings = [f for f in findings if f.expected is not None or f.object not in elsewhere]
    missed = unread(found)
    outcome = policy.apply(
        _finish(findings, target, models, first.declared.default_schema),
        ignore=target.ignore,
        severity=target.severity,
        today=datetime.date.today(),
    )
    kept = tuple(finding for finding in outcome.kept if not is_remark(finding))
    return Check(
        target=target.name,
        expected_source=first.declared.source,
        expected_name=first.declared.name,
        database=reflection.database,
        findings=tenancy.worded(kept),
        remarks=tenancy.worded(filter(is_remark, outcome.kept)),
        ignored=outcome.ignored,
        compared=_counted(first.declared, tenancy.total),
        tables=tenancy.tables() or _tables(first.declared),
        not_compared=_not_compared(first.declared, reflection.schema),
        notes=(
            *tenancy.notes(kept),
            *outcome.notes,
            *first.declared.notes,
            *binds(target, models),
            *_dropped(address),
            *_privileges(reflection),
            *missed,
        ),
        drawings=tenancy.drawings(kept)
        or draw(kept, first.comparison.matches, first.declared, first.live),
        complete=not missed,
        started_at=began.at,
        duration=began.seconds(),
    )


def load_models(target: Target, note: Note) -> Models:
    from drift.sources.model_loader import load

    if not target.models:
        raise UsageError(
            f"{target.name}: no models given; pass --models package.module:Base, or write "
            f"models: in drift.yaml{_init(target)}"
        )
    for folder in target.path:
        if not os.path.isdir(folder):  # noqa: PTH112
            raise UsageError(f"{target.name}: path: there is no folder {folder}")
    note(f"{target.name}: importing {', '.join(target.models)}")
    say: Note = lambda text: note(f"{target.name}: {text}")  # noqa: E731
    models = load(target.models, target.imports, say, target.path)
    gc.freeze()  # models stay until the end: the collector need not look at them again and again
    return models


def _counted(declared: Schema, tenants: int) -> dict[str, int]:
    """Count what was compared."""
    schemas = {"schemas": tenants} if tenants else {}
    return schemas | {kind: len(declared.objects[kind[:-1]]) for kind in ("tables", "columns")}


def _tables(declared: Schema) -> tuple[str, ...]:
    return tuple(f"{table.schema}.{table.name}" for table in declared.objects["table"])


def _finish(
    findings: Iterable[Finding], target: Target, models: Models, default_schema: str
) -> list[Finding]:
    """Add to each finding what the comparator does not know: its place in the code, its name."""
    found = list(findings)
    unimported = models.unimported(f.object.name for f in found if f.rule == "extra-table")
    located = (
        _pointed_out(finding, unimported.get(finding.object.name))
        if finding.rule == "extra-table"
        else msgspec.structs.replace(
            finding,
            location=models.locate(
                finding, finding.object.schema if finding.schemas else default_schema
            ),
        )
        for finding in found
    )
    return list(_fingerprinted(located, target.name))


def _fingerprinted(findings: Iterable[Finding], target: str) -> Iterator[Finding]:
    """Give each finding a fingerprint of its own; those that are alike otherwise are numbered."""
    seen: Counter[tuple[str, ObjectRef]] = Counter()
    for finding in findings:
        number = seen[finding.rule, finding.object]
        seen[finding.rule, finding.object] += 1
        print_ = fingerprint(target, finding.rule, finding.object, number)
        yield msgspec.structs.replace(finding, fingerprint=print_)


def _pointed_out(finding: Finding, place: Location | None) -> Finding:
    """Say of an extra table that a model of it exists, in a module that was never imported."""
    if place is None:
        return finding
    word = (
        f"; {place.file}:{place.line} declares it, but that module was not imported; add --import"
    )
    return msgspec.structs.replace(
        finding, location=place, message=finding.message + word, detail=finding.detail + word
    )


def _not_compared(declared: Schema, live: Schema) -> dict[str, int]:
    """Count what exists and is not compared, by kind."""
    counts: dict[str, int] = {}
    named = {(table.schema, table.name) for table in declared.objects["table"]}
    for table in live.objects["table"]:
        relation: Any = table
        own = relation.managed != "system" and (table.schema, table.name) not in named
        if own and not relation.stores_rows:
            counts[relation.relation] = counts.get(relation.relation, 0) + 1
    return dict(sorted((counts | dict(live.not_compared)).items()))


def binds(target: Target, models: Models) -> list[str]:
    """Say which binds have a database that is not checked."""
    if target.bind is not None:
        return []
    return [
        f"the bind {bind} is not compared (tables: {count}); name its database under binds in the "
        f"configuration, or check that database with --bind {bind}"
        for bind, count in models.binds.items()
        if bind not in target.binds
    ]


def _dropped(address: Address) -> list[str]:
    return [
        f"the database URL's parameter {name!r} is driver-specific and was ignored"
        for name in address.dropped
    ]


def _privileges(reflection: Reflection) -> list[str]:
    """Say that the role may do more than a check needs."""
    server = reflection.server
    if not server.excess:
        return []
    return [
        f"the role {server.role} {server.excess}; drift only needs CONNECT: `drift doctor` prints "
        "the SQL of such a role"
    ]
