"""The proxy of the environment is used, unless NO_PROXY names the host."""

from __future__ import annotations

import pytest
from urllib3 import ProxyManager

from drift.reporters.http.pool import pool


@pytest.mark.parametrize(
    ("environment", "proxied"),
    [
        ({"http_proxy": "PROXY"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "other.example.com, .test"}, True),
        ({"HTTP_PROXY": "PROXY", "no_proxy": "example.com"}, False),
        ({"HTTP_PROXY": "PROXY", "no_proxy": "*"}, False),
        ({"HTTPS_PROXY": "PROXY"}, False),
    ],
)
def test_a_proxy_of_the_environment_is_used(environment: dict[str, str], proxied: bool) -> None:
    address = "http://user:p%40ss@127.0.0.1:3128"
    known = {name: value.replace("PROXY", address) for name, value in environment.items()}
    manager = pool("http://github.example.com", known)
    assert isinstance(manager, ProxyManager) is proxied
    if isinstance(manager, ProxyManager):
        assert manager.proxy_headers == {"proxy-authorization": "Basic dXNlcjpwQHNz"}
