"""The two functions of a revision: lines of Python for groups of steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from drift.plan.operation import Lock
from drift.plan.step import Plan, Precheck, Step
from drift.revisions import guards
from drift.revisions.code import Lines, write
from drift.revisions.grouping import Group
from drift.revisions.language import INDENT, Language, comment, lines_of
from drift.sqlalchemy_code.code import Code, Import, call

BLOCK = "with op.get_context().autocommit_block():"
FIRST = "{first}"
"""Stands for the id of the first revision, which is not known yet."""
_SETTING = re.compile(r"SET LOCAL (\w+) ")
_USUAL = ((), ("public",))
"""Search paths that every connection has."""
_COMMIT = "Commits the steps before: their locks are not held any longer."


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a function, without indent in front of the first one, and their imports."""

    text: str
    imports: frozenset[Import] = frozenset()


class Writer:
    """Writes groups of steps into one function."""

    def __init__(self, language: Language, search_path: Sequence[str] = ()) -> None:
        """Take how things are named, and the search path of the plan."""
        self.lines = Lines()
        self._language = language
        self._path = () if tuple(search_path) in _USUAL else tuple(search_path)

    def remark(self, text: str) -> None:
        """Add a comment."""
        self.lines.extend(comment(text))

    def commit(self) -> None:
        """End the transaction: env.py may run all revisions in a single one."""
        self.remark(_COMMIT)
        self.lines.extend([f"{INDENT}{BLOCK}", f"{INDENT * 2}pass"])

    def prechecks(self, checks: Iterable[Precheck], indent: int = 1) -> None:
        """Add queries that stop the run if rows stand in the way."""
        for check in checks:
            self.execute(guards.check(check), indent)

    def group(self, group: Group, *, again: bool) -> None:
        """Add the statements of a group; `again` if they may have run before."""
        local = group.transactional
        indent = 1 if local else 2
        if not local:
            self.lines.append(f"{INDENT}{BLOCK}")
        with self.path(local=local):
            for step in group.steps:
                self.prechecks((check for check in step.prechecks if not check.early), indent)
            for name, value in timeouts(group):
                self.execute(f"SET {'LOCAL ' if local else ''}{name} = '{value}'", indent)
            for step in group.steps:
                self._step(step, indent, again=again or not local)
            for name, _ in () if local else timeouts(group):
                self.execute(f"RESET {name}", indent)

    @contextmanager
    def path(self, *, local: bool) -> Iterator[None]:
        """Set the search path of the plan around statements; `local` to the transaction."""
        indent = 1 if local else 2
        for sql in guards.set_path(self._path, local=local) if self._path else ():
            self.execute(sql, indent)
        yield
        if self._path:
            self.execute(guards.reset_path(local=local), indent)

    def _step(self, step: Step, indent: int, *, again: bool) -> None:
        self.lines.extend(comment(step.title, indent))
        for line in (*_effects(step), *step.remarks):
            self.lines.extend(comment(f"  {line}", indent))
        for operation in step.operations:
            write(operation, self._language, self.lines, indent, again=again)

    def execute(self, sql: str, indent: int = 1) -> None:
        """Add `op.execute`."""
        self.lines.add(self._language.execute(sql), indent)

    def end(self, group: Group) -> None:
        """Bring back the settings, for revisions that run in the same transaction after it."""
        if group.transactional:
            own = (each.sql for step in group.steps for each in step.operations)
            names = [name for name, _ in timeouts(group)]
            names += [match[1] for match in map(_SETTING.match, own) if match]
            for name in dict.fromkeys(names):
                self.execute(f"SET LOCAL {name} TO DEFAULT")

    def body(self) -> Body:
        """Return the function; it needs a statement."""
        if not any(line.strip() and not line.lstrip().startswith("#") for line in self.lines):
            self.lines.append(f"{INDENT}pass")
        text = "\n".join(self.lines).removeprefix(INDENT)
        return Body(text=text, imports=frozenset(self.lines.imports))


