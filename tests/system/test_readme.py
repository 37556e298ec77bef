"""What the README shows is what the program prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from drift.config import load
from drift.formats import FORMATS
from drift.kinds import RULES
from drift.reporters import REPORTERS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPORTS = (ROOT / "drift" / "guide" / "reports.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_demonstrations_real_output() -> None:
    shown = re.search(r"<!-- demo -->\n```text\n(.*?)```\n<!-- /demo -->", README, re.DOTALL)
    assert shown is not None
    done = subprocess.run(
        [sys.executable, "-m", "drift", "demo"], capture_output=True, text=True, cwd=ROOT,
        timeout=120, check=False,
    )  # fmt: skip
    assert _comparable(done.stdout).startswith(_comparable(shown[1]))


def _comparable(text: str) -> str:
    """Leave out what differs from run to run: the socket's folder and the server's version."""
    text = re.sub(r"on\s+\S+,\s+role\s+drift,\s+PostgreSQL\s+\S+", "on …", text)
    return re.sub(r"checked at .* UTC, in .* s\n", "checked at …\n", text.strip())


def test_the_example_configuration_loads() -> None:
    environment = {"PRODUCTION_DATABASE_URL": "postgresql://x", "STAGING_DATABASE_URL": "y"}
    settings = load(ROOT / "config" / "drift.yaml", environment=environment, known_rules=RULES)
    assert {target.name for target in settings.targets} >= {"production", "staging"}


def test_every_format_and_reporter_is_explained() -> None:
    for name in FORMATS:
        assert f"| `{name}` |" in REPORTS
    for name in REPORTERS:
        assert f"--report {name}" in REPORTS


def test_the_example_says_everything_about_the_receivers() -> None:
    environment = {"PRODUCTION_DATABASE_URL": "x", "SENTRY_DSN": "y", "GITHUB_TOKEN": "z"}
    settings = load(
        ROOT / "config" / "drift.yaml",
        environment=environment,
        known_rules=RULES,
        reports=REPORTERS,
    )
    assert settings.sentry.monitor is not None
    assert settings.sentry.dsn == "y"
    assert settings.github.token == "z"
    assert settings.github.labels == ("schema-drift", "database")
