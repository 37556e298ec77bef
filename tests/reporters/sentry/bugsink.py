"""A real server that speaks Sentry's protocol: Bugsink, with its database in a file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.programs import free_port, lacking, once, python_environment

LARGEST_EVENT = 20_000
MOST_EVENTS = 15
LOGIN = ("tester", "tester-of-drift")
_CONFIGURATION = f"""
import os
from bugsink.settings.default import *

SECRET_KEY = "for tests only, on the loopback, and long enough for what checks that it is long"
DATABASES["default"]["NAME"] = "db.sqlite3"
DATABASES["snappea"]["NAME"] = "snappea.sqlite3"
SNAPPEA = {{"TASK_ALWAYS_EAGER": True}}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
ALLOWED_HOSTS = ["*"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_SSL_REDIRECT = False
TIME_ZONE = "UTC"
BUGSINK = {{
    "BASE_URL": os.environ.get("BUGSINK_URL", "http://127.0.0.1:8000"),
    "SINGLE_USER": True,
    "SINGLE_TEAM": True,
    "USER_REGISTRATION": "CB_NOBODY",
    "PHONEHOME": False,
    "INGEST_STORE_BASE_DIR": os.path.abspath("ingestion"),
    "MAX_EVENT_SIZE": {LARGEST_EVENT},
    "MAX_EVENTS_PER_PROJECT_PER_5_MINUTES": {MOST_EVENTS},
}}
"""
_FILL = f"""
from django.contrib.auth import get_user_model
from projects.models import Project
get_user_model().objects.create_superuser({LOGIN[0]!r}, "tester@example.com", {LOGIN[1]!r})
Project.objects.create(name="Template", slug="template")
"""


class Bugsink:
    """A server that runs; its projects and issues are read and written in its database."""

    def __init__(self, port: int, database: Path) -> None:
        self.port = port
        self._database = database

    def project(self) -> str:
        """Make a project and return its DSN."""
        key = uuid.uuid4().hex
        with closing(self._connect()) as connection, connection:
            found = dict(connection.execute("SELECT * FROM projects_project LIMIT 1").fetchone())
            del found["id"]
            found |= {"slug": f"p{key[:20]}", "name": f"Shop {key[:4]}", "sentry_key": key}
            marks = ", ".join("?" * len(found))
            number = connection.execute(
                f"INSERT INTO projects_project ({', '.join(found)}) VALUES ({marks})",
                tuple(found.values()),
            ).lastrowid
        return f"http://{key}@127.0.0.1:{self.port}/{number}"

    def issues(self, dsn: str) -> list[dict[str, Any]]:
        """Return the issues of a project, the oldest first."""
        number = dsn.rpartition("/")[2]
        query = "SELECT * FROM issues_issue WHERE project_id = ? ORDER BY first_seen"
        with closing(self._connect()) as connection:
            return [dict(row) for row in connection.execute(query, [number])]

    def resolve(self, dsn: str) -> None:
        """Mark all issues of a project as resolved, as its button does."""
        number = dsn.rpartition("/")[2]
        with closing(self._connect()) as connection, connection:
            connection.execute(
                "UPDATE issues_issue SET is_resolved = 1, is_resolved_unconditionally = 1 "
                "WHERE project_id = ?",
                [number],
            )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._database, timeout=20)
        connection.row_factory = sqlite3.Row
        return connection


@contextmanager
def bugsink(folder: Path) -> Iterator[Bugsink]:
    """Run a server in an empty folder, on a copy of the database that was migrated once."""
    programs = python_environment("bugsink")
    shutil.copytree(
        once(f"bugsink-database-{MOST_EVENTS}-{LARGEST_EVENT}", _migrated(programs)),
        folder,
        dirs_exist_ok=True,
    )
    port = free_port()
    command = [
        str(programs / "gunicorn"),
        "-b",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "bugsink.wsgi",
    ]
    variables = _variables() | {"BUGSINK_URL": f"http://127.0.0.1:{port}"}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
    try:
        _wait(server, port, folder / "log")
        yield Bugsink(port, folder / "db.sqlite3")
    finally:
        server.terminate()
        server.wait(20)


def _migrated(programs: Path) -> Any:
    def make(folder: Path) -> None:
        (folder / "bugsink_conf.py").write_text(_CONFIGURATION)
        for arguments in (["migrate"], ["migrate", "--database=snappea"], ["shell", "-c", _FILL]):
            subprocess.run(
                [programs / "bugsink-manage", *arguments],
                cwd=folder,
                env=_variables(),
                check=True,
                capture_output=True,
                timeout=240,
            )

    return make


def _variables() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "bugsink_conf", "PYTHONPATH": "."}


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    lacking(f"Bugsink did not start: {log.read_text()[-500:]}")
