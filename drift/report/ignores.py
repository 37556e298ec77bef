"""Entries of the configuration that ignored nothing, in one check and in all of a report."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from drift.report.shape_values import Count

if TYPE_CHECKING:
    from drift.report.report import Report


class UnusedIgnore(msgspec.Struct, frozen=True, kw_only=True):
    """An ignore entry that is expired, or that matched nothing.

    `declared_at` is its file and line, `holders` the number of targets for which it is declared; 0
    if the check does not cover everything that it is about.
    """

    declared_at: Annotated[str, Meta(description="The file and line of the entry.")]
    rule: str
    object: str
    attribute: str | None = None
    kind: str | None = None
    expired: Annotated[
        datetime.date | None, Meta(description="The last day on which it applied, if it is over.")
    ] = None
    holders: Annotated[
        Count, Meta(description="The targets for which it is declared; 0 if that is not known.")
    ] = 1

    @property
    def subject(self) -> str:
        """The beginning of a sentence about the entry."""
        return f"{self.declared_at}: the ignore entry for {self.rule} on {self.covered}"

    @property
    def covered(self) -> str:
        """The objects that it is about, with their kind and the attribute if it names them."""
        attribute = f": {self.attribute}" if self.attribute else ""
        return f"{f'{self.kind} ' if self.kind else ''}{self.object}{attribute}"


def unused_everywhere(report: Report) -> Iterator[UnusedIgnore]:
    """Yield the entries that are expired, or that matched nothing in any target they are for.

    Something that could not be read may match, so that a check that is not complete, and a target
    that was not checked, speak for no entry.
    """
    entries: dict[UnusedIgnore, int] = defaultdict(int)
    for check in report.checks:
        if check.complete:
            for entry in check.unused_ignores:
                entries[entry] += 1
    for entry, count in entries.items():
        if entry.expired or count == entry.holders:
            yield entry
