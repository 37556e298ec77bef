"""The reporters' credentials: found in the configuration and the environment, hidden from models.

Models are imported into this process. Before that, `withhold` takes out of the environment: the
variables that only drift uses, such as DRIFT_GITHUB_TOKEN, which replaces GITHUB_TOKEN; the URL
that the action passes on; and every variable that holds a credential in use of GitHub, Slack or the
webhook. SENTRY_DSN itself stays: many applications start Sentry when they are imported, and it only
allows to send events.

So code that reads, logs or passes on the environment gets no credential. It is no sandbox: code
that runs in the same process can find everything in its memory.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from drift.config import Settings
from drift.lazy_regex import lazy_regex
from drift.redaction import is_random
from drift.reporters import REPORTERS, Sources

_OWN = {
    "DRIFT_GITHUB_TOKEN": "GITHUB_TOKEN",
    "DRIFT_SENTRY_DSN": "SENTRY_DSN",
    "DRIFT_SLACK_TOKEN": "SLACK_BOT_TOKEN",
    "DRIFT_SLACK_WEBHOOK_URL": "SLACK_WEBHOOK_URL",
}
_ALONE = ("DRIFT_CHECK_DATABASE", "DRIFT_WEBHOOK_URL", "DRIFT_WEBHOOK_SECRET")
_NAMED = lazy_regex("auth|token|key|secret|signature|cookie|credential|password", re.IGNORECASE)
_SHARED = frozenset({"sentry"})
"""Reporters whose variable the application keeps."""


def known(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for the configuration and the reporters: drift's own names first."""
    own = {usual: environment[name] for name, usual in _OWN.items() if environment.get(name)}
    return {**environment, **own}


def withhold(
    environment: MutableMapping[str, str], settings: Settings, reports: Collection[str]
) -> None:
    """Remove the variables from the environment that only the reporters need."""
    variables = known(environment)
    used = {
        credential.strip()
        for name in reports
        if name not in _SHARED
        for credential in _in_use(name, settings, variables)
    } - {""}
    for name, value in list(environment.items()):
        if name in _OWN or name in _ALONE or value.strip() in used:
            del environment[name]


def of(name: str, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """Return a reporter's credentials: the configured one first, then those of the environment."""
    return [
        value
        for setting, variables in REPORTERS[name].credentials.items()
        for value in _values(name, setting, variables, settings, environment)
    ]


def configured(name: str, settings: Settings, environment: Mapping[str, str]) -> bool:
    """Return whether a reporter has the credentials and the address that it needs."""
    address: Sources = REPORTERS[name].address
    return bool(of(name, settings, environment)) and (
        not address
        or any(
            value
            for setting, variables in address.items()
            for value in _values(name, setting, variables, settings, environment)
        )
    )


def secrets(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the keys and tokens of all reporters, which no output may hold."""
    for name in REPORTERS:
        for credential in of(name, settings, environment):
            yield credential
            yield from parts(credential)


def parts(credential: str) -> Iterator[str]:
    """Yield the parts of a credential that are secret alone.

    It may be a URL, such as https://KEY:SECRET@HOST/PROJECT or https://HOST/hook/TOKEN, or the
    value of a header, such as Bearer TOKEN.
    """
    user, at, _ = credential.rpartition("@")
    if at:
        yield from user.rpartition("/")[2].split(":")
    yield from filter(is_random, credential.split()[1:])
    if credential.startswith(("http://", "https://")):
        try:
            url = urlsplit(credential)
        except ValueError:
            return
        values = [*url.path.split("/"), *(value for _, value in parse_qsl(url.query))]
        yield from filter(is_random, values)


def _in_use(name: str, settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the credentials that a reporter uses."""
    for setting, variables in REPORTERS[name].credentials.items():
        values = _values(name, setting, variables, settings, environment)
        if setting == "headers":
            yield from values
            for value in values:
                yield from parts(value)
        else:
            yield from values[:1]


def _values(
    name: str,
    setting: str,
    variables: Collection[str],
    settings: Settings,
    environment: Mapping[str, str],
) -> list[str]:
    """Return the values of a setting and of the variables that replace it, without empty ones."""
    written: Any = getattr(getattr(settings, name, None), setting, None)
    values = _of_headers(written) if isinstance(written, Mapping) else (written,)
    return list(filter(None, (*values, *map(environment.get, variables))))


def _of_headers(headers: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the values that are credentials, by their name or look; others are ordinary words."""
    for name, value in headers.items():
        if value and (_NAMED.search(name) or is_random(value)):
            yield value