def timeouts(group: Group) -> list[tuple[str, str]]:
    """Return the settings for a group.

    A statement that waits for a lock makes all others wait behind it. One that only changes the
    catalog is fast; one that works on rows has no time limit, not even that of the role.
    """
    settings = [("lock_timeout", guards.LOCK_TIMEOUT)] if group.waits_for_lock else []
    limit = guards.STATEMENT_TIMEOUT if group.is_short and group.transactional else "0"
    return [*settings, ("statement_timeout", limit)]


def _effects(step: Step) -> Iterable[str]:
    """Yield the locks of a step with their tables and effects, strongest first."""
    locks = sorted(step.locks.items(), key=lambda item: (-item[1].strength, item[0]))
    tables: dict[Lock, list[str]] = {}
    for table, lock in locks:
        tables.setdefault(lock, []).append(".".join(table))
    for lock, names in tables.items():
        yield f"{lock} on {', '.join(names)}: {lock.effect}; {step.work}"


def upgrades(plan: Plan, parts: Sequence[Group], language: Language) -> list[Body]:
    """Return the upgrade functions of the revisions; there is at least one."""
    bodies = []
    for number, group in enumerate(parts or (Group(steps=()),)):
        writer = Writer(language, plan.search_path)
        if plan.fingerprint:
            writer.remark(f"drift plan fingerprint: {plan.fingerprint}")
        if number == 0:
            _begin(writer, plan)
        elif group.transactional:  # the other ones commit by themselves
            writer.commit()
        if group.steps:
            writer.group(group, again=plan.guarded or number > 0)
            if number == len(parts) - 1:
                writer.end(group)
        bodies.append(writer.body())
    return bodies


def _begin(writer: Writer, plan: Plan) -> None:
    _unfinished(writer, plan)
    if plan.early_prechecks:
        writer.remark("These checks come before any change; they stop the run.")
        with writer.path(local=True):
            writer.prechecks(plan.early_prechecks)


def _unfinished(writer: Writer, plan: Plan) -> None:
    """Name the steps and findings that the revisions leave open, before anything else."""
    if plan.complete:
        return
    writer.remark("This plan is not complete. The revisions leave out:")
    for step in plan.steps:
        if not step.runs:
            writer.remark(f"- {step.title}: {_reason(step)}")
            for operation in step.operations:
                writer.lines.extend(comment(f"    {operation.sql};", wrap=False))
    for refusal in plan.refusals:
        writer.remark(f"- {refusal.path}: {refusal.reason}")


def _reason(step: Step) -> str:
    if step.decision:
        choices = "; ".join(f"{each.option}: {each.effect}" for each in step.decision.choices)
        return step.decision.question + (f" ({choices})" if choices else "")
    if step.blocked:
        return ", ".join(f"{each.meaning} (--allow {each})" for each in step.blocked)
    return f"waits for {step.waits}" if step.waits else "to be done by hand"


def downgrade(plan: Plan, parts: Sequence[Group], language: Language) -> Body:
    """Return the downgrade of the first revision, which undoes all of them.

    The upgrade may have stopped at any revision: each statement runs only if there is something
    to undo. It is a transaction per group, as the upgrade is.
    """
    writer = Writer(language, plan.search_path)
    if plan.irreversible:
        writer.lines.extend(irreversible(plan.irreversible, language))
        return writer.body()
    for number, group in enumerate(parts):
        if number and group.transactional and parts[number - 1].transactional:
            writer.commit()
        writer.group(group, again=True)
        if number == len(parts) - 1:
            writer.end(group)
    return writer.body()


def irreversible(reasons: Sequence[str], language: Language) -> list[str]:
    """Return the lines of a downgrade that raises an exception with the reasons."""
    text = language.style.string("; ".join(reasons))
    return lines_of(call(Code("raise NotImplementedError"), (text,)))


def no_downgrade() -> Body:
    """Return the downgrade of a later revision."""
    lines = comment(
        f"The downgrade of revision {FIRST} undoes the whole plan. Downgrade to the revision "
        "before it, not to one in between."
    )
    return Body(text="\n".join([*lines, f"{INDENT}pass"]).removeprefix(INDENT))


def kept() -> Body:
    """Return the downgrade of revisions that only create missing objects."""
    lines = comment("The created objects stay: the database may have had them before the revision.")
    return Body(text="\n".join([*lines, f"{INDENT}pass"]).removeprefix(INDENT))
