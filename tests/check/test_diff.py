"""Any two sides: which one is expected, and what the findings say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from drift.check.diff import diff
from drift.check.offline import compare_offline
from drift.check.pair import NamedSide, Pair
from drift.config import Settings, Target
from drift.formats import Options
from drift.formats.html.page import render
from drift.model import Schema
from drift.report.json_v1 import decode, encode
from drift.report.report import Check, Report
from drift.scratch import Scratch
from drift.sources import Reference
from drift.sources.database.source import DatabaseSide
from drift.sources.models.loader import Models, load
from drift.sources.models.source import ModelsSide
from drift.sources.reflected import Reflected
from tests.formats.everywhere import texts
from tests.servers import Database, create_all
from tests.system.checking import brief


class Offline:
    """A schema that no server has, as a snapshot has one."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def expected(self) -> Reflected:
        return Reflected(self._schema, "snapshot", "file")

    def database(self) -> None:
        return None

    def schema(self) -> Schema:
        return self._schema


def metadata(**changes: Any) -> sa.MetaData:
    """Return models with everything that they leave to PostgreSQL."""
    options = {"length": 20, "check": "n BETWEEN 1 AND 5", "start": 1, **changes}
    made = sa.MetaData()
    sa.Table(
        "users",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("i", sa.BigInteger, sa.Identity(start=options["start"])),
        sa.Column("email", sa.String(options["length"]), nullable=False, unique=True),
        sa.Column("mood", sa.Enum("a", "b", name="mood"), server_default="a"),
        sa.Column("n", sa.Integer, sa.CheckConstraint(options["check"]), server_default="1"),
        sa.Column("twice", sa.Integer, sa.Computed("n * 2", persisted=True)),
        sa.Index("lower", sa.text("lower(email)"), postgresql_where=sa.text("n IN (1, 2)")),
    )
    sa.Table(
        "posts",
        made,
        sa.Column("user_id", sa.ForeignKey("users.id")),
        schema=options.get("schema"),
    )
    return made


def models(name: str = "app:metadata", **changes: Any) -> ModelsSide:
    return ModelsSide(Models(name, [metadata(**changes)]))


def pair(left: str = "v1", right: str = "v2") -> Pair:
    sides = [
        NamedSide(reference=Reference(source="snapshot", text=name), label=name,
                  target=Target(name=name))
        for name in (left, right)
    ]  # fmt: skip
    return Pair(
        left=sides[0], right=sides[1], target=Target(name="t"), settings=Settings(targets=())
    )


UNREACHABLE = "postgresql://x@127.0.0.1:1/x"


def offline(left: Any, right: Any, server: Scratch | None = None) -> Check:
    with Scratch(UNREACHABLE) as unreachable:
        return compare_offline(
            pair(), left, right, note=lambda _: None, scratch=server or unreachable
        )


@pytest.fixture
def server(dsn: str) -> Iterator[Scratch]:
    with Scratch(dsn) as scratch:
        yield scratch


@pytest.fixture
def frozen(database: Database) -> Offline:
    create_all(metadata(), database.url)
    side = DatabaseSide(Target(name="x", database=database.url))
    return Offline(side.reflection().schema)


def test_models_are_in_sync_with_themselves() -> None:
    outcome = offline(models(), models())
    assert outcome.in_sync
    assert outcome.complete
    assert outcome.tables == ("public.posts", "public.users")


def test_a_schema_without_a_server_is_in_sync_with_its_models(
    frozen: Offline, server: Scratch
) -> None:
    for sides in ((models(), frozen), (frozen, models()), (frozen, frozen)):
        assert brief(offline(sides[0], sides[1], server).findings) == []


CHANGES: Mapping[str, tuple[dict[str, Any], str]] = {
    "a type": ({"length": 30}, "warning column-type-mismatch public.users.email"),
    "a check": ({"check": "n > 9"}, "error check-mismatch public.users.users_n_check"),
    "an identity": ({"start": 5}, "warning column-identity-mismatch public.users.i"),
}


