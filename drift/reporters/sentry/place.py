"""Where the events go: what a DSN says."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from sentry_sdk.utils import BadDsn, Dsn

from drift import __version__
from drift.config.settings import Sentry
from drift.errors import UsageError
from drift.formats.escape import visible

CLIENT = f"sqlalchemy-drift/{__version__}"
_KEYS = "it is in the project's settings, under Client Keys"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver of envelopes; only `host` may be shown."""

    dsn: str
    host: str
    scheme: str
    url: str
    key: str

    def __repr__(self) -> str:
        """Return the host alone: the rest holds a key."""
        return f"Place({self.host!r})"


def place(settings: Sentry, environment: Mapping[str, str]) -> Place:
    """Return what the DSN says. Raises UsageError without one, or where it is not one."""
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


def _parsed(dsn: str) -> Place:
    found = Dsn(dsn)
    address = urlsplit(dsn).netloc.rpartition("@")[2]
    key = found.to_auth(CLIENT).to_header()
    if not (key.isascii() and key.isprintable()):
        raise BadDsn("the key is no header")
    return Place(
        dsn=dsn,
        host=visible(found.host),
        scheme=found.scheme,
        url=f"{found.scheme}://{address}{found.path}api/{found.project_id}/envelope/",
        key=key,
    )
