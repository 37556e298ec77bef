"""Runs one step as the SQL format does, and measures its locks and its work.

The work of PostgreSQL is read before COMMIT: locks in `pg_locks`, copies by the files of tables and
indexes, scans by messages of level debug1 and by the counters of the transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import psycopg

from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.operation import Lock, Operation, TableName, Work
from drift.plan.step import Plan, Step
from drift.proof.concurrent import Onlooker
from drift.proof.sandbox import LOCK_SECONDS, STATEMENT_SECONDS, Sandbox

_USER = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_RELATIONS = f"""
SELECT c.oid::int8, n.nspname, c.relname,
       (SELECT array_agg(i.inhparent::int8) FROM pg_inherits i WHERE i.inhrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND {_USER}
"""
_FILES = f"""
SELECT c.oid::int8, c.relfilenode::int8, i.indrelid::int8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relkind IN ('r', 'm', 'i') AND {_USER}
"""
_SCANS = "SELECT relid::int8, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0"
"""Also counts transactions whose counters this session did not report yet."""
_LOCKS = """
SELECT relation::int8, mode FROM pg_locks
WHERE locktype = 'relation' AND pid = {pid} AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
MODES = {f"{''.join(lock.title().split())}Lock": lock for lock in Lock}
"""The locks by their names in `pg_locks`."""
_READS = re.compile(r'verifying table "(?P<table>.*)"', re.DOTALL)
_FOREIGN_KEY = "validating foreign key constraint"


class Reading(NamedTuple):
    """The outcome of one run of a step."""

    locks: Mapping[TableName, Lock]
    work: Work


class Meter:
    """Runs steps in one session; the tables that exist now are those whose locks are compared."""

    def __init__(self, sandbox: Sandbox, plan: Plan) -> None:
        """Open the session."""
        self._connection = sandbox.connect()
        self._onlooker = Onlooker(sandbox)
        self._path = plan.search_path or (plan.default_schema,)
        self._messages: list[str] = []
        self._connection.add_notice_handler(self._hear)
        rows = self._connection.execute(_RELATIONS.encode()).fetchall()
        self._names: dict[int, TableName] = {oid: (schema, name) for oid, schema, name, _ in rows}
        self._parents = {oid: parents or [] for oid, _, _, parents in rows}

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The session in which the steps run."""
        return self._connection

    def prepare(self) -> None:
        """Reset the settings of the session, and set the search path of the plan."""
        schemas = ", ".join(map(types.quote, self._path))
        self._connection.execute("RESET ALL")
        self._connection.execute(f"SET search_path = {schemas}".encode())

    def run(self, step: Step) -> Reading:
        """Run a step; leave nothing of it if it fails. Raises psycopg.Error."""
        self.prepare()
        self._messages.clear()
        before = self._files()
        if not step.transactional:
            return self._run_alone(step, before)
        try:
            self._connection.execute("BEGIN")
            self._connection.execute(
                f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s';"
                f" SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"
            )
            scans = self._scans()
            self._execute(step.operations)
            reading = self._read(before, scans)
            self._connection.execute("COMMIT")
        except psycopg.Error:
            if not self._connection.closed:
                self._connection.execute("ROLLBACK")
            raise
        return reading

    def _run_alone(self, step: Step, before: Mapping[int, tuple[int, int | None]]) -> Reading:
        """Run the statements of a step outside of transactions, and look at them from outside."""
        held: list[tuple[int, str]] = []
        for operation in self._open(step.operations):
            if _CONCURRENTLY.search(operation.sql):
                tables = self._existing(operation.locks)
                held += self._onlooker.watch(self._connection, operation.sql, tables)
            else:
                self._connection.execute(operation.sql.encode())
        return Reading(self._locks(held), self._work(before, self._files(), ()))

    def _existing(self, tables: Iterable[TableName]) -> list[TableName]:
        return [table for table in tables if table in self._names.values()]

    def _execute(self, operations: Iterable[Operation]) -> None:
        for operation in self._open(operations):
            self._connection.execute(operation.sql.encode())

    def _open(self, operations: Iterable[Operation]) -> Iterator[Operation]:
        """Yield the operations that are not done yet."""
        for operation in operations:
            if operation.done:
                done = f"SELECT {operation.done}"
                row = self._connection.execute(done.encode()).fetchone()
                if row and row[0]:
                    continue
            yield operation

    def _scans(self) -> dict[int, int]:
        return dict(self._connection.execute(_SCANS.encode()).fetchall())

    def _read(
        self, before: Mapping[int, tuple[int, int | None]], earlier: Mapping[int, int]
    ) -> Reading:
        scans = [oid for oid, count in self._scans().items() if count > earlier.get(oid, 0)]
        pid = self._connection.info.backend_pid
        held = self._connection.execute(_LOCKS.format(pid=pid).encode()).fetchall()
        return Reading(self._locks(held), self._work(before, self._files(), scans))

    def _files(self) -> dict[int, tuple[int, int | None]]:
        rows = self._connection.execute(_FILES.encode()).fetchall()
        return {oid: (file, table) for oid, file, table in rows}

    def _locks(self, held: Iterable[tuple[int, str]]) -> dict[TableName, Lock]:
        """Return the strongest lock on each table; reading one is not worth a word."""
        locks: dict[TableName, Lock] = {}
        for oid, mode in held:
            lock, table = MODES.get(mode), self._names.get(oid)
            if lock is None or table is None:
                continue
            known = locks.get(table)
            if known is None or known.strength < lock.strength:
                locks[table] = lock
        return locks

    def _work(
        self,
        before: Mapping[int, tuple[int, int | None]],
        after: Mapping[int, tuple[int, int | None]],
        scans: Iterable[int],
    ) -> Work:
        """Return the most that was done with the rows of a table that existed before the plan."""
        files = {file for file, _ in before.values()}
        works = [Work.CATALOG]
        for oid, (file, table) in after.items():
            if file in files:
                continue
            if table in self._names:  # a new file of an index
                works.append(Work.BUILD)
            elif table is None and oid in self._names:
                works.append(Work.REWRITE)
        known = {_FOREIGN_KEY, *(name for _, name in self._names.values())}
        read = any(message in known for message in self._messages)
        if read or any(oid in self._names for oid in scans):
            works.append(Work.SCAN)
        return max(works, key=lambda work: work.amount)

    def _hear(self, diagnosis: psycopg.errors.Diagnostic) -> None:
        message = diagnosis.message_primary or ""
        match = _READS.match(message)
        if match:
            self._messages.append(match["table"])
        elif message.startswith(_FOREIGN_KEY):
            self._messages.append(_FOREIGN_KEY)

    def judge(self, step: Step, reading: Reading) -> tuple[list[str], list[str]]:
        """Return problems, for more than the plan says, and remarks, for less."""
        problems, remarks = [], []
        stated = step.locks
        for table, lock in reading.locks.items():
            said = self._stated(table, stated)
            if lock.strength < Lock.SHARE_UPDATE_EXCLUSIVE.strength:
                continue
            if said is None or said.strength < lock.strength:
                text = f"the plan says {said}" if said else "the plan does not name it"
                problems.append(f"it locks {ddl.path(*table)} {lock}, and {text}")
        for table in self._existing(stated):
            measured, expected = reading.locks.get(table), stated[table]
            weaker = measured is None or measured.strength < expected.strength
            if weaker and expected.strength > Lock.ROW_EXCLUSIVE.strength and self._is_old(table):
                text = f"{measured or 'not at all'}, not {expected}"
                remarks.append(f"it locks {ddl.path(*table)} {text}")
        if reading.work.amount > max(step.work.amount, _least(step).amount):
            problems.append(f"its work is: {reading.work}; the plan says: {step.work}")
        elif reading.work.amount < _visible(step).amount:
            remarks.append(f"its work is: {reading.work}, not: {step.work}")
        return problems, remarks

    def _is_old(self, table: TableName) -> bool:
        """Return whether the name still stands for the table that existed before the plan."""
        query = f"SELECT {ddl.to_regclass(table)}::oid::int8"
        row = self._connection.execute(query.encode()).fetchone()
        return row is not None and self._names.get(row[0]) == table

    def _stated(self, table: TableName, stated: Mapping[TableName, Lock]) -> Lock | None:
        """Return the lock that the plan says for a table, or for one that it is a part of."""
        oids = [oid for oid, name in self._names.items() if name == table]
        locks = []
        while oids:
            locks += [stated[self._names[oid]] for oid in oids if self._names[oid] in stated]
            oids = [p for oid in oids for p in self._parents[oid] if p in self._names]
        return max(locks, key=lambda lock: lock.strength, default=None)


_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b")


def _least(step: Step) -> Work:
    """Return the work that is no surprise: a backfill reads the rows that it changes."""
    return Work.SCAN if step.work is Work.BATCHES else Work.CATALOG


def _visible(step: Step) -> Work:
    """Return the work that can be measured: a sample of ANALYZE, and a batch, cannot."""
    works = (op.work for op in step.operations if not op.sql.startswith("ANALYZE "))
    most = max(works, key=lambda work: work.amount, default=Work.CATALOG)
    return Work.CATALOG if most is Work.BATCHES else most
