"""The reporters' credentials: found in the configuration and the environment, hidden from models.

Models are imported into this process. Before that, `withhold` takes out of the environment: drift's
own DRIFT_GITHUB_TOKEN and DRIFT_SENTRY_DSN, which replace GITHUB_TOKEN and SENTRY_DSN; the URL that
the action passes on; and every variable with the token of a report to GitHub. SENTRY_DSN itself
stays: many applications start Sentry when they are imported, and it only allows to send events.

So code that reads, logs or passes on the environment gets no credential. It is no sandbox: code
that runs in the same process can find everything in its memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, MutableMapping

from drift.config import Settings
from drift.reporters import REPORTERS

_OWN = {"DRIFT_GITHUB_TOKEN": "GITHUB_TOKEN", "DRIFT_SENTRY_DSN": "SENTRY_DSN"}
_PASSED_ON = ("DRIFT_CHECK_DATABASE",)


def known(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for the configuration and the reporters: drift's own names first."""
    own = {usual: environment[name] for name, usual in _OWN.items() if environment.get(name)}
    return {**environment, **own}


def withhold(
    environment: MutableMapping[str, str], settings: Settings, reports: Collection[str]
) -> None:
    """Remove the variables from the environment that only the reporters need."""
    token = ""
    if "github" in reports:
        token = next(iter(of("github", settings, known(environment))), "").strip()
    for name, value in list(environment.items()):
        if name in _OWN or name in _PASSED_ON or (token and value.strip() == token):
            del environment[name]


def of(name: str, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """Return a reporter's credentials: the configured one first, then those of the environment."""
    entry = REPORTERS[name]
    configured = getattr(getattr(settings, name, None), entry.setting, None)
    return list(filter(None, (configured, *map(environment.get, entry.variables))))


def secrets(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the keys and tokens of all reporters, which no output may hold."""
    for name in REPORTERS:
        for credential in of(name, settings, environment):
            yield credential
            user, at, _ = credential.rpartition("@")
            if at:  # a URL, such as https://KEY:SECRET@HOST/PROJECT
                yield from user.rpartition("/")[2].split(":")
