"""Keeps an SDK that the models set up out of the requests made here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sentry_sdk
from sentry_sdk import Client


@contextmanager
def alone() -> Iterator[None]:
    """Let no other client be current: it would add its trace, release and key as headers."""
    nobody: Client = Client(
        dsn="", default_integrations=False, auto_enabling_integrations=False, spotlight=False
    )
    if not hasattr(sentry_sdk, "new_scope"):
        with sentry_sdk.Hub(nobody):
            yield
        return
    with sentry_sdk.new_scope() as scope:
        scope.set_client(nobody)
        yield
