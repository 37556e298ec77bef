"""The SQL of a plan as text: its head, its comments, what is commented out, its layout."""

from __future__ import annotations

import msgspec
import pytest

from drift.formats.options import Options
from drift.formats.plan import render
from drift.formats.plan.fingerprint import fingerprint_in
from drift.formats.plan.sql import render_sql
from drift.formats.plan.sql_layout import comment, statement, tag
from drift.formats.plan.sql_tokens import runnable
from tests.formats.plan.plans import ADD, DECIDE, DROP, INDEX, VALIDATE, plan, proof, whole

SCRIPT = render_sql(whole(), proof())


def section(script: str, start: str) -> list[str]:
    """Return the lines of a part, up to the next empty line."""
    lines = script.split("\n")
    first = next(n for n, line in enumerate(lines) if line.startswith(start))
    return lines[first : lines.index("", first)]


def test_the_head_says_what_the_file_is_and_how_to_run_it() -> None:
    head = " ".join(line.removeprefix("--").strip() for line in section(SCRIPT, "-- drift"))
    assert "psql -v ON_ERROR_STOP=1 -f FILE" in head
    assert "Then run the whole file again" in head
    assert "Steps outside of transactions: 4. They need a connection to the server itself" in head
    assert "PgBouncer" in head
    assert "PgBouncer" not in render_sql(plan(ADD))
    assert "Proof: proven (PostgreSQL 18.6" in head
    assert "Not complete: step 7 (Drop the column public.users.old) needs --allow drop" in head
    assert "Problem: bad" in render_sql(whole(), proof("bad"))


def test_early_prechecks_come_before_the_first_step_and_late_ones_in_theirs() -> None:
    early = SCRIPT.index("'values of public.users.email are there twice'")
    late = SCRIPT.index("'rows of public.users have no role'")
    assert early < SCRIPT.index("-- Step 1") < SCRIPT.index("-- Step 3") < late
    assert late < SCRIPT.index("VALIDATE CONSTRAINT")


def test_a_step_that_does_not_run_is_a_comment_with_its_reason_first() -> None:
    lines = section(SCRIPT, "-- Step 7")
    assert lines[1] == "-- NOT RUN: needs --allow drop."
    assert all(line.startswith("-- ") for line in lines)
    assert "-- ALTER TABLE public.users DROP COLUMN IF EXISTS old;" in lines
    lines = section(SCRIPT, "-- Step 6")
    assert "-- Choice: --fill public.orders.state=NEW (old rows get NEW)" in lines
    assert lines[1] == "-- NOT RUN: needs a decision."


def test_timeouts_fit_the_lock_and_the_work() -> None:
    assert "SET LOCAL lock_timeout = '2s';" in section(SCRIPT, "-- Step 1")
    assert "SET LOCAL statement_timeout = '30s';" in section(SCRIPT, "-- Step 1")
    assert "SET LOCAL lock_timeout = '1min';" in section(SCRIPT, "-- Step 3")
    assert "SET LOCAL statement_timeout = '0';" in section(SCRIPT, "-- Step 3")
    lines = section(SCRIPT, "-- Step 4")
    assert not [line for line in lines if "LOCAL" in line or line in {"BEGIN;", "COMMIT;"}]
    assert "SET search_path = 'public', 'pg_temp';" in lines
    assert "RESET search_path;" in lines
    assert "search_path" not in render_sql(plan(INDEX))


def test_a_late_precheck_of_a_step_outside_of_transactions_has_its_own() -> None:
    late = tuple(msgspec.structs.replace(check, early=False) for check in INDEX.prechecks)
    script = render_sql(plan(msgspec.structs.replace(INDEX, prechecks=late)))
    lines = section(script, "-- Step 1")
    assert lines.index("BEGIN;") < lines.index("COMMIT;") < lines.index("SET lock_timeout = 0;")


def test_an_excused_rule_is_ignored_on_the_line_after_its_reason() -> None:
    allowed = msgspec.structs.replace(
        DROP, blocked=(), excuses={"ban-drop-column": "No model has it.", "bad rule\n": "x"}
    )
    lines = section(render_sql(plan(allowed)), "-- Step 1")
    at = lines.index("-- squawk-ignore ban-drop-column")
    assert lines[at + 1] == "ALTER TABLE public.users DROP COLUMN IF EXISTS old;"
    assert "-- No model has it." in lines[:at]


def test_without_guards_there_are_only_plain_statements() -> None:
    plain = render_sql(whole(), guards=False).partition("-- The steps back")[0]
    assert "DO $" not in plain
    assert "\\" not in plain
    assert "ADD CONSTRAINT users_email_key UNIQUE" in plain


def test_the_problem_of_a_step_and_the_steps_back_are_comments() -> None:
    failed = proof()
    steps = (msgspec.structs.replace(failed.steps[0], problem="it failed"), *failed.steps[1:])
    script = render_sql(whole(), msgspec.structs.replace(failed, steps=steps))
    assert "-- NOT PROVEN: it failed" in section(script, "-- Step 1")
    back = SCRIPT.partition("-- The steps back.")[2].splitlines()
    assert "-- ALTER TABLE public.users DROP COLUMN IF EXISTS role;" in back
    assert all(line.startswith("--") for line in back[1:])


