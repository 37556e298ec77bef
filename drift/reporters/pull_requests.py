"""Whether a run is for a pull request, whose findings are only for its author."""

from __future__ import annotations

from collections.abc import Mapping

from drift.reporters.interface import Delivery


def is_pull_request(environment: Mapping[str, str]) -> bool:
    """Return whether GitHub or GitLab runs this for a pull request, or for its merge queue."""
    event = environment.get("GITHUB_EVENT_NAME", "")
    source = environment.get("CI_PIPELINE_SOURCE", "")
    return event.startswith(("pull_request", "merge_group")) or source == "merge_request_event"


def skipped(reporter: str, effect: str) -> Delivery:
    """Return the delivery of a reporter that has sent nothing for a pull request."""
    note = f"skipped for a pull request; set {reporter}.pull_requests to true to {effect}"
    return Delivery(notes=(note,), skipped=True)
