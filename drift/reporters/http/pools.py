"""Connections to a receiver: certificates are verified, and the environment's proxy is used."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import certifi
import urllib3


def pool(url: str, environment: Mapping[str, str]) -> urllib3.PoolManager:
    """Return connections to a URL's host, through the proxy that the environment names for it.

    Raises ProxyAddressError where the environment names none that could be one.
    """
    authorities = (environment.get(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"))
    trusted = next(filter(None, authorities), certifi.where())
    proxy = _proxy(url, environment)
    if not proxy:
        return urllib3.PoolManager(cert_reqs="CERT_REQUIRED", ca_certs=trusted)
    try:
        user = urlsplit(proxy).netloc.rpartition("@")[0]
        headers = urllib3.make_headers(proxy_basic_auth=unquote(user)) if user else {}
        return urllib3.ProxyManager(
            proxy, proxy_headers=headers, cert_reqs="CERT_REQUIRED", ca_certs=trusted
        )
    except (urllib3.exceptions.HTTPError, ValueError):
        # What urllib3 says of an address holds the proxy's password.
        raise ProxyAddressError from None


class ProxyAddressError(Exception):
    """The proxy that the environment names is no address."""

    def __init__(self) -> None:
        super().__init__(
            "the proxy's address cannot be used; write http://HOST:PORT into HTTPS_PROXY"
        )


def _proxy(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for a URL's host, unless NO_PROXY names that."""
    parts = urlsplit(url)
    bases = (f"{parts.scheme}_proxy", "all_proxy")
    names = [name for base in bases for name in (base, base.upper())]
    found = next(filter(None, map(environment.get, names)), None)
    exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if not found or _is_exempt(parts.hostname or "", exempt):
        return None
    return found if "://" in found else f"http://{found}"


def _is_exempt(host: str, names: str) -> bool:
    """Tell whether NO_PROXY names a host, or a domain above it."""
    domains = [name.strip().lstrip(".").lower() for name in names.split(",") if name.strip()]
    return any(name == "*" or f".{host}".endswith(f".{name}") for name in domains)
