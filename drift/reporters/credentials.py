"""Keeps the reporters' credentials from the models' code, which is imported into this process.

What is taken out of the environment is drift's own: DRIFT_GITHUB_TOKEN and DRIFT_SENTRY_DSN, which
stand for GITHUB_TOKEN and SENTRY_DSN, the URL that the action passes on, and every variable that
holds the token that a report to GitHub is written with. SENTRY_DSN itself stays: many applications
start Sentry when they are imported, and it allows no more than to send events.

This keeps a credential out of what reads, logs or passes on the environment. It is no sandbox: code
that runs in the same process can find what the process holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping

from drift.config.settings import Settings

_OWN = {"DRIFT_GITHUB_TOKEN": "GITHUB_TOKEN", "DRIFT_SENTRY_DSN": "SENTRY_DSN"}
_PASSED_ON = ("DRIFT_CHECK_DATABASE",)
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
"""What a token for GitHub is looked for in."""


def known(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for the configuration and the reporters: drift's own names first."""
    found = dict(environment)
    for own, usual in _OWN.items():
        if environment.get(own):
            found[usual] = environment[own]
    return found


def withhold(
    environment: MutableMapping[str, str], settings: Settings, reports: Collection[str]
) -> None:
    """Take out of the environment what only the reporters need, before models are imported."""
    token = ""
    if "github" in reports:
        usual = filter(None, map(known(environment).get, TOKENS))
        token = (settings.github.token or next(usual, "")).strip()
    for name, value in list(environment.items()):
        if name in _OWN or name in _PASSED_ON or (token and value.strip() == token):
            del environment[name]
