"""Reads the variables of a GitHub Actions step, and writes its summary and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from drift.formats import Options, resolve
from drift.model import Severity
from drift.report.report import Report


def present(environment: Mapping[str, str]) -> bool:
    """Return whether this runs as a step of a workflow."""
    return environment.get("GITHUB_ACTIONS") == "true"


def links(environment: Mapping[str, str]) -> str:
    """Return the URL that a path in the repository is appended to; "" if it is unknown."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA")]
    server, repository, commit = parts
    return f"{server.rstrip('/')}/{repository}/blob/{commit}/" if all(parts) else ""


def folder(environment: Mapping[str, str], working: Path) -> str:
    """Return the working directory's path in the repository, ending in a slash; "" at its top."""
    workspace = environment.get("GITHUB_WORKSPACE")
    if not workspace:
        return ""
    try:
        path = working.resolve().relative_to(Path(workspace).resolve()).as_posix()
    except ValueError:
        return ""
    return "" if path == "." else f"{path}/"


def root(environment: Mapping[str, str]) -> str:
    """Return the path of the repository, ending in a slash; "" if it is unknown."""
    workspace = environment.get("GITHUB_WORKSPACE")
    return f"{Path(workspace).resolve().as_posix()}/" if workspace else ""


def write_summary(report: Report, options: Options, environment: Mapping[str, str]) -> None:
    """Add the report to the page of the job. Raises OSError."""
    if path := environment.get("GITHUB_STEP_SUMMARY"):
        _append(path, resolve("markdown")(report, options))


def write_outputs(report: Report, exit_code: int, environment: Mapping[str, str]) -> None:
    """Set the step's outputs in_sync, errors, warnings and exit_code. Raises OSError."""
    in_sync = not report.failures and all(check.in_sync for check in report.checks)
    outputs = {
        "in_sync": str(in_sync).lower(),
        "errors": _count(report, Severity.ERROR),
        "warnings": _count(report, Severity.WARNING),
        "exit_code": exit_code,
    }
    if path := environment.get("GITHUB_OUTPUT"):
        _append(path, "".join(f"{name}={value}\n" for name, value in outputs.items()))


def _count(report: Report, severity: Severity) -> int:
    return sum(check.summary[severity] for check in report.checks)


def _append(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8", errors="replace") as file:
        file.write(text)
