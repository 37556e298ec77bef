"""The kinds of values that lead to a receiver. They hold secrets, so no message quotes them."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from drift.config.problems import InvalidValueError
from drift.config.values import Scalar, kind, matching, one_line
from drift.lazy_regex import lazy_regex

OWN_HEADERS = frozenset(
    "connection content-encoding content-length content-type expect host keep-alive te trailer "
    "transfer-encoding upgrade user-agent".split()
)
"""Headers that drift or the connection sets itself."""

_URL = lazy_regex(r"https?://[!-~]+")
_FORM = "https://HOST/PATH"
_NAME = "[0-9A-Za-z][0-9A-Za-z_-]{0,127}"


def web_address(url: str) -> str:
    """Return the problem with the address of a receiver; "" for a valid one.

    Only a receiver on the same machine may be reached without TLS.
    """
    try:
        parts = urlsplit(url)
        valid = _URL.fullmatch(url) and parts.hostname and parts.port != 0 and not parts.fragment
    except ValueError:
        valid, parts = None, urlsplit("")
    if not valid:
        return f"is not an address; write {_FORM}"
    if "@" in parts.netloc:
        return "must not hold a user or password; send them in a header"
    if parts.scheme == "http" and not _is_local(parts.hostname or ""):
        return f"is not encrypted; write {_FORM} (http only reaches localhost)"
    return ""


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def printable(text: str) -> bool:
    """Return whether text may be the value of a header."""
    return bool(re.fullmatch(r"[!-~]([ -~]*[!-~])?", text)) and len(text) <= 8192


def _address(scalar: Scalar) -> str:
    text = one_line(scalar)
    if problem := web_address(text):
        raise InvalidValueError(problem)
    return text


def _private(scalar: Scalar) -> str:
    text = one_line(scalar).strip()
    if not printable(text):
        raise InvalidValueError("holds characters other than printable ASCII; set it again")
    return text


def _header(scalar: Scalar) -> str:
    name = scalar.text.lower()
    if not re.fullmatch(_NAME, scalar.text):
        raise InvalidValueError("a header's name has letters, digits and '-' only")
    if name in OWN_HEADERS or name.startswith("x-drift-"):
        raise InvalidValueError("drift sets this header itself")
    return scalar.text


PrivateAddress = Annotated[str, kind(_address, pattern=r"https?://[^\s@]+", suggest_default=False)]
PrivateText = Annotated[str, kind(_private, schema={"minLength": 1}, suggest_default=False)]
HeaderName = Annotated[
    str, kind(_header, schema={"pattern": r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$"})
]
SlackChannel = Annotated[
    str,
    matching(
        "[CG][A-Z0-9]{6,20}",
        "the ID of a channel; write one such as C0123456789: Slack shows it at the end of the "
        "channel's details",
    ),
]
