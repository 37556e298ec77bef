"""The report as one JSON document, in a versioned shape of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from drift import __version__
from drift.formats.escape import visible_json
from drift.formats.options import Options
from drift.report.finding import Finding
from drift.report.report import Check, Report

VERSION = 1


def render(report: Report, options: Options) -> str:
    """Return the document, indented, with a line break at its end."""
    document = {
        "version": VERSION,
        "tool": {"name": "drift", "version": __version__},
        **_times(report),
        "shard": report.shard,
        "checks": [_check(check) for check in report.checks],
        "failures": [{"target": f.target, "reason": f.reason} for f in report.failures],
    }
    text = msgspec.json.format(msgspec.json.encode(_encodable(document)), indent=2)
    return visible_json(text.decode()) + "\n"


def _check(check: Check) -> dict[str, Any]:
    database = check.database
    return {
        "target": check.target,
        "expected": {"source": check.expected_source, "name": check.expected_name},
        "database": {
            "host": database.host,
            "name": database.name,
            "role": database.role,
            "server_version": database.server_version,
        },
        **_times(check),
        "in_sync": check.in_sync,
        "summary": check.summary,
        "compared": dict(check.compared),
        "not_compared": [
            {"kind": kind, "count": count} for kind, count in check.not_compared.items()
        ],
        "findings": [_finding(finding) for finding in (*check.findings, *check.remarks)],
        "ignored_findings": [
            {**_finding(ignored.finding), "reason": ignored.reason} for ignored in check.ignored
        ],
        "notes": list(check.notes),
        "tables": list(check.tables),
        "drawings": [msgspec.to_builtins(drawing) for drawing in check.drawings],
        "complete": check.complete,
    }


def _times(run: Report | Check) -> dict[str, Any]:
    at = run.started_at
    return {"started_at": at and f"{at:%Y-%m-%dT%H:%M:%SZ}", "duration": run.duration}


def _finding(finding: Finding) -> dict[str, Any]:
    ref, place = finding.object, finding.location
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "object": {"kind": ref.kind, "schema": ref.schema, "table": ref.table, "name": ref.name},
        "expected": finding.expected,
        "actual": finding.actual,
        "changes": {path: list(values) for path, values in finding.changes.items()},
        "message": finding.message,
        "detail": finding.detail,
        "impact": finding.impact,
        "location": place and {"file": place.file, "line": place.line},
        "fingerprint": finding.fingerprint,
        "schemas": list(finding.schemas),
    }


def _encodable(value: Any) -> Any:
    """Replace what UTF-8 cannot hold, so that no name can keep the report from being written."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
