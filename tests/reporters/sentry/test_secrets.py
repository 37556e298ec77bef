"""Nothing of the host, the arguments or the environment leaves it, and no password at all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import command
from tests.reporters.sentry.receiver import Receiver
from tests.servers import Database

PASSWORD = "hunter2-Pa55w0rd"
CONFIGURATION = """
targets:
  production:
    database: ${DATABASE_URL}
    models: shop_models:Base
sentry:
  dsn: ${SENTRY_DSN}
  monitor:
    slug: schema-drift
    schedule: "17 4 * * *"
"""
MODELS = f"""
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()
connection = "postgresql://app:{PASSWORD}@db/shop"
class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text, default="{PASSWORD}")
"""
BROKEN = f"raise RuntimeError('cannot connect with {PASSWORD}, sincerely')\n"


def checked(
    folder: Path, server: Receiver, url: str, models: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run a check with the password in URL, arguments, environment, models and settings."""
    (folder / "drift.yaml").write_text(CONFIGURATION)
    (folder / "shop_models.py").write_text(models)
    planted = {
        "APP_PASSWORD": PASSWORD,
        "DATABASE_URL": url,
        "PGPASSWORD": PASSWORD,
        "SENTRY_DSN": server.dsn,
        "SENTRY_NAME": PASSWORD,
        "SENTRY_SPOTLIGHT": f"http://127.0.0.1:{server.server_port}/{PASSWORD}",
    }
    arguments = ("check", "--report", "sentry", *options)
    return command.drift(*arguments, cwd=folder, env=os.environ | planted)


def assert_nothing_leaked(server: Receiver, folder: Path) -> None:
    assert server.bodies
    everything = b"\n".join([*server.bodies, *server.heads])
    forbidden = [PASSWORD, str(folder), str(Path.home()), socket.gethostname(), sys.executable]
    for secret in forbidden:
        assert secret.encode() not in everything
    kinds = [payload.get("server_name") for payload in server.payloads("event")]
    assert set(kinds) <= {None}


def test_drift_is_sent_without_a_password(
    database: Database, server: Receiver, tmp_path: Path
) -> None:
    role = database.role("app")
    database.admin(f"ALTER ROLE {{}} PASSWORD '{PASSWORD}'", role)
    url = database.url_for(role, PASSWORD)
    outcome = checked(tmp_path, server, url, MODELS, "--database", url)
    assert outcome.returncode == 1, outcome.stderr
    assert [event["tags"]["table"] for event in server.payloads("event")] == ["public.users"]
    assert [one["status"] for one in server.payloads("check_in")] == ["in_progress", "ok"]
    assert_nothing_leaked(server, tmp_path)


@pytest.mark.parametrize("models", [BROKEN, MODELS])
def test_a_failure_is_sent_without_the_text_of_the_exception(
    server: Receiver, tmp_path: Path, models: str
) -> None:
    url = f"postgresql://app:{PASSWORD}@127.0.0.1:1/shop"
    outcome = checked(tmp_path, server, url, models, "--database", url)
    assert outcome.returncode == 2
    assert [event["tags"]["rule"] for event in server.payloads("event")] == ["could-not-check"]
    assert [one["status"] for one in server.payloads("check_in")] == ["in_progress", "error"]
    assert_nothing_leaked(server, tmp_path)
