"""The hint of a check against a snapshot names the command that renews the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import Database
from tests.system.checking import drift


@pytest.mark.parametrize("own", ["", "run make schema"])
def test_a_snapshot_that_differs_is_renewed_by_a_command(
    database: Database, tmp_path: Path, own: str
) -> None:
    database.execute("CREATE TABLE users (id int PRIMARY KEY)")
    file = tmp_path / "the schema.json"
    assert drift("snapshot", database.url, "-o", str(file)).exit_code == 0
    hint = f"hint: {own}\n" if own else ""
    (tmp_path / "drift.yaml").write_text(f"{hint}expected: 'snapshot:{file}'\n")
    check = ("check", "-c", str(tmp_path / "drift.yaml"), "--database", database.url)
    in_sync = drift(*check)
    assert in_sync.exit_code == 0
    assert "hint" not in in_sync.stdout
    database.execute("ALTER TABLE users ADD COLUMN name text")
    drifted = drift(*check)
    assert drifted.exit_code == 1
    hint = drifted.stdout.partition("hint: ")[2]  # the page wraps long paths
    expected = own or f"drift snapshot -o '{file}' renews the snapshot"
    assert "".join(hint.split()) == expected.replace(" ", "")
