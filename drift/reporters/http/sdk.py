"""Keeps a Sentry SDK that the models set up out of drift's own requests."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_NOTHING: dict[str, Any] = {
    "auto_enabling_integrations": False,
    "default_integrations": False,
    "release": "",  # without one, the SDK runs git in the current folder, for every request
    "spotlight": False,
}


def supported(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that this SDK knows: an older one refuses the names of later ones."""
    from sentry_sdk.consts import DEFAULT_OPTIONS

    return {name: value for name, value in options.items() if name in DEFAULT_OPTIONS}


@contextmanager
def isolated() -> Iterator[None]:
    """Run without any current SDK client, which would add its trace and its key as headers.

    An initialised SDK patches http.client for the whole process, so every request passes through
    it. If nothing has imported the SDK, nothing is patched, and it is not imported for this.
    """
    if "sentry_sdk" not in sys.modules:
        yield
        return
    import sentry_sdk

    client: sentry_sdk.Client = sentry_sdk.Client(dsn="", **supported(_NOTHING))
    if not hasattr(sentry_sdk, "new_scope"):  # SDK 1
        with sentry_sdk.Hub(client):
            yield
        return
    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        yield
