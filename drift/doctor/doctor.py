"""`drift doctor`: one line for each thing that must work, with what to do where it does not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from drift import redaction
from drift.check import notes, session
from drift.check.address import address_of
from drift.check.imports import load_models
from drift.check.reasons import safe
from drift.check.selection import TargetOptions, select
from drift.config import Settings, Target, environment
from drift.errors import DriftError, ModelsError
from drift.formats.vocabulary import plural
from drift.kinds.sql.types import quote
from drift.output import terminal
from drift.process.exit_codes import COULD_NOT_CHECK, IN_SYNC, NOT_DELIVERED
from drift.reporters import REPORTERS, delivery
from drift.reporters.interface import Context

if TYPE_CHECKING:
    from drift.sources.database.reflection import Reflection
    from drift.sources.models.loader import Models

OLDEST = 140000
"""The oldest version of PostgreSQL that the tests run on."""

_COLORS = {"ok": "green", "note": "cyan", "warn": "yellow", "FAIL": "red"}


class Line(msgspec.Struct, frozen=True):
    """What was looked at, how it is, and in words; `code` is the exit code if it fails."""

    status: str
    subject: str
    text: str
    code: int = COULD_NOT_CHECK


def doctor(options: TargetOptions, *, reports: Sequence[str], send_test: bool) -> int:
    """Look at everything that a check needs, print it, and return the exit code of the worst."""
    known = environment.known(os.environ)
    settings = select(options, known, reports=reports, each=True)
    chosen = reports or _keys(settings, known)
    environment.withhold(os.environ, settings, chosen)
    place = settings.path or "none found: the options and the environment are all there is"
    _print([Line("ok" if settings.path else "note", "configuration", str(place))])
    _print([_path(settings)])
    codes: set[int] = set()
    for target in settings.targets:
        codes |= _print(_target(target))
    codes |= _print(_receivers(settings, known, chosen, send_test=send_test))
    return min(codes, default=IN_SYNC)


def _path(settings: Settings) -> Line:
    """Say where the models are imported from."""
    from drift.sources.models import import_path

    path = settings.targets[0].path if settings.targets else ()
    words = ", ".join(import_path.folders(path))
    return Line("ok", "import path", f"{words}, then PYTHONPATH and the installed packages")


def _keys(settings: Settings, variables: Mapping[str, str]) -> list[str]:
    """Return the reporters that the configuration or the environment has a key for."""
    return [name for name in REPORTERS if delivery.credentials(name, settings, variables)]


def _print(lines: Iterator[Line] | Sequence[Line]) -> set[int]:
    """Print the lines as they come; return the exit codes of what fails."""
    codes = set()
    for line in lines:
        status = f"{line.status:<4}"
        if terminal.color():
            status = click.style(status, fg=_COLORS[line.status], bold=line.status == "FAIL")
        terminal.write(f"{status}  {safe(f'{line.subject}: {line.text}')}\n")
        if line.status == "FAIL":
            codes.add(line.code)
    return codes


def _target(target: Target) -> Iterator[Line]:
    from drift.sources.models.overlooked import overlooked

    name, models = target.name, None
    try:
        models = load_models(target, terminal.note if terminal.is_verbose() else lambda _text: None)
        models = models.of(target.bind)
        yield Line("ok", name, f"models: {models.name} holds {plural(len(models.tables), 'table')}")
        yield from (Line("note", name, text) for text in notes.binds(target, models))
        yield from (Line("warn", name, f"models: {text}") for text in overlooked(models))
    except DriftError as problem:
        yield _failed(name, "models", problem)
    try:
        yield from _database(target, models)
    except DriftError as problem:
        yield _failed(name, "models" if isinstance(problem, ModelsError) else "database", problem)


def _failed(name: str, subject: str, problem: DriftError) -> Line:
    """Return the line of what failed; what must not be published goes to standard error."""
    if (words := terminal.words(problem)) != str(problem):
        terminal.error(f"{name}: {words}")
    return Line("FAIL", name, f"{subject}: {_plain(problem, name)}")


def _database(target: Target, models: Models | None) -> Iterator[Line]:
    from drift.sources.database.connection import connect
    from drift.sources.database.reflection import reflect
    from drift.sources.database.scope import Scope

    address, timeouts = address_of(target, os.environ), session.timeouts_of(target)
    scope = session.scope_of(target, models) if models else Scope(tables=frozenset())
    began = time.monotonic()
    with connect(address, timeouts) as connection:
        yield _connected(target, connection, time.monotonic() - began)
        reflection = reflect(connection, scope, timeouts)
        read = time.monotonic() - began
        connection.execute("ROLLBACK")
    yield _version(target, reflection)
    yield _role(target, reflection)
    if models is not None:
        yield from _sight(target, models, reflection)
    yield Line("ok", target.name, f"catalog: read in {read:.2f} s, connecting included")


def _connected(target: Target, connection: Any, seconds: float) -> Line:
    info = connection.info
    where = f"{info.host or 'the local socket'}:{info.port}, database {info.dbname}"
    local = not info.host or info.host.startswith("/") or info.host in {"localhost", "127.0.0.1"}
    if local or connection.pgconn.ssl_in_use:
        return Line("ok", target.name, f"connection: {where}, in {seconds:.2f} s")
    text = f"connection: {where}: not encrypted; add sslmode=require to the database's URL"
    return Line("warn", target.name, text)


def _version(target: Target, reflection: Reflection) -> Line:
    server = reflection.server
    if server.version_number < OLDEST:
        text = f"server: PostgreSQL {server.version}; nothing older than 14 is tested"
        return Line("warn", target.name, text)
    return Line("ok", target.name, f"server: PostgreSQL {server.version}")


def _role(target: Target, reflection: Reflection) -> Line:
    server = reflection.server
    if not server.excess:
        return Line("ok", target.name, f"role: {server.role} can only read")
    text = f"role: {server.role} {server.excess}; drift only needs CONNECT. Create a role for it: "
    return Line("warn", target.name, text + least_privileged(server.database))


def least_privileged(database: str) -> str:
    """Return the SQL that makes a role which can check a database, and nothing else."""
    return (
        "CREATE ROLE drift LOGIN PASSWORD '<a new password>'; "
        f"GRANT CONNECT ON DATABASE {quote(database)} TO drift; "
        "ALTER ROLE drift SET default_transaction_read_only = on;"
    )


def _sight(target: Target, models: Models, reflection: Reflection) -> Iterator[Line]:
    """Yield what is there, and what this role cannot see or the comparison leaves out."""
    live = reflection.schema
    schema = reflection.tenants[0].example if reflection.tenants else live.default_schema
    declared = models.declare(schema, reflection.server.version_number)
    tables: dict[tuple[str, str | None], Any] = {
        (table.schema, table.name): table for table in live.objects["table"]
    }
    wanted = [(table.schema, table.name) for table in declared.objects["table"]]
    there = [tables[place] for place in wanted if place in tables]
    status = "ok" if there or len(wanted) < 2 else "FAIL"
    wrong = "" if there else ": is this the right database, and were its migrations ever run?"
    yield Line(
        status, target.name, f"tables: {len(there)} of {len(wanted)} declared ones exist{wrong}"
    )
    unreadable = sum(not table.readable for table in there)
    if unreadable:
        text = f"rights: {unreadable} of them may not be read by this role; they are compared "
        yield Line("note", target.name, text + "all the same: only the catalog is read")
    for name in reflection.locked:
        text = f"locks: {name} is locked by another session; its expressions cannot be read now"
        yield Line("warn", target.name, text)
    if live.not_compared:
        words = ", ".join(f"{kind} ({count})" for kind, count in sorted(live.not_compared.items()))
        yield Line("note", target.name, f"not compared: {words}")


def _receivers(
    settings: Settings, variables: Mapping[str, str], names: Sequence[str], *, send_test: bool
) -> Iterator[Line]:
    context = Context(settings=settings, environment=variables)
    redaction.remember(filter(None, delivery.secrets(settings, variables)))
    for name in REPORTERS:
        if name not in names:
            variables_of = " or ".join(REPORTERS[name].variables)
            yield Line("note", name, f"not looked at; set {variables_of}, or ask with --report")
            continue
        try:
            made = delivery.make([name], context)
        except DriftError as problem:
            yield Line("FAIL", name, _plain(problem, name))
            continue
        for _, one in delivery.probe(made, send_test=send_test):
            yield from (Line("ok", name, text) for text in one.notes)
            yield from (Line("FAIL", name, text, NOT_DELIVERED) for text in one.problems)


def _plain(problem: DriftError, name: str) -> str:
    return str(problem).removeprefix(f"{name}: ")
