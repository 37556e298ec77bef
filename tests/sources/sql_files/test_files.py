"""The files of a folder in the order of their tool."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.sources.sql_files.files import files_of, text_of


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            "V2__b.sql V1.10__d.sql V1.9__c.sql V1__a.sql R__z.sql R__y.sql U2__b.sql notes.sql",
            "V1__a.sql V1.9__c.sql V1.10__d.sql V2__b.sql R__y.sql R__z.sql",
        ),
        ("sub/V1__a.sql V2__b.sql V1_1__c.sql", "sub/V1__a.sql V1_1__c.sql V2__b.sql"),
        ("V1__a.sql V2__b.sql B2__all.sql V3__c.sql", "B2__all.sql V3__c.sql"),
        ("10_b.sql 9_a.sql", "9_a.sql 10_b.sql"),
        ("20240102000000_b.sql 20240101000000_a.sql", "20240101000000_a.sql 20240102000000_b.sql"),
        ("2_b.up.sql 2_b.down.sql 1_a.up.sql 1_a.down.sql", "1_a.up.sql 2_b.up.sql"),
        ("000010_b.up.sql 000009_a.up.sql", "000009_a.up.sql 000010_b.up.sql"),
        ("tables.sql indexes.sql", "indexes.sql tables.sql"),
        ("0001_a.sql seed.sql", "0001_a.sql"),
        ("20240102_b/migration.sql 20240101_a/migration.sql lock.toml",
         "20240101_a/migration.sql 20240102_b/migration.sql"),
        ("10_b/up.sql 10_b/down.sql 9_a/up.sql 9_a/down.sql", "9_a/up.sql 10_b/up.sql"),
    ],
)  # fmt: skip
def test_files_run_in_the_order_of_their_tool(tmp_path: Path, names: str, expected: str) -> None:
    write(tmp_path, **dict.fromkeys(names.split(), ""))
    notes: list[str] = []
    files = files_of(tmp_path, notes.append)
    assert " ".join(str(path.relative_to(tmp_path)) for path in files) == expected
    assert len(notes) == ("seed" in names)


@pytest.mark.parametrize("mark", ["-- migrate:", "-- +goose ", "-- +migrate ", "--+goose  "])
def test_only_the_way_up_runs(tmp_path: Path, mark: str) -> None:
    if mark.startswith("--+"):
        mark = "-- +goose "
    text = f"x\n{mark}Up transaction:false\nCREATE TABLE a ();\n{mark}Down\nDROP TABLE a;\n"
    path = write(tmp_path, a=text) / "a"
    assert text_of(path).splitlines() == [
        "",
        f"{mark}Up transaction:false",
        "CREATE TABLE a ();",
        "",
        "",
    ]