@pytest.mark.parametrize(("changes", "finding"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_without_a_database(
    changes: dict[str, Any], finding: str, frozen: Offline, server: Scratch
) -> None:
    assert brief(offline(models(), models(**changes), server).findings) == [finding]
    assert brief(offline(frozen, models(**changes), server).findings) == [finding]


def test_a_table_in_another_schema_is_missing_and_extra() -> None:
    outcome = offline(models(), models(schema="app"))
    assert brief(outcome.findings) == ["error missing-table public.posts"]
    outcome = offline(models(schema="app"), models())
    assert brief(outcome.findings) == [
        "error missing-schema app", "warning extra-table public.posts",
    ]  # fmt: skip


def test_without_a_scratch_server_expressions_are_compared_as_text(frozen: Offline) -> None:
    outcome = offline(models(check="n >= 1 AND n <= 5.0"), frozen)
    (note,) = [note for note in outcome.notes if "as text" in note]
    assert "as text only: " in note
    assert all("could not be compared" in f.message for f in outcome.findings)


def test_findings_have_the_lines_of_the_models_on_either_side(
    frozen: Offline, server: Scratch, tmp_path: Path
) -> None:
    declared = ModelsSide(load(["either:metadata"], path=[written(tmp_path, "either")]))
    for sides in ((declared, frozen), (frozen, declared)):
        findings = offline(sides[0], sides[1], server).findings
        (finding,) = [f for f in findings if f.object.name == "email" and f.changes]
        assert finding.location
        assert Path(finding.location.file).name == "either.py"


def written(folder: Path, name: str) -> str:
    """Write models into a folder, and return it."""
    (folder / f"{name}.py").write_text(
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        "sa.Table('users', metadata, sa.Column('email', sa.String(30), nullable=False))\n"
    )
    return str(folder)


def live(text: str, url: str) -> NamedSide:
    target = Target(name=text, database=url)
    return NamedSide(reference=Reference(source="database", value=text, text=text), label=text,
                     target=target)  # fmt: skip


def run(left: NamedSide, right: NamedSide, target: Target | None = None) -> Check:
    both = Pair(
        left=left, right=right, target=target or right.target, settings=Settings(targets=())
    )
    with Scratch() as scratch:
        return diff(both, note=lambda _: None, scratch=scratch)


@pytest.fixture
def two(database: Database, admin: Any, dsn: str) -> Any:
    other = Database(admin, dsn)
    database.execute("CREATE TABLE t (n varchar(20)); CREATE TABLE only_left ()")
    other.execute("CREATE TABLE t (n text, more int NOT NULL); CREATE TABLE only_right ()")
    yield live("staging", database.url), live("production", other.url)
    other.drop()


def test_messages_name_both_databases(two: Any) -> None:
    outcome = run(*two)
    messages = sorted(finding.message for finding in outcome.findings)
    assert messages == [
        "column more (integer NOT NULL) is only in production",
        "column n: type: staging character varying(20), production text",
        "table only_left is only in staging",
        "table only_right is only in production",
    ]
    assert outcome.target == "staging..production"
    assert (outcome.expected_name, outcome.actual_name, outcome.left) == (
        "staging", "production", "expected",
    )  # fmt: skip
    for finding in outcome.findings:
        assert "model" not in finding.impact


def test_models_on_the_right_stay_the_expected_side(database: Database, tmp_path: Path) -> None:
    create_all(metadata(), database.url)
    path = written(tmp_path, "right_app")
    target = Target(name="x", models=("right_app:metadata",), path=(path,))
    right = NamedSide(reference=Reference(source="models", text="models"), label="models",
                      target=target)  # fmt: skip
    outcome = run(live("production", database.url), right, target)
    assert outcome.left == "actual"
    assert outcome.expected_source == "models"
    (finding,) = [f for f in outcome.findings if f.rule == "column-type-mismatch"]
    assert finding.message == (
        "column email: type: models character varying(30), production character varying(20)"
    )
    assert finding.location
    assert finding.location.line == 3


def test_without_named_schemas_all_are_compared(two: Any, database: Database) -> None:
    left, right = two
    database.execute("CREATE SCHEMA app; CREATE TABLE app.t ()")
    everything = run(left, right)
    assert "error missing-schema app" in brief(everything.findings)
    assert "warning extra-table app.t" in brief(run(right, left).findings)
    named = replace(right.target, schemas=("public",))
    assert len(run(left, right, named).findings) == len(everything.findings) - 1


def test_formats_name_both_sides(two: Any) -> None:
    outcome = run(*two)
    shown = texts(outcome)
    for name in ("text", "markdown", "html", "junit"):
        assert "staging" in shown[name], name
        assert "production" in shown[name], name
    for name, text in shown.items():
        assert not re.search(r"the models|model declares|no model", text), name


def test_a_report_of_a_diff_is_read_back_as_it_was(two: Any) -> None:
    for sides in (two, two[::-1]):
        report = Report(checks=(run(*sides),))
        (check,) = decode(encode(report)).checks
        assert check.sides == report.checks[0].sides
        assert render(Report(checks=(check,)), Options()) == render(report, Options())
