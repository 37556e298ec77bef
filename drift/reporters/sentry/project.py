"""The Sentry project that events are sent to, as a DSN names it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from sentry_sdk.utils import BadDsn, Dsn

from drift import __version__
from drift.config.receivers import Sentry
from drift.errors import UsageError

CLIENT = f"sqlalchemy-drift/{__version__}"
_KEYS = "it is in the project's settings, under Client Keys"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The address for envelopes; `authorization` is the value of the header X-Sentry-Auth."""

    dsn: str
    url: str
    key: str
    authorization: str

    def __repr__(self) -> str:
        """Return no part of it: the key is a secret."""
        return "Project()"


def project(settings: Sentry, environment: Mapping[str, str]) -> Project:
    """Return the project of the DSN. Raises UsageError if there is none, or it is not valid."""
    source, dsn = "sentry.dsn", (settings.dsn or "").strip()
    if not dsn:
        source, dsn = "SENTRY_DSN", environment.get("SENTRY_DSN", "").strip()
    if not dsn:
        raise UsageError(
            f"no DSN for Sentry; set SENTRY_DSN, or sentry.dsn in the configuration; {_KEYS}"
        )
    try:
        return _parsed(dsn)
    except (BadDsn, ValueError):
        raise UsageError(
            f"{source} is not a DSN; write https://KEY@HOST/PROJECT; {_KEYS}"
        ) from None


def _parsed(dsn: str) -> Project:
    parsed = Dsn(dsn)
    authorization = parsed.to_auth(CLIENT).to_header()
    if not (authorization.isascii() and authorization.isprintable()):
        raise BadDsn("the key is not valid in a header")
    # The SDK's own URL leaves out the brackets of an IPv6 address.
    address = urlsplit(dsn).netloc.rpartition("@")[2]
    return Project(
        dsn=dsn,
        url=f"{parsed.scheme}://{address}{parsed.path}api/{parsed.project_id}/envelope/",
        key=parsed.public_key,
        authorization=authorization,
    )
