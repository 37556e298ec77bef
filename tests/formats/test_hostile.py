"""Whatever stands in a database, every report stays what its readers take it for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import Column, Enum, ForeignKey, Integer, MetaData, Table, Text

from drift.formats import FORMATS, resolve, source_links
from drift.formats.escape import visible
from drift.model import Location, ObjectRef, Severity
from drift.report.drawing import Drawing, Link, Part
from drift.report.finding import Ignored
from drift.report.report import Database, Failure, Report
from tests.formats.readers import LINKS, READERS, attributes, commands, read, tokens
from tests.formats.test_junit import parsed
from tests.report.examples import HOSTILE, check, finding
from tests.servers import Database as Server
from tests.system.checking import check as check_database

IN_POSTGRESQL = {
    "plain": "role",
    "mix": HOSTILE.replace("\ud800", ""),
    "line breaks": "a\nb\r\nc\rd\u2028e\u2029f\x0bg\x0ch\x85i",
    "own lines": "\n::error::x\n\n# h\n- i\n\n|a|b|\n|-|-|\n```\nx\n",
    "ansi": "\x1b[31mred\x1b]0;title\x07\x9b1m",
    "command": "::set-output name=x::y",
    "old command": "##[set-env name=x;]y ##vso[task.setvariable]z",
    "shouted command": "\u3000\xa0::Stop-Commands::x",
    "escapes": "%0A::error::%25%3A%2C",
    "comment's end": "--><!-- ]]>",
    "backticks": "`` ` ``` `",
    "pipe": "a|b\\|c\\",
    "mention": "@team #1 a/b#2 GH-3",
    "address": "https://evil.example www.evil.example a@evil.example",
    "link": "[x](https://evil.example) ![y](//z) <https://evil.example>",
    "script": "<script>alert(1)</script>",
    "attribute": '"\' onmouseover=alert(1) x="',
    "entity": "&amp;&#0;&lt;b&gt;",
    "right to left": "a\u202eb\u200bc\u2066d\u200fe",
    "controls": "\x01\x08a\tb\x7f\x80\x9f",
    "no characters": "\ufffe\uffff\U0001ffff\ufdd0",
    "emoji": "😀" * 15 + "abc",
    "placeholder": "{0}{{1}} %s $HOME ${{ x }}",
    "diagram": '"] { end %% ;\n t1 }o--|| t2 : x',
}
"""Names that PostgreSQL takes, for the most part cut to 63 bytes there."""

NAMES = IN_POSTGRESQL | {"surrogate": "a\ud800b\udfff", "nothing": "", "nul": "a\x00b"}


def report_of(name: str) -> Report:
    """Return a report in which whatever comes from outside is `name`."""
    where = Location(f"app/{name}.py", 14)
    told: dict[str, Any] = {"message": f"column {name} is declared", "detail": name}
    column = finding(
        name,
        name,
        object=ObjectRef("column", name, name, name),
        expected={"type": name, "comment": name},
        actual={"default": name},
        changes={name: (name, name)},
        location=where,
        **told,
    )
    enum = finding(
        object=ObjectRef("enum", name, None, name), rule="missing-enum", location=None, **told
    )
    own = finding(rule=name, severity=Severity.WARNING, impact=name, location=where, **told)
    one = check(
        column,
        enum,
        own,
        target=name,
        expected_name=name,
        database=Database(host=name, name=name, role=name, server_version=name),
        ignored=(Ignored(finding=column, reason=name),),
        tables=(f"{name}.{name}",),
        not_compared={"view": 2},
        notes=(f"{name} is locked",),
        drawings=(drawing(name),),
    )
    return Report(checks=(one,), failures=(Failure(target=name, reason=name),))


def drawing(name: str) -> Drawing:
    cells = {"type": name, "null": "NULL", "default": name, "comment": name}
    parts = (
        Part(kind="column", name=name, expected=cells, actual={"type": "x"}, marked=("type",)),
        Part(kind="check", name=name, actual={"definition": name}),
    )
    link = Link(
        name=name,
        table=f"{name}.{name}",
        columns=(name,),
        target=f"{name}.other",
        target_columns=(name,),
        expected=True,
        actual=False,
    )
    return Drawing(schema=name, name=name, parts=parts, links=(link,))


def test_every_format_has_a_reader_here() -> None:
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("hostile", NAMES)
@pytest.mark.parametrize("format_", FORMATS)
def test_a_hostile_name_is_a_name_to_every_reader(format_: str, hostile: str) -> None:
    read(format_, report_of(NAMES[hostile]))


@pytest.mark.parametrize("hostile", NAMES)
def test_a_name_is_whole_in_json(hostile: str) -> None:
    name = NAMES[hostile]
    [one] = json.loads(resolve("json")(report_of(name), LINKS))["checks"]
    found = {finding["object"]["name"] for finding in one["findings"]}
    assert name.encode("utf-8", "replace").decode() in found


@pytest.mark.parametrize("hostile", NAMES)
def test_a_name_is_shown_where_it_cannot_be_kept(hostile: str) -> None:
    name = NAMES[hostile]
    report = report_of(name)
    cases = [case.attrib["name"] for case in parsed(report).iter("testcase")]
    assert f"{visible(name)}.{visible(name)}" in cases
    told = list(commands(resolve("annotations")(report, LINKS)))
    assert any(f"column {visible(name)} is declared" in message for _, _, message in told)
    assert visible(name) in {properties.get("title") for _, properties, _ in told}
    file = visible(source_links.path(Location(f"app/{name}.py", 14), LINKS))
    assert file in {properties.get("file") for _, properties, _ in told}


@pytest.mark.parametrize("hostile", NAMES)
def test_a_name_makes_no_row_cell_or_heading_in_markdown(hostile: str) -> None:
    def shape(name: str) -> list[str]:
        kinds = (token.type for token in tokens(resolve("markdown")(report_of(name), LINKS)))
        return [kind for kind in kinds if kind.endswith("_open")]

    assert shape(NAMES[hostile]) == shape("role")


def named(name: str) -> str:
    """Return a name as PostgreSQL keeps it: 63 bytes of whole characters."""
    return name.encode()[:63].decode(errors="ignore")


def build(database: Server, name: str) -> None:
    """Make a table, a column, a comment, a default, a check, an index and labels called `name`."""
    called = sql.Identifier(named(name))
    literal = sql.Literal(name)
    statements = sql.SQL(
        "CREATE TYPE {enum} AS ENUM ({label}, 'b');"
        "CREATE TABLE {name} (id integer PRIMARY KEY, {name} text DEFAULT {text},"
        " mood {enum} DEFAULT {label}, extra text DEFAULT {text},"
        " CONSTRAINT {name} CHECK ({name} <> {text}));"
        "COMMENT ON TABLE {name} IS {text};"
        "COMMENT ON COLUMN {name}.{name} IS {text};"
        "CREATE INDEX ON {name} ({name}) WHERE {name} <> {text};"
    ).format(
        enum=sql.Identifier(named(f"e{name}")),
        name=called,
        text=literal,
        label=sql.Literal(named(name)),
    )
    database.execute(statements.as_string(None))


def declared(name: str) -> MetaData:
    """Return models with the same names, of which everything else differs."""
    metadata, kept = MetaData(), named(name)
    Table(
        kept,
        metadata,
        Column("id", Integer, primary_key=True),
        Column(kept, Integer, comment=f"other {name}", server_default="7"),
        Column("mood", Enum(f"x{kept}"[:20], "b", name=named(f"e{name}"))),
        Column("up", ForeignKey(f"m{kept}"[:20] + ".id")),
        comment=f"other {name}",
    )
    Table(f"m{kept}"[:20], metadata, Column("id", Integer, primary_key=True), Column("t", Text))
    return metadata


@pytest.mark.parametrize("hostile", [key for key in IN_POSTGRESQL if key != "plain"])
def test_names_that_a_database_really_holds_reach_every_reader(
    hostile: str, database: Server
) -> None:
    name = IN_POSTGRESQL[hostile].replace(".", "_")
    build(database, "role")
    plain = check_database(database.url, declared("role"))
    database.execute("DROP TABLE role; DROP TYPE erole")
    build(database, name)
    found = check_database(database.url, declared(name))
    rules = {one.rule for one in found.findings}
    assert {"column-type-mismatch", "comment-mismatch", "enum-mismatch", "extra-column"} <= rules
    assert any(named(name) == one.object.name for one in found.findings)
    assert attributes(found) <= attributes(plain)
    for format_ in FORMATS:
        read(format_, Report(checks=(found,)))
