"""Adds the location in the code, and the fingerprint, to each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from drift.model import Location, ObjectRef
from drift.report.finding import Finding, fingerprint

if TYPE_CHECKING:
    from drift.sources.interface import Expected


def identified(
    findings: Iterable[Finding], target: str, expected: Expected, default_schema: str
) -> list[Finding]:
    """Return the findings with locations and fingerprints.

    A finding about many schemas is located as if it were about `default_schema`.
    """
    all_ = list(findings)
    extra = [finding.object.name for finding in all_ if finding.rule == "extra-table"]
    unimported = expected.unimported(extra) if extra else {}
    located = (
        _declared_by(finding, unimported.get(finding.object.name))
        if finding.rule == "extra-table"
        else _located(finding, expected, default_schema)
        for finding in all_
    )
    return list(_fingerprinted(located, target))


def _located(finding: Finding, expected: Expected, default_schema: str) -> Finding:
    if finding.object.kind == "migration":
        return finding  # its script is the location
    schema = finding.object.schema if finding.schemas else default_schema
    return msgspec.structs.replace(finding, location=expected.locate(finding, schema))


def _declared_by(finding: Finding, location: Location | None) -> Finding:
    """Add a remark to an extra table that a module declares which was not imported."""
    if location is None:
        return finding
    remark = (
        f"; {location.file}:{location.line} declares it, but that module was not imported; "
        "import it, or name it in the option import"
    )
    return msgspec.structs.replace(
        finding,
        location=location,
        message=finding.message + remark,
        detail=finding.detail + remark,
    )


def _fingerprinted(findings: Iterable[Finding], target: str) -> Iterator[Finding]:
    """Give each finding a unique fingerprint: the same rule and object twice are numbered."""
    seen: Counter[tuple[str, ObjectRef]] = Counter()
    for finding in findings:
        number = seen[finding.rule, finding.object]
        seen[finding.rule, finding.object] += 1
        value = fingerprint(target, finding.rule, finding.object, number)
        yield msgspec.structs.replace(finding, fingerprint=value)
