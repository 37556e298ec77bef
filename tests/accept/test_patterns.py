"""Names become patterns that match them and nothing else, and YAML that is read back as it is."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift import config
from drift.accept.insert import inserted
from drift.accept.patterns import object_pattern
from drift.config import IgnoreEntry
from drift.model import ObjectRef
from tests.report.examples import finding

NAMES = [
    "users", "Users", "a.b", "a*b", "a?b", "a[b]", "[!x]", "]", "[", "*", "a b", " a", "a ",
    "\u00a0a\u00a0", "a#b", "a: b", "- a", "'a'", '"a"', "a\\b", "${HOME}", "$${HOME}", "${", "$",
    "{a}", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "null", "true", "no", "~", "1", "1.5",
    "2030-01-01", "0x1F", "1_000", "ünï", "名前", "😀", "a\u202eb", "a\u200bb", "\ufeffa", "a,b",
    "a\tb", "a\nb", "a\x00b", "a\x85b", "a\u2028b", "a\ud800b", "=", "<<", "a\x7fb", "",
]  # fmt: skip
UNREADABLE = {"\n", "\t", "\x00", "\x85", "\ud800", "\x7f"}


def read_back(folder: Path, pattern: str, reason: str) -> IgnoreEntry:
    """Return the entry that the configuration reads."""
    fields = {"rule": "*", "object": pattern, "reason": reason}
    path = folder / "drift.yaml"
    text = inserted("models: a:b\n", {None: [(fields, "warning")]})
    path.write_bytes(text.encode())
    settings = config.load(path, environment={"HOME": "/root"}, known_rules=["extra-table"])
    [entry] = settings.targets[0].ignore
    return entry


@pytest.mark.parametrize("name", NAMES)
def test_a_pattern_matches_its_name_only(tmp_path: Path, name: str) -> None:
    ref = ObjectRef("column", "public", "users", name)
    pattern = object_pattern(finding(object=ref))
    entry = read_back(tmp_path, pattern, "why")
    assert fnmatchcase(ref.path, entry.object)
    assert not fnmatchcase(f"{ref.path}x", entry.object)
    for letter in "*?[":
        if letter in name:
            assert not fnmatchcase(ref.path.replace(letter, "xx"), entry.object)


@pytest.mark.parametrize("name", [name for name in NAMES if name])
def test_a_table_and_its_schema_may_have_any_name(tmp_path: Path, name: str) -> None:
    ref = ObjectRef("table", name, name, name)
    entry = read_back(tmp_path, object_pattern(finding(object=ref)), "why")
    assert fnmatchcase(ref.path, entry.object)


@pytest.mark.parametrize("name", ["shop", "Shop", "!x", "a*b", "]a", "é", "1"])
def test_the_name_of_a_schema_is_a_pattern(tmp_path: Path, name: str) -> None:
    ref = ObjectRef("schema", name, None, name)
    entry = read_back(tmp_path, object_pattern(finding(object=ref)), "why")
    assert fnmatchcase(name, entry.object)
    assert not fnmatchcase(f"{name}2", entry.object)


def test_a_pattern_of_schemas_stays_one(tmp_path: Path) -> None:
    ref = ObjectRef("column", "tenant_*", "a*b", "c")
    pattern = object_pattern(finding(object=ref, schemas=("tenant_1", "tenant_2")))
    entry = read_back(tmp_path, pattern, "why")
    assert entry.object == "tenant_*.a[*]b.c"


@pytest.mark.parametrize("reason", [name for name in NAMES if name and UNREADABLE.isdisjoint(name)])
def test_a_reason_is_read_back_as_it_was(tmp_path: Path, reason: str) -> None:
    assert read_back(tmp_path, "a.b", reason).reason == " ".join(reason.split())


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=63))
def test_every_name_can_be_written(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("names")
    ref = ObjectRef("column", "public", "t", name)
    entry = read_back(folder, object_pattern(finding(object=ref)), "why")
    assert fnmatchcase(ref.path, entry.object)


def test_characters_that_an_editor_hides_are_escaped() -> None:
    fields = {"rule": "*", "object": "a.b\u202ec\u200b", "reason": "\u2066x"}
    text = inserted("models: a:b\n", {None: [(fields, "warning")]})
    assert '"a.b\\u202ec\\u200b"' in text
    assert "\u202e" not in text
    assert "\u2066" not in text
