"""The JSON Schema for editors: generated, and of one mind with the loader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from drift.config import load, schema
from drift.config.declaration import keys_of
from drift.config.ignore_entry import IgnoreEntry
from drift.config.receivers import GitHub, Monitor, Sentry, Slack, Webhook
from drift.config.settings import Document, Migrations
from drift.errors import ConfigurationError
from drift.kinds import RULES

ROOT = Path(__file__).parents[2]
STORED = ROOT / "config" / schema.FILE_NAME
SCHEMA: Any = json.loads(schema.text())


class Yaml12(yaml.SafeLoader):
    """Reads YAML as editors do, which follow version 1.2: dates, on and off are strings."""


Yaml12.yaml_implicit_resolvers = {
    character: [
        (tag, pattern)
        for tag, pattern in resolvers
        if not tag.endswith(("timestamp", "bool")) or character in "tTfF"
    ]
    for character, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def schema_problems(text: str) -> list[str]:
    document = yaml.load(text, Yaml12)
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_stored_schema_is_the_generated_one() -> None:
    """If this fails: python -m drift.config.schema > config/drift.schema.json."""
    assert STORED.read_text(encoding="utf-8") == schema.text()


@pytest.mark.parametrize("validator", [Draft7Validator, Draft202012Validator])
def test_it_is_a_valid_schema(validator: Any) -> None:
    validator.check_schema(SCHEMA)


@pytest.mark.parametrize("section", [Document, Sentry, Monitor, GitHub, IgnoreEntry])
def test_every_key_has_a_description_in_the_schema(section: Any) -> None:
    text = schema.text()
    for name, key in keys_of(section).items():
        assert f'"{name}": {{' in text
        assert json.dumps(key.schema["description"], ensure_ascii=False) in text


def test_the_readme_or_the_guide_names_every_key() -> None:
    texts = [ROOT / "README.md", *(ROOT / "drift" / "guide").glob("*.md")]
    readme = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    for section in (Document, Sentry, Monitor, GitHub, Slack, Webhook, IgnoreEntry):
        assert [
            name
            for name in keys_of(section)
            if f"`{name}`" not in readme and f"{name}:" not in readme
        ] == []


def test_the_example_names_the_schema_beside_it_and_follows_it() -> None:
    text = (ROOT / "config" / "drift.yaml").read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema={STORED.name}\n")
    assert schema_problems(text) == []


def test_the_example_has_every_key_some_of_them_commented_out() -> None:
    text = (ROOT / "config" / "drift.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^( *)# ( *(?:- )?\w+:(?: |$))", r"\1\2", text, flags=re.MULTILINE)
    assert schema_problems(text) == []
    example = yaml.safe_load(text)
    sections = {"sentry": Sentry, "github": GitHub, "slack": Slack, "webhook": Webhook}
    sections |= {"migrations": Migrations}
    assert keys_of(Document).keys() == example.keys()
    for name, section in sections.items():
        assert keys_of(section).keys() == example[name].keys()
    assert keys_of(Monitor).keys() == example["sentry"]["monitor"].keys()
    assert keys_of(IgnoreEntry).keys() == {key for entry in example["ignore"] for key in entry}


ENTRY = "rule: '*', object: a.b, reason: r"
GOOD = {
    "one target": "models: a.b:C\ndatabase: postgresql://h/d",
    "lists and their short forms": "models: [a:b, c.d:E]\nimport: a\nschemas: [x, y]\npath: src",
    "nothing after a key": "models:\nseverity:\ntargets:\n  one:\n  two: {ignore: }\nsentry:",
    "variables": "models: ${M}\ndatabase: ${U:-x}\nlock_timeout: ${T:-5s}\nfail_on: ${F:-info}",
    "durations": "connect_timeout: 5\nlock_timeout: 500ms\nstatement_timeout: '2 min'",
    "numbers": "connections_per_host: 2",
    "severities": 'severity: {extra-index: info, "extra-*": off, missing-table: "off"}',
    "an entry with a date": f"ignore: [{{{ENTRY}, until: 2030-12-31}}]",
    "a date from a variable": f"ignore: [{{{ENTRY}, until: '${{D:-2030-01-01}}'}}]",
    "binds": "binds: {logs: postgresql://h/l}\nbind: files",
    "a monitor": "sentry: {monitor: {slug: a-b, schedule: 1 2 * * *, max_runtime: 1h}}",
    "an issue": "github: {labels: a, repository: a/b, api_url: https://x/y, pull_requests: true}",
}
BAD = {
    "a list": "- a",
    "an unknown key": "modles: a:b",
    "an unknown key of a target": "targets: {one: {databse: x}}",
    "an unknown key of an entry": f"ignore: [{{{ENTRY}, untli: 2030-01-01}}]",
    "an unknown key of a receiver": "sentry: {monitor: {slug: a, schedule: 1 2 * * *, x: y}}",
    "a key of the top level in a target": "targets: {one: {fail_on: info}}",
    "a number as a string": "database: 5",
    "a mapping as a string": "schemas: {a: b}",
    "an empty string": "schemas: ['']",
    "a database without its braces": "database: $DATABASE_URL",
    "nothing as a database": "database:",
    "nothing as the database of a bind": "binds: {logs: }",
    "nothing as targets": "targets:",
    "nothing as a severity": "severity: {extra-index: }",
    "a list of targets": "targets: [a]",
    "a name of a target": "targets: {a b: }",
    "models without an attribute": "models: a.b",
    "models of a file": "models: [a:b, app/models.py:Base]",
    "a module": "import: a-b",
    "a duration": "lock_timeout: soon",
    "a negative duration": "lock_timeout: -1",
    "no time at all": "lock_timeout: 0",
    "a short margin": "sentry: {monitor: {slug: a, schedule: 1 2 * * *, checkin_margin: 10}}",
    "no connections": "connections_per_host: 0",
    "many connections": "connections_per_host: 65",
    "a number": "connections_per_host: many",
    "a severity": "severity: {extra-index: loud}",
    "a threshold": "fail_on: off",
    "one entry in place of a list": f"ignore: {{{ENTRY}}}",
    "an entry without a reason": "ignore: [{rule: '*', object: a.b}]",
    "an empty reason": "ignore: [{rule: '*', object: a.b, reason: }]",
    "an object without a schema": "ignore: [{rule: '*', object: users, reason: r}]",
    "a day": f"ignore: [{{{ENTRY}, until: tomorrow}}]",
    "a monitor without a schedule": "sentry: {monitor: {slug: a}}",
    "a slug": "sentry: {monitor: {slug: A B, schedule: 1 2 * * *}}",
    "a schedule": "sentry: {monitor: {slug: a, schedule: daily}}",
    "an environment": "sentry: {environment: a/b}",
    "a repository": "github: {repository: shop}",
    "an address": "github: {api_url: ftp://x}",
    "a label": "github: {labels: ['a,b']}",
    "neither true nor false": "github: {pull_requests: maybe}",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_schema_and_loader_accept(tmp_path: Path, text: str) -> None:
    assert schema_problems(text) == []
    path = tmp_path / "drift.yaml"
    path.write_text(text)
    load(path, environment={"M": "a:b"}, known_rules=RULES)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_schema_and_loader_refuse(tmp_path: Path, text: str) -> None:
    assert schema_problems(text)
    path = tmp_path / "drift.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError):
        load(path, environment={}, known_rules=RULES)
