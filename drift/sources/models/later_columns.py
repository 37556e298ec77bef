"""Columns that were added to a class or a table after its declaration."""

from __future__ import annotations

from drift.sources.models.source_index import SourceFile
from drift.sources.models.source_modules import SourceModules

# `User.extra = Column(…)`, also annotated or deferred, or `users.append_column(…)`.
_ADDITION = (
    r"\.append_column\(|(?m:^\s*\w+(\.\w+)+\s*(:[^=\n]*)?=[^=\n]*\b(Column|\w*mapped_column)\b)"
)


def later_columns(modules: SourceModules) -> dict[tuple[int, str], tuple[SourceFile, int]]:
    """Return where each was added, by the id() of the class or table and the name given there."""
    return {
        (id(owner), addition.name): (module.file, addition.line)
        for module in modules.all
        if module.file.mentions(_ADDITION)
        for addition in module.file.index.additions
        if (owner := module.resolve(addition.owner)) is not None
    }
