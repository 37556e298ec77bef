"""SQL files, run on a scratch database in the order of their tool."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drift.config import Migrations, Target
from drift.errors import DriftError
from drift.scratch import Scratch
from drift.scratch.server import _installed
from drift.sources import open_source, parse
from drift.sources.interface import Context
from drift.sources.reflected import Reflected
from drift.sources.scratch_database import reflected
from tests.servers import Database


@pytest.fixture(scope="module")
def scratch(dsn: str) -> Iterator[Scratch]:
    with Scratch(dsn) as made:
        yield made


@pytest.fixture(scope="module")
def bundled() -> Iterator[Scratch]:
    with Scratch() as made:
        yield made


def opened(path: Path, scratch: Scratch, notes: list[str] | None = None, **target: Any) -> Any:
    """Return the schema that the files make."""
    notes = [] if notes is None else notes
    context = Context(
        target=Target(name="test", **target), environment=os.environ, note=notes.append,
        scratch=scratch,
    )  # fmt: skip
    side = open_source(parse(f"sql:{path}"), context)
    assert side.database()
    return side.expected().declare("public", 180000)


def tables(schema: Any) -> list[str]:
    return sorted(f"{table.schema}.{table.name}" for table in schema.objects["table"])


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_numbered_files_make_a_schema(tmp_path: Path, scratch: Scratch) -> None:
    write(
        tmp_path,
        **{
            "2_name.sql": "ALTER TABLE t ADD name text",
            "1_t.sql": "SET search_path = app; CREATE SCHEMA app; CREATE TABLE t (id int)",
            "10_public.sql": "SET search_path = public; CREATE TABLE t (id int)",
        },
    )
    with pytest.raises(DriftError) as raised:
        opened(tmp_path, scratch)
    assert str(raised.value) == f'{tmp_path}/2_name.sql:1: relation "t" does not exist'
    write(tmp_path, **{"2_name.sql": "ALTER TABLE app.t ADD name text"})
    schema = opened(tmp_path, scratch)
    assert tables(schema) == ["app.t", "public.t"]
    assert (schema.source, schema.name) == ("sql", str(tmp_path))


DUMP = """--
-- PostgreSQL database dump
--
\\restrict Xyz'1
SET statement_timeout = 0;
SET never_heard_of = 1;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE DATABASE shop WITH TEMPLATE = template0;
ALTER DATABASE shop OWNER TO shop_owner;
\\connect shop
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO shop_owner;
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  new.at := now(); return new;
end $$;
CREATE TABLE public.users (id integer NOT NULL, mail public.citext, "at" timestamptz);
ALTER TABLE ONLY public.users OWNER TO shop_owner;
COPY public.users (id, mail) FROM stdin;
1\tit's; a "value"
\\.

ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE TRIGGER t BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.f();
GRANT SELECT ON TABLE public.users TO shop_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT ON TABLES TO shop_reader;
\\unrestrict Xyz'1
"""


def test_a_dump_makes_a_schema(tmp_path: Path, scratch: Scratch) -> None:
    path = write(tmp_path, dump=DUMP) / "dump"
    schema = opened(path, scratch)
    assert tables(schema) == ["public.users"]
    assert [key.name for key in schema.objects["primary-key"]] == ["users_pkey"]


def test_roles_of_a_policy_are_created_on_the_bundled_server(
    tmp_path: Path, bundled: Scratch, scratch: Scratch
) -> None:
    text = (
        "CREATE TABLE t (id int);\nCREATE POLICY p ON t TO authenticated, anon;\n"
        "ALTER TABLE t OWNER TO supabase"
    )
    path = write(tmp_path, **{"x.sql": text}) / "x.sql"
    assert tables(opened(path, bundled)) == ["public.t"]
    with pytest.raises(DriftError) as raised:
        opened(path, scratch)
    assert str(raised.value) == (
        f'{path}:2: role "authenticated" does not exist (create the role on the server of scratch:)'
    )


def test_included_files_run_in_their_order(tmp_path: Path, scratch: Scratch) -> None:
    write(
        tmp_path,
        **{
            "all.sql": "\\set ON_ERROR_STOP on\n\\ir parts/a.sql\n\\ir 'parts/b.sql'\n\\q\nnever",
            "parts/a.sql": "CREATE TABLE a (id int)",
            "parts/b.sql": "CREATE TABLE b () INHERITS (a)",
        },
    )
    assert tables(opened(tmp_path / "all.sql", scratch)) == ["public.a", "public.b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"CREATE TABLE a ();\n\nCREATE TABL b ();", ':3: syntax error at or near "TABL"'),
        (b"\n\\! rm -rf x", ":2: psql's \\! is not supported; remove it"),
        (b"\\connect a\n\\connect b", ":2: the file holds several databases; dump only one"),
        (b"\\ir x.sql", ":1: psql's \\ir is not supported; remove it"),
        (b"SELECT 1;\n\xff", ":2: the file is not UTF-8 text"),
        (b"CREATE EXTENSION postgis;", ':1: extension "postgis" is not available (the scratch'),
        (b"SELECT pg_sleep(60)", ":1: not finished in time; raise migrations: timeout:"),
    ],
)
def test_an_error_names_file_and_line(
    tmp_path: Path, scratch: Scratch, text: bytes, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("x.sql")
    path.write_bytes(text)
    with pytest.raises(DriftError) as raised:
        opened(path, scratch, migrations=Migrations(timeout=1))
    assert f"x.sql{expected}" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "sql: names no file; write sql:FILE or sql:FOLDER"),
        ("never.sql", "sql: never.sql does not exist"),
        ("empty", "sql: the folder empty has no .sql file"),
    ],
)
def test_without_a_file_it_says_so(
    tmp_path: Path, scratch: Scratch, path: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, **{"empty/readme.txt": ""})
    context = Context(
        target=Target(name="test"), environment={}, note=lambda _: None, scratch=scratch
    )
    with pytest.raises(DriftError) as raised:
        open_source(parse(f"sql:{path}"), context)
    assert str(raised.value) == expected


def test_a_large_file_is_refused(tmp_path: Path, scratch: Scratch) -> None:
    path = tmp_path / "x.sql"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(DriftError, match="larger than 200 MB; dump it with --schema-only"):
        opened(path, scratch)


OBJECTS = """
CREATE EXTENSION citext;
CREATE SCHEMA "odd ; name";
CREATE TYPE mood AS ENUM ('sad', 'it''s; ok');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE SEQUENCE "odd ; name".numbers START 7;
CREATE TABLE users (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail citext UNIQUE,
    mood mood DEFAULT 'sad', amount positive, odd text GENERATED ALWAYS AS ('a;b'::text) STORED,
    CONSTRAINT "a;b" CHECK (mail <> 'x;\\y')
);
CREATE TABLE "odd ; name"."a""b" (id serial, user_id int REFERENCES users ON DELETE CASCADE);
CREATE INDEX users_mail ON users (lower(mail::text)) WHERE amount > 3;
COMMENT ON TABLE users IS E'line;\n\\connect other';
INSERT INTO users (mail) VALUES ('\\.'), (E'a\nb;');
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END;
END;
CREATE VIEW v AS SELECT * FROM users;
"""


@pytest.mark.parametrize("options", [[], ["--schema-only"], ["--inserts", "--create", "--clean"]])
def test_a_dump_of_postgresql_makes_the_same_schema(
    tmp_path: Path, database: Database, scratch: Scratch, options: list[str]
) -> None:
    database.execute(OBJECTS)
    path = tmp_path / "dump.sql"
    command = [str(_installed() / "pg_dump"), "--dbname", database.url, *options]
    path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    target = Target(name="test")
    expected = Reflected(reflected(database.url, target), "database", "x")
    made, dumped = opened(path, scratch).objects, expected.declare("public", 180000).objects
    assert {kind: set(items) for kind, items in made.items()} == {
        kind: set(items) for kind, items in dumped.items()
    }
