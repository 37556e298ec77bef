"""Applies the hooks of a project's env.py to findings, if the configuration has `alembic: true`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from drift.check.policy import Outcome
from drift.check.reading import timeouts_of
from drift.check.session import SchemaVariant
from drift.config import Target
from drift.report.finding import Finding, Ignored
from drift.report.remarks import is_remark
from drift.scratch import Scratch
from drift.sources.interface import Note

if TYPE_CHECKING:
    from drift.check.pair import NamedSide
    from drift.sources.database.session import Access
    from drift.sources.migrations.hooks.asked import HookedMigrations

_READ = ("column", "primary-key")
"""Kinds of parts that hooks read of a table that no model declares."""


class Hooks:
    """The hooks of a target's env.py; none of them excludes anything."""

    include_schemas = False

    def applied(
        self, outcome: Outcome, variants: Sequence[SchemaVariant], access: Access | None = None
    ) -> Outcome:
        """Return the outcome; findings that a hook excludes are ignored, for that reason."""
        del variants, access
        return outcome


NO_HOOKS = Hooks()


class EnvHooks(Hooks):
    """The hooks of an env.py that was run."""

    def __init__(self, env: HookedMigrations, target: Target) -> None:
        self._env, self._target = env, target
        self.include_schemas = env.configured.include_schemas

    def applied(
        self, outcome: Outcome, variants: Sequence[SchemaVariant], access: Access | None = None
    ) -> Outcome:
        """Return the outcome; findings that a hook excludes are ignored, for that reason.

        Only those that no ignore entry covers are shown to the hooks. `access` is used to read the
        columns of tables that no model declares. Raises DriftError.
        """
        from drift.check.hook_questions import questions

        kept = outcome.kept
        asked = questions(kept, variants, self._extra(kept, access))
        hooks = {each.number: each.hook for each in self._env.excluded(asked)}
        if not hooks:
            return outcome
        ignored = [
            Ignored(
                finding=kept[number],
                reason=self._reason(hook),
                declared_at=self._env.line_of(hook),
                hook=hook,
            )
            for number, hook in hooks.items()
        ]
        ignored = sorted((*outcome.ignored, *ignored), key=lambda item: item.finding.order)
        differences = [hooks[n] for n in sorted(hooks) if not is_remark(kept[n])]
        return replace(
            outcome,
            kept=tuple(each for number, each in enumerate(kept) if number not in hooks),
            ignored=tuple(ignored),
            notes=(*outcome.notes, *self._notes(differences)),
        )

    def _extra(self, findings: Iterable[Finding], access: Access | None) -> Mapping[str, Any]:
        """Read the parts of tables that no model declares; a check reads their names only."""
        tables = frozenset(
            (finding.object.schema, finding.object.name)
            for finding in findings
            if finding.rule == "extra-table" and not finding.schemas
        )
        if not tables or access is None:
            return {}
        from drift.sources.database.connection import Address, connect
        from drift.sources.database.reflection import reflect
        from drift.sources.database.scope import Scope

        if not isinstance(access, Address):
            return {}
        limits = timeouts_of(self._target)
        scope = Scope(schemas=tuple(sorted({schema for schema, _ in tables})), tables=tables)
        with connect(access, limits) as connection:
            objects = reflect(connection, scope, limits).schema.objects
            connection.execute("ROLLBACK")
        return {
            kind: [item for item in objects[kind] if (item.schema, item.table) in tables]
            for kind in _READ
        }

    def _reason(self, hook: str) -> str:
        if hook == "version_table":
            return f"it is the version table of {self._env.script}"
        return f"excluded by {hook} of {self._env.script}"

    def _notes(self, hooks: Iterable[str]) -> Iterable[str]:
        for hook, count in Counter(hooks).items():
            are = "1 difference is" if count == 1 else f"{count:,} differences are"
            yield f"{are} excluded by {hook} of {self._env.script}"


def of_side(side: NamedSide, scratch: Scratch | None, note: Note) -> Hooks:
    """Return the hooks for the expected side of a diff: only models have some."""
    if side.reference.source != "models" or scratch is None:
        return NO_HOOKS
    return hooks_of(side.target, scratch, note)


def hooks_of(target: Target, scratch: Scratch, note: Note) -> Hooks:
    """Return the hooks of a target; none without `alembic: true`. Raises DriftError."""
    if not target.alembic:
        return NO_HOOKS
    from drift.sources.migrations.hooks.asked import hooked

    return EnvHooks(hooked(target, scratch, note), target)
