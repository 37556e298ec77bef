"""The keys of the configuration.

These structs are the one declaration of the configuration: the reader validates by them, and the
JSON Schema is generated from them. A field with a description is a key of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from drift.config import rules, values
from drift.config.declaration import key
from drift.config.ignore_entry import IgnoreEntry
from drift.config.keys import SqlFiles, StrictKinds
from drift.config.receivers import GitHub, Sentry, Slack, Webhook
from drift.config.values import Duration, LongDuration, Text
from drift.model import Severity

PER_HOST = 8
"""Connections to one host at a time: a small server accepts fewer than 100 in all, of which the
application needs most."""

_EMPTY = "is empty; write a value, or leave the key out"


class Migrations(msgspec.Struct, frozen=True, kw_only=True):
    """The project's Alembic environment; times in seconds."""

    config: Annotated[
        Text | None,
        key(
            "alembic.ini, pyproject.toml or the folder of env.py, from the project's folder on. "
            "Default: found as Alembic finds it.",
            empty=_EMPTY,
        ),
    ] = None
    section: Annotated[
        Text | None, key("Section of alembic.ini, as `alembic --name`.", empty=_EMPTY)
    ] = None
    variables: Annotated[
        tuple[Text, ...],
        key("Environment variables from which env.py takes the URL of the database."),
    ] = ("DATABASE_URL",)
    timeout: Annotated[LongDuration, key("Time that running the migrations may take.")] = 10 * 60


