"""`drift check` and `drift merge`: the report in every format."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest

from drift.formats import FORMATS
from tests.servers import Database
from tests.snapshots.transcript import Transcript

MODELS = ("--models", "shop:metadata")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "html"])
def test_drift(transcript: Transcript, drifted: str, name: str) -> None:
    transcript.run("check", "--database", drifted, *MODELS, "--format", name)
    transcript.matches(f"check-{name}")


def test_drift_as_a_page(transcript: Transcript, drifted: str, folder: Path) -> None:
    transcript.run("check", "--database", drifted, *MODELS, "--output", "html=drift.html")
    page = html5lib.parse((folder / "drift.html").read_text(), namespaceHTMLElements=False)
    for element in [*page.iter("style"), *page.iter("script")]:
        element.text = ""
    lines = (re.sub(r"\s+", " ", text).strip() for text in page.itertext())
    transcript.write("text of drift.html", "\n".join(filter(None, lines)))
    transcript.matches("check-html")


def test_the_text_report_with_options(transcript: Transcript, drifted: str) -> None:
    check = ("check", "--database", drifted, *MODELS)
    transcript.run(*check, "--verbose")
    transcript.run(*check, "--summary")
    transcript.run(*check, "--table", "orders", "--rule", "missing-*")
    transcript.run(*check, "--table", "order")
    transcript.run(*check, "--summary", "--fail-on", "error", "--exit-zero")
    transcript.matches("check-text-options")


def test_in_sync(transcript: Transcript, in_sync: str) -> None:
    for name in ("text", "markdown", "junit"):
        transcript.run("check", "--database", in_sync, *MODELS, "--format", name)
    transcript.matches("check-in-sync")


def test_targets_and_ignored_differences(
    transcript: Transcript, drifted: str, folder: Path
) -> None:
    (folder / "drift.yaml").write_text(f"""\
models: shop:metadata
ignore:
  - {{rule: extra-column, object: public.users.nickname, reason: Dropped with the next release.}}
  - {{rule: missing-index, object: "public.orders.*", reason: Expired., until: 2020-01-01}}
  - {{rule: missing-table, object: public.user, reason: Never matched.}}
severity: {{comment-mismatch: off}}
targets:
  eu: {{database: "{drifted}"}}
  us: {{database: "{drifted}"}}
  down: {{database: "postgresql://reader@127.0.0.1:1/shop"}}
""")
    transcript.run("check")
    transcript.run("check", "--summary", "--rule", "missing-enum")
    transcript.matches("check-targets")


def test_an_incomplete_check(transcript: Transcript, drifted: str, database: Database) -> None:
    import psycopg

    with psycopg.connect(database.url) as connection:
        connection.execute("LOCK TABLE users")
        transcript.run("check", "--database", drifted, *MODELS, "--require-complete", "--summary")
    transcript.matches("check-incomplete")


def test_merge(transcript: Transcript, drifted: str, folder: Path) -> None:
    lines = (f'{{"name": "{name}", "database": "{drifted}"}}' for name in ("eu", "us", "asia"))
    (folder / "targets").write_text("\n".join(lines))
    for number in (1, 2):
        transcript.run(
            *("check", *MODELS, "--targets-from", "targets", "--shard", f"{number}/2"),
            *("--summary", "--exit-zero", "--output", f"json={number}.json"),
        )
    (folder / "copy.json").write_text((folder / "1.json").read_text())
    (folder / "newer.json").write_text('{"version": 99, "tool": {"name": "drift"}}')
    (folder / "other.json").write_text("[]")
    transcript.run("merge", "1.json", "2.json", "--summary")
    transcript.run("merge", "2.json", "--summary")
    transcript.run("merge", "2.json", "--summary", "--partial", "--rule", "missing-enum")
    for files in (["1.json", "copy.json"], ["none.json"], ["newer.json"], ["other.json"], []):
        transcript.run("merge", *files)
    transcript.matches("merge")
