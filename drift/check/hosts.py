"""Tells the hosts of targets apart, for the limit of connections to each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from drift.check.address import address_of
from drift.errors import DriftError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.config import Target

Host: TypeAlias = tuple[str, str]
"""A host's name, address or socket folder, and the port; of a service, its name."""

_OF_HOSTS = frozenset({b"host", b"hostaddr", b"port", b"service"})


def hosts_of(target: Target, environment: Mapping[str, str] = os.environ) -> frozenset[Host]:
    """Return the hosts that a connection may go to, as the address spells them.

    Without an address, there are none: the check reports what is wrong with it.
    """
    from psycopg import pq

    try:
        given = address_of(target, environment).parameters
    except DriftError:
        return frozenset()
    defaults = {
        option.keyword.decode(): (option.val or b"").decode(errors="replace")
        for option in pq.Conninfo.get_defaults()
        if option.keyword in _OF_HOSTS  # others are secrets, such as PGPASSWORD
    }
    service = given.get("service") or defaults.get("service")
    if service and not (given.get("hostaddr") or given.get("host")):
        return frozenset({(f"service={service}", given.get("port", ""))})
    hosts = _list("hostaddr", given, defaults) or _list("host", given, defaults) or [""]
    ports = _list("port", given, defaults) or [""]
    ports = ports if len(ports) == len(hosts) else ports[:1] * len(hosts)
    of_others = defaults.get("port", "")
    return frozenset(
        (host if host.startswith("/") else host.lower(), port or of_others)
        for host, port in zip(hosts, ports, strict=True)
    )


def _list(name: str, given: Mapping[str, str], defaults: Mapping[str, str]) -> list[str]:
    """Return the values of a parameter, which libpq takes from its variables if it is missing."""
    value = given.get(name) or defaults.get(name)
    return [each.strip() for each in value.split(",")] if value else []
