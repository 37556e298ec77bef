"""GitHub's own description of its API, cut to the paths that are used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.programs import npm_packages, once

_ISSUES = "/repos/{owner}/{repo}/issues"
_LABELS = "/repos/{owner}/{repo}/labels"
_NUMBER = f"{_ISSUES}/{{issue_number}}"
PATHS = {
    "/user": ("get",),
    "/repos/{owner}/{repo}": ("get",),
    _ISSUES: ("get", "post"),
    _NUMBER: ("patch",),
    f"{_NUMBER}/comments": ("get", "post"),
    _LABELS: ("post",),
    f"{_LABELS}/{{name}}": ("get",),
}
"""All that the reporter may ask for: another path or method is a fault."""


class Request:
    """A request as openapi-core reads it."""

    host_url = "https://api.github.com"

    def __init__(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        self.path = path
        self.method = method.lower()
        self.body = body or None
        self.content_type = headers.get("Content-Type", "application/json")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=Headers(dict(headers))
        )


class Response:
    """An answer as openapi-core reads it."""

    content_type = "application/json"

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self.data = body
        self.headers = Headers()


@cache
def description() -> OpenAPI:
    """Return the description, cut to `PATHS` and to what they refer to."""
    return OpenAPI.from_dict(json.loads((_cut() / "description.json").read_text()))


def faults(request: Request, response: Response | None = None) -> Iterator[str]:
    """Yield what is wrong with a request, or with the answer to it."""
    try:
        if response is None:
            description().validate_request(request)
        else:
            description().validate_response(request, response)
    except OpenAPIError as problem:
        details = getattr(problem.__cause__, "schema_errors", [])
        places = (f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in details)
        subject = f"answer {response.status_code} to " if response else ""
        yield f"{subject}{request.method} {request.path}: {problem!r}; {'; '.join(places)}"


def _cut() -> Path:
    digest = hashlib.sha256(repr(PATHS).encode()).hexdigest()[:12]

    def make(folder: Path) -> None:
        packages = npm_packages("octokit-openapi")
        source = packages / "@octokit" / "openapi" / "generated" / "api.github.com.json"
        whole = json.loads(source.read_text())
        (folder / "description.json").write_text(json.dumps(_only(whole)))

    return once(f"octokit-openapi-{digest}-cut", make)


def _only(whole: dict[str, Any]) -> dict[str, Any]:
    paths = {
        path: {
            key: value
            for key, value in whole["paths"][path].items()
            if key in methods or key == "parameters"
        }
        for path, methods in PATHS.items()
    }
    components: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        _, _, section, name = waiting.pop().split("/")
        if name not in components.setdefault(section, {}):
            components[section][name] = whole["components"][section][name]
            waiting += _references(components[section][name])
    kept = {key: whole[key] for key in ("openapi", "info", "servers")}
    cut = kept | {"paths": paths, "components": components}
    _allow_null(cut)
    return cut


def _allow_null(node: Any) -> None:
    """Let what is nullable be null, also where the values are enumerated without it.

    GitHub answers `"state_reason": null`, and says so in its own examples.
    """
    if isinstance(node, dict):
        if node.get("nullable") is True and None not in node.get("enum", [None]):
            node["enum"].append(None)
        for value in node.values():
            _allow_null(value)
    elif isinstance(node, list):
        for value in node:
            _allow_null(value)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