class Common(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that may stand at the top level and in a target."""

    database: Annotated[
        values.Database | None,
        key("URL in any SQLAlchemy or libpq spelling. Default: DATABASE_URL, PG*.", empty=_EMPTY),
    ] = None
    models: Annotated[
        tuple[values.Models, ...],
        key(
            "package.module:attribute of a declarative base, MetaData, registry, SQLModel, a "
            "Flask-SQLAlchemy db, or a function that returns one of these."
        ),
    ] = ()
    expected: Annotated[
        Text | None,
        key(
            "Source of the expected schema, such as snapshot:schema.json; `drift sources` lists "
            "them. Default: models.",
            empty=_EMPTY,
        ),
    ] = None
    migrations: Annotated[Migrations, key("The Alembic environment that makes the database.")] = (
        Migrations()
    )
    alembic: Annotated[
        values.Flag,
        key(
            "Whether to apply include_object, include_name and other hooks of env.py; models that "
            "are not configured come from its target_metadata."
        ),
    ] = False
    causes: Annotated[
        values.Flag, key("Whether to find the cause of each difference, on a scratch server.")
    ] = False
    bind: Annotated[
        Text | None, key("Compare only the models with this __bind_key__.", empty=_EMPTY)
    ] = None
    imports: Annotated[
        tuple[values.Module, ...],
        key("Modules and packages to import first; a package with everything below it."),
    ] = msgspec.field(name="import", default=())
    sql: SqlFiles = ()
    strict: StrictKinds = ()
    schemas: Annotated[
        tuple[Text, ...],
        key("Schemas in addition to those of the models; tenant_* is one schema per tenant."),
    ] = ()
    ignore: Annotated[
        tuple[IgnoreEntry, ...],
        key("Differences that are accepted. A target's entries are added to the shared ones."),
    ] = ()
    severity: Annotated[
        Mapping[rules.RuleKey, rules.Level],
        key("Severity per rule or pattern, or off. A target's override the shared ones."),
    ] = {}
    advice: Annotated[rules.Advice, key("Advice to give: true, or rules and patterns.")] = ()
    hint: Annotated[
        values.Sentence,
        key("Sentence at the end of a report with differences, such as: run make migrate."),
    ] = ""
    connect_timeout: Annotated[Duration, key("Time to connect, retries included.")] = 10
    statement_timeout: Annotated[Duration, key("Time that one statement may take.")] = 60
    lock_timeout: Annotated[Duration, key("Time to wait for one lock.")] = 5


class Target(Common, frozen=True, kw_only=True):
    """One database and the models that it should agree with; times in seconds.

    `bind` names those models that belong to the database, `binds` are those that have a target,
    this one or another. `severity` is by rule or pattern; None: off. `problems` are why the
    configuration of the target cannot be used. `path` are the folders to import the models from:
    those that are configured, and the project's. `tables` are patterns: () stands for everything.
    `tenants` are the schemas on the command line that match a pattern, which is their value.
    `configured` and `plan_options` are for commands in reports: see `drift.report.report.Check`.
    """

    name: str
    tables: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    tenants: Mapping[str, str] = {}
    configured: bool = True
    plan_options: tuple[str, ...] = ()

    @property
    def init_hint(self) -> str:
        """A hint at `drift init` for messages, if there is no configuration."""
        if self.path:
            return ""
        return " (not found in this folder or above; create it with drift init)"

    def __repr__(self) -> str:
        """Return the name alone: `database` may hold a password."""
        return f"Target({self.name!r})"


class TargetSection(Common, frozen=True, kw_only=True):
    """A target as the file describes it."""

    binds: Annotated[
        Mapping[values.BindKey, values.BindDatabase],
        key("Databases of the models with a __bind_key__, by that key.", fails_alone=True),
    ] = {}


class Document(TargetSection, frozen=True, kw_only=True):
    """The whole file: the keys that all targets share, the targets, and the receivers."""

    path: Annotated[
        tuple[Text, ...], key("Folders to import from, relative to the project's folder.")
    ] = ()
    env_file: Annotated[
        tuple[Text, ...],
        key(
            "Files with environment variables, such as .env, from the project's folder on. They "
            "never replace a variable that is set; a file that does not exist is skipped."
        ),
    ] = ()
    sentry: Annotated[Sentry, key("Events that --report sentry sends.")] = Sentry()
    github: Annotated[GitHub, key("The issue that --report github keeps up to date.")] = GitHub()
    slack: Annotated[Slack, key("The message that --report slack keeps up to date.")] = Slack()
    webhook: Annotated[Webhook, key("The address that --report webhook posts to.")] = Webhook()
    scratch: Annotated[
        values.Database | None,
        key(
            "URL of a server on which drift may create and drop databases, to run migrations. "
            "Default: the bundled PostgreSQL.",
            empty=_EMPTY,
        ),
    ] = None
    connections_per_host: Annotated[
        values.Count,
        key("Most connections to one host at a time, regardless of --jobs."),
    ] = PER_HOST
    fail_on: Annotated[
        rules.Threshold | None,
        key("Least severity that makes `drift check` exit with 1. Default: warning."),
    ] = None
    strict_ignores: Annotated[
        values.Flag,
        key(
            "Whether ignore entries that are expired or match nothing make `drift check` exit "
            "with 1."
        ),
    ] = False
    history: Annotated[
        Text | None,
        key(
            "File with the findings of earlier runs, from the project's folder on; --history names "
            "another.",
            empty=_EMPTY,
        ),
    ] = None
    notify: Annotated[
        values.Notify, key("all (default), or new: only new findings notify. new needs a history.")
    ] = "all"
    targets: Annotated[
        Mapping[values.TargetName, TargetSection],
        key("Databases to check, by name. Default: one target, named default."),
    ] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration: the selected targets, and the values that they share (`base`).

    `variables` are those of the `env_files`, which may be missing.
    """

    targets: tuple[Target, ...]
    base: Target = Target(name="default")
    scratch: str | None = None
    connections_per_host: int = PER_HOST
    fail_on: Severity | None = None
    strict_ignores: bool = False
    sentry: Sentry = Sentry()
    github: GitHub = GitHub()
    slack: Slack = Slack()
    webhook: Webhook = Webhook()
    history: Path | None = None
    notify: str = "all"
    path: Path | None = None
    env_files: tuple[Path, ...] = ()
    variables: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Return the targets alone: the other values may hold passwords."""
        return f"Settings({self.targets!r})"

    def notifies_new(self, receiver: str) -> bool:
        """Return whether only new findings notify the users of a receiver."""
        section = getattr(self, receiver, None)
        return (getattr(section, "notify", None) or self.notify) == "new"
