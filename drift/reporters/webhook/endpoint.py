"""The address that reports are posted to, with the key of the signature."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import msgspec

from drift.config import Webhook
from drift.config.addresses import printable, web_address
from drift.errors import UsageError


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An address, the headers that the user adds, and the key; "" for no signature."""

    url: str
    secret: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        """Return no part of it: all of it may be secret."""
        return "Endpoint()"


def endpoint(settings: Webhook, environment: Mapping[str, str]) -> Endpoint:
    """Return the address of the settings, or else of the environment. Raises UsageError."""
    url = (settings.url or environment.get("DRIFT_WEBHOOK_URL") or "").strip()
    if not url:
        raise UsageError("webhook: no address; set webhook.url or DRIFT_WEBHOOK_URL")
    if problem := web_address(url):
        raise UsageError(f"webhook: webhook.url or DRIFT_WEBHOOK_URL {problem}")
    secret = (settings.secret or environment.get("DRIFT_WEBHOOK_SECRET") or "").strip()
    if secret and not printable(secret):
        raise UsageError(
            "webhook: webhook.secret or DRIFT_WEBHOOK_SECRET holds characters other than printable "
            "ASCII; set it again"
        )
    headers = {name: value for name, value in settings.headers.items() if value}
    return Endpoint(url=url, secret=secret, headers=headers)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of the signature's header: it covers the time, so that none is replayed."""
    signed = b".".join((timestamp.encode(), body))
    return f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