def test_the_terminal_has_no_influence() -> None:
    assert render("sql", whole(), proof(), Options(width=40, color=True)) == SCRIPT


FINGERPRINTS = {
    "sql": (SCRIPT, "3f2a00deadbeef12"),
    "json": (render("json", whole(), None, Options()), "3f2a00deadbeef12"),
    "a revision": ('"""x"""\n    # drift plan fingerprint: abc\n', "abc"),
    "the first": ("# drift plan fingerprint: a\n# drift plan fingerprint: b\n", "a"),
    "windows": ("-- drift plan fingerprint: abc (x)\r\nSELECT 1;\r\n", "abc"),
    "none": (render_sql(plan(ADD, fingerprint="")), None),
    "no plan": ("SELECT 1;", None),
    "in a statement": ("SELECT 'drift plan fingerprint: abc'", None),
    "another document": ('{"fingerprint": "abc"}', None),
    "a report": ('{"version": 1, "checks": []}', None),
    "another type": ('{"kind": "plan", "fingerprint": 7}', None),
    "no json": ("{", None),
    "deep": ('{"a":' + "[" * 100_000, None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("text", "expected"), FINGERPRINTS.values(), ids=FINGERPRINTS)
def test_the_fingerprint_is_read_from_every_format(text: str, expected: str | None) -> None:
    assert fingerprint_in(text) == expected


def test_a_name_cannot_forge_the_fingerprint() -> None:
    forged = '\n-- drift plan fingerprint: evil\n"x'
    for fingerprint, expected in (("right", "right"), ("", None)):
        of = plan(ADD, target=forged, notes=(forged,), fingerprint=fingerprint)
        assert fingerprint_in(render_sql(of)) == expected


SPELLINGS = {
    "COMMENT ON TABLE a IS 'b\n\x1b\x85\u202e\U000e0001''\\'": (
        r"COMMENT ON TABLE a IS E'b\x0a\x1b\u0085\u202e\U000e0001''\\';"
    ),
    'DROP TABLE "a\n\\""\U000e0001"': r'DROP TABLE U&"a\000a\\""\+0e0001";',
    "SELECT E'a\x1b'": r"SELECT E'a\x1b';",
    "SELECT U&'a\x1b'": r"SELECT U&'a\x1b';",
    "SELECT 'a##[b\x1b'": r"SELECT E'a#\x23[b\x1b';",
    "SELECT a[1:b] -- c": "SELECT a[1: b];",
    "SELECT a[1: b]": "SELECT a[1: b];",
    "SELECT 1  ::text": "SELECT 1::text;",
    "SELECT 1 AS x; DROP TABLE y": r"SELECT 'SELECT 1 AS x; DROP TABLE y' \gexec",
    "\\! x": r"SELECT E'\\! x' \gexec",
    "SELECT $a$\t-- it's\r\n$a$": "SELECT $a$    -- it's\n$a$;",
}


@pytest.mark.parametrize(("sql", "expected"), SPELLINGS.items())
def test_a_statement_has_only_visible_characters(sql: str, expected: str) -> None:
    assert runnable(sql) == expected


def test_statements_are_broken_at_spaces_outside_of_quotes() -> None:
    assert statement("ALTER TABLE a ADD CONSTRAINT b CHECK (c <> 'a b c d e f g')", 30) == [
        "ALTER TABLE a ADD CONSTRAINT b",
        "    CHECK (c <>",
        "    'a b c d e f g');",
    ]
    assert statement("CREATE TABLE a (\n    b int,\n    c int\n)", 20) == [
        "CREATE TABLE a (", "    b int,", "    c int", ");",
    ]  # fmt: skip
    assert statement("DO $$\nBEGIN\n  a b c d;\nEND $$ LANGUAGE plpgsql", 8) == [
        "DO $$", "BEGIN", "  a b c d;", "END $$", "    LANGUAGE", "    plpgsql;",
    ]  # fmt: skip


def test_no_line_of_a_comment_is_an_instruction() -> None:
    lines = comment("x" * 90 + " squawk-ignore-file drift plan fingerprint: evil")
    assert [line[:12] for line in lines[1:]] == ["-- · squawk-"]
    assert comment("squawk-ignore x") == ["-- · squawk-ignore x"]


def test_a_dollar_tag_is_in_none_of_the_texts() -> None:
    assert tag("$drift$ $drift2$", "$drift3$") == "$drift4$"
    assert tag("") == "$drift$"


def test_unused_parts_are_not_printed() -> None:
    script = render_sql(plan(ADD))
    assert "steps back" not in script
    assert "Precheck" not in script
    assert not section(render_sql(plan(DECIDE, VALIDATE)), "-- Step 1")[-1].startswith("-- catalog")
