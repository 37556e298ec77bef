"""Keeps an SDK that the models set up out of the requests made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sentry_sdk
from sentry_sdk import Client
from sentry_sdk.consts import DEFAULT_OPTIONS

_NOTHING = {
    "default_integrations": False, "auto_enabling_integrations": False, "spotlight": False,
}  # fmt: skip


def known(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that this SDK has: an older one refuses the names of later ones."""
    return {name: value for name, value in options.items() if name in DEFAULT_OPTIONS}


@contextmanager
def alone() -> Iterator[None]:
    """Let no other client be current: it would add its trace, release and key as headers."""
    nobody: Client = Client(dsn="", **known(_NOTHING))
    if not hasattr(sentry_sdk, "new_scope"):
        with sentry_sdk.Hub(nobody):
            yield
        return
    with sentry_sdk.new_scope() as scope:
        scope.set_client(nobody)
        yield
