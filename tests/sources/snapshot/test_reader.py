"""A snapshot's file is not trusted: anything wrong with it is one line of an error."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drift.demo.models import Base
from drift.errors import ModelsError, UsageError
from drift.formats import Options
from drift.formats import json as json_format
from drift.report import document
from drift.sources.models.loader import Models
from tests.check.test_binds import per_table
from tests.property.reports import FULL
from tests.sources.snapshot.freezing import opened, written

HEAD: dict[str, Any] = {
    "version": 1,
    "tool": {"name": "drift"},
    "format": "snapshot",
    "source": {"source": "models", "name": "m"},
    "default_schema": "public",
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "schema.json"


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as raised:
        opened(path)
    message = str(raised.value)
    assert message.startswith(f"{path.name}: ")
    assert "\n" not in message
    assert len(message) < 400
    return message.removeprefix(f"{path.name}: ")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty; the command that should have written it did not finish"),
        (b" \n", "is empty"),
        (gzip.compress(b"{}", mtime=0), "is compressed; unpack it first"),
        ("{}".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"CREATE TABLE t ()", "is not valid JSON: "),
        (b'{"version": 1', "is not valid JSON: Input data was truncated"),
        (b"[]", "was not written by `drift snapshot`: Expected `object`"),
        (b"{}", "was not written by `drift snapshot`: "),
        (b'{"version": 1, "tool": {"name": "other"}}', "tool.name: Invalid enum value 'other'"),
        (b'{"version": 1, "tool": {"name": "drift"}}', "format: is not `snapshot`"),
        (b'{"version": 0, "tool": {"name": "drift"}}', "version: Expected `int` >= 1"),
        (b'{"a": ' * 100_000, "is nested too deeply"),
        (b'{"version": 1, "tool": {"name": "drift"}, "format": "\xff"}', "is not valid JSON: "),
    ],
)
def test_a_file_that_is_not_a_snapshot_is_refused(content: bytes, says: str, path: Path) -> None:
    path.write_bytes(content)
    assert says in refusal(path)


def test_a_report_is_told_from_a_snapshot(path: Path) -> None:
    path.write_text(json_format.render(FULL, Options()))
    assert refusal(path) == (
        "is a report of `drift check`; a snapshot is written by `drift snapshot`"
    )


def test_a_snapshot_of_a_newer_version_needs_a_newer_drift(path: Path) -> None:
    path.write_text(json.dumps(HEAD | {"version": 2, "main": 0}))
    assert refusal(path) == (
        "was written by a newer drift (version 2 of the snapshot, known is 1); upgrade drift"
    )


def test_a_file_that_was_cut_off_is_refused(path: Path) -> None:
    written(Models("demo", [Base.metadata]), path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "is not valid JSON: " in refusal(path)


def test_paths_that_are_no_readable_files(path: Path) -> None:
    assert refusal(path) == "cannot be read: No such file or directory"
    path.mkdir()
    assert refusal(path) == "is a directory; name the file in it"
    if os.getuid():
        path.rmdir()
        path.write_text("{}")
        path.chmod(0)
        assert refusal(path) == "cannot be read: Permission denied"
    with pytest.raises(UsageError, match="the name is not a possible path"):
        opened("a\0b")
    with pytest.raises(UsageError, match="snapshot names no file; write snapshot:FILE"):
        opened(" ")


def add(name: str, *values: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts objects into a list of the document."""

    def change(document: dict[str, Any]) -> None:
        document["main"] = {"objects": {name: list(values)}}

    return change


COLUMN = {"schema": "public", "table": "t", "name": "a", "type": "text", "nullable": True}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (add("column", COLUMN, COLUMN | {"type": 1}),
         "main.objects.column[1].type: Expected `str`, got `int`"),
        (add("column", {"schema": "public"}),
         "main.objects.column[0]: Object missing required field `type`"),
        (add("policy", {"schema": "public"}),
         "main.objects: Object contains unknown field `policy`"),
        (add("index", {"schema": "public", "keys": [{"column": []}]}),
         "main.objects.index[0].keys[0].column: Expected `str | null`, got `array`"),
        (add("column", COLUMN | {"identity": {"always": True, "start": 2**70}}),
         "start: holds a number that is too large"),
        (lambda it: it.update(main=[]), "main: Expected `object`, got `array`"),
        (lambda it: it.update(default_schema=""), "default_schema: Expected `str` of length >= 1"),
        (lambda it: it.pop("source"), "Object missing required field `source`"),
        (lambda it: it.update(main={"locations": [{"table": "t", "file": "f", "line": 2**40}]}),
         "main.locations[0].line: Expected `int` <= 2147483647"),
        (lambda it: it.update(binds={"a\x1b[31m": {}}), "binds[...]: Object missing required"),
    ],
)  # fmt: skip
def test_the_message_names_the_wrong_field(
    change: Callable[[dict[str, Any]], None], says: str, path: Path
) -> None:
    content = json.loads(json.dumps(HEAD))
    change(content)
    path.write_text(json.dumps(content))
    assert says in refusal(path)


@pytest.mark.parametrize(("limit", "says"), [("LARGEST", "MiB"), ("MOST_VALUES", "values")])
def test_a_file_beyond_a_limit_is_refused(
    limit: str, says: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(Models("demo", [Base.metadata]), path)
    monkeypatch.setattr(document, limit, 50)
    assert says in refusal(path)


def test_unknown_fields_are_ignored_and_missing_ones_are_empty(path: Path) -> None:
    path.write_text("\ufeff" + json.dumps(HEAD | {"later": [1], "main": {"more": 1}}))
    expected = opened(path).expected()
    assert expected.tables == frozenset()
    assert expected.declare("app", 180000).objects["column"] == ()


def test_a_bind_must_be_known_and_chosen(path: Path) -> None:
    expected = opened(written(Models("app:db", per_table()), path)).expected()
    assert expected.binds == {"reports": 1}
    assert expected.of("reports").name == "schema.json, bind reports"
    with pytest.raises(ModelsError, match=r"schema.json has no table of the bind other; known"):
        expected.of("other")
    only = opened(written(Models("app:db", per_table()), path, bind="reports")).expected()
    assert only.of("reports") is only.of(None)
    assert only.tables == {(None, "reports")}


def test_what_a_side_of_a_snapshot_knows(path: Path) -> None:
    side = opened(written(Models("demo", [Base.metadata]), path))
    schema = side.schema()
    assert (side.server, side.revisions) == (None, ())
    assert (schema.source, schema.name, schema.default_schema) == (
        "snapshot", "schema.json", "public",
    )  # fmt: skip
    assert len(schema.objects["table"]) == 8
