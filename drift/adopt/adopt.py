"""Findings in, patches of the models out, by which the models accept the live schema."""

from __future__ import annotations

import importlib.metadata
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from drift.adopt import columns, constraints, new_columns, tables, types
from drift.adopt.covered import Done, covering
from drift.adopt.declarations import locate
from drift.adopt.draft import Context, Draft, Project, Sides
from drift.adopt.group import Group, groups
from drift.adopt.printed import printed
from drift.adopt.subject import Adoption, ByHand, NotAdoptedError, Subject
from drift.kinds import KINDS
from drift.model import Location, Schema

_OF_SQL = frozenset(kind.name for kind in KINDS if kind.is_optional)
_REFUSED = {
    "invalid-index": "no model can declare an index whose build did not finish; drop or rebuild it",
    "disabled-foreign-key": "no model can declare that the triggers of a key are disabled",
    "foreign-key-type-mismatch": "it follows from the types of both columns",
    "missing-schema": "the models name the schema in every table",
    "missing-table": "remove the model by hand, with all code that uses it",
}


def adopted(  # noqa: PLR0913 — both sides, the folder, and facts about the models
    subjects: Iterable[Subject],
    declared_schema: Schema,
    live_schema: Schema,
    root: Path,
    *,
    tables: Mapping[tuple[str | None, str], Location] | None = None,
    version: tuple[int, ...] | None = None,
) -> Adoption:
    """Return the patches of files below a folder that let the models accept the live schema.

    `tables` has the line of each table of the models, by the schema that they name. Nothing is
    written. `version` is that of SQLAlchemy; None: the installed one.
    """
    sides = Sides(declared_schema, live_schema, version or installed_version(), tables or {})
    work = _Work(sides, Project(root))
    for group in groups(subjects):
        work.take(group)
    return work.result()


def installed_version() -> tuple[int, ...]:
    """Return the version of the installed SQLAlchemy, as numbers."""
    text = importlib.metadata.version("sqlalchemy")
    return tuple(map(int, re.findall(r"\d+", text)[:3]))


class _Work:
    """One adoption under way."""

    def __init__(self, sides: Sides, project: Project) -> None:
        self._sides, self._project = sides, project
        self._done: list[Done] = []
        self._refused: list[tuple[Group, str, str]] = []
        self._locations: list[Location] = []

    def take(self, group: Group) -> None:
        """Adopt the findings about one object, or note why a person must do that."""
        before = {draft.file: draft.source for draft in self._project.drafts.values()}
        try:
            drafts = self._adopt(group)
        except NotAdoptedError as refusal:
            for draft in self._project.drafts.values():
                draft.source = before.get(draft.file, draft.source)
            self._refused.append((group, refusal.reason, refusal.code))
            return
        self._done.append(Done(group, drafts))

    def result(self) -> Adoption:
        """Return the patches, and the findings that no patch closes."""
        by_hand: list[ByHand] = []
        for group, reason, code in self._refused:
            if (done := covering(group, self._done)) is not None:
                done.group.fingerprints.extend(group.fingerprints)
            else:
                by_hand += self._by_hand(group, reason, code)
        for done in self._done:
            for draft in done.drafts:
                draft.findings += done.group.fingerprints
        drafts = self._project.drafts.values()
        patches = (draft.patch for draft in drafts if draft.is_changed)
        return Adoption(tuple(patches), tuple(by_hand))

    def _by_hand(self, group: Group, reason: str, code: str) -> Iterator[ByHand]:
        location = group.location or self._location(group)
        for fingerprint in group.fingerprints:
            yield ByHand(
                finding=fingerprint,
                reason=reason,
                file=location.file if location else "",
                line=location.line if location else 0,
                code=code or printed(group, self._sides),
            )

    def _adopt(self, group: Group) -> list[Draft]:
        for rule in group.rules:
            if rule in _REFUSED:
                raise NotAdoptedError(_REFUSED[rule])
        if group.kind in _OF_SQL:
            raise NotAdoptedError("it is declared as SQL; change that statement by hand")
        if group.kind in {"enum", "domain", "sequence"}:
            return self._adopt_type(group)
        if group.kind == "table" and group.declared is None:
            return [self._adopt_table(group)]
        context = self._context(group)
        if group.kind == "table":
            tables.change(context, group.live, group.changes)
        elif group.kind == "column":
            _adopt_column(context, group)
        else:
            _adopt_constraint(context, group)
        return [context.draft]

    def _location(self, group: Group) -> Location | None:
        """Return the line of the group's table."""
        ref = group.object
        name = ref.table or ref.name
        known = self._sides.tables
        default = self._sides.declared.default_schema
        names = [(ref.schema, name)] + ([(None, name)] if ref.schema == default else [])
        return next((known[each] for each in names if each in known), None)

    def _context(self, group: Group) -> Context:
        ref = group.object
        location = self._location(group) or group.location
        draft = self._project.draft(location)
        key = locate(draft.original, location.line if location else 0, ref.table or ref.name)
        return Context(self._project, draft, key, self._sides, (ref.schema, ref.table or ref.name))

    def _adopt_table(self, group: Group) -> Draft:
        if group.location is not None:
            where = f"{group.location.file}:{group.location.line}"
            raise NotAdoptedError(f"{where} declares it, but that module was not imported")
        files = Counter(location.file for location in self._sides.tables.values())
        if not files:
            raise NotAdoptedError("drift does not know in which file the models are")
        (file, _), *_ = files.most_common(1)
        draft = self._project.draft(Location(file, 1))
        tables.add(draft, group.live, self._sides, self._project)
        return draft

    def _adopt_type(self, group: Group) -> list[Draft]:
        if group.live is None and group.kind != "sequence":
            raise NotAdoptedError("columns of the models still have this type")
        if group.declared is None:
            raise NotAdoptedError("no model uses it; drop it, or add an ignore entry")
        changed = []
        reason = NotAdoptedError("drift does not know in which file the models are")
        for file in dict.fromkeys(location.file for location in self._sides.tables.values()):
            try:
                draft = self._project.draft(Location(file, 1))
                _change_type(draft, group, self._sides)
            except NotAdoptedError as refusal:
                reason = refusal
            else:
                changed.append(draft)
        if not changed:
            raise reason
        return changed


def _change_type(draft: Draft, group: Group, sides: Sides) -> None:
    if group.kind == "enum":
        types.change_enum(draft, group.live)
    elif group.kind == "domain":
        types.change_domain(draft, group.live, sides)
    elif group.live is None:
        types.remove_sequence(draft, group.declared)
    else:
        types.change_sequence(draft, group.live, sides)


def _adopt_column(context: Context, group: Group) -> None:
    if "unvalidated" in group.changes or "validated" in group.changes:
        raise NotAdoptedError("no model can declare a NOT NULL that is NOT VALID")
    if group.live is None:
        new_columns.remove(context, group.declared.name)
    elif group.declared is None:
        new_columns.add(context, group.live)
    else:
        columns.change(context, group.live, group.changes)


def _adopt_constraint(context: Context, group: Group) -> None:
    if group.kind == "primary-key":
        constraints.change_key(context, group.live)
    elif group.live is None:
        constraints.remove(context, group.declared)
    elif not getattr(group.live, "valid", True):
        raise NotAdoptedError(_REFUSED["invalid-index"])
    elif group.declared is None:
        constraints.add(context, group.live)
    else:
        constraints.change(context, group.declared, group.live)
