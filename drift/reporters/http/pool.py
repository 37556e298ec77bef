"""Connections to a receiver: certificates are verified, and the environment's proxy is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import certifi
import urllib3


def pool(url: str, environment: Mapping[str, str]) -> urllib3.PoolManager:
    """Return connections to a URL's host. Raises ValueError if the proxy's address is not valid."""
    files = (environment.get(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"))
    trusted = next(filter(None, files), certifi.where())
    options: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED", "ca_certs": trusted}
    proxy = _proxy(url, environment)
    if not proxy:
        return urllib3.PoolManager(**options)
    try:
        user = urlsplit(proxy).netloc.rpartition("@")[0]
        headers = urllib3.make_headers(proxy_basic_auth=unquote(user)) if user else {}
        return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    except (urllib3.exceptions.HTTPError, ValueError):
        # urllib3's message about the address holds the proxy's password.
        raise ValueError(
            "the proxy's address is not valid; set HTTPS_PROXY to http://HOST:PORT"
        ) from None


def _proxy(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for a URL's host, unless NO_PROXY names the host or its domain.

    The standard library would read the environment of this process instead of `environment`.
    """
    parts = urlsplit(url)
    variables = (f"{parts.scheme}_proxy", "all_proxy")
    names = [name for variable in variables for name in (variable, variable.upper())]
    proxy = next(filter(None, map(environment.get, names)), None)
    exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    for name in filter(None, (entry.strip().lstrip(".").lower() for entry in exempt.split(","))):
        if name == "*" or f".{parts.hostname}".endswith(f".{name}"):
            return None
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
