"""The plan for a terminal."""

from __future__ import annotations

import re

import msgspec
import pytest

from drift.formats.options import Options
from drift.formats.plan import render, words
from drift.plan.operation import Lock, Operation, Work
from drift.plan.step import Phase, Plan, Refusal, Step
from tests.formats.plan.plans import ADD, DECIDE, DROP, INDEX, USERS, plan, proof, whole


def text(of: Plan, evidence: object = None, **options: object) -> str:
    return render("text", of, evidence, Options(**({"width": 100} | options)))  # type: ignore[arg-type]


OPEN = Refusal(finding="a", path="b", reason="c")
SHOWN = text(whole(), proof())


def step(number: int, shown: str = SHOWN) -> list[str]:
    """Return the lines of a step."""
    blocks = re.split(r"\n\n", shown)
    return next(block for block in blocks if block.startswith(f"{number}. ")).splitlines()


def test_the_head_has_the_outcome_and_names_what_is_missing() -> None:
    assert SHOWN.splitlines()[1:6] == [
        "  5 of 7 steps are ready; 1 needs a decision; 1 needs --allow drop; "
        "1 difference has no step",
        "    ! step 6 (Fill public.orders.state) needs a decision: Which value do old rows get?",
        "    ! step 7 (Drop the column public.users.old) needs --allow drop",
        "    ! public.events is not in the plan: its partitions are not in place",
        "  proven (PostgreSQL 18.6, cloned from pg_dump; 5 steps; 400 synthetic rows; 2.1 s)",
    ]


def test_a_step_has_its_statement_lock_work_and_findings() -> None:
    assert step(1) == [
        "1. Add the column public.users.role",
        "      ALTER TABLE public.users ADD COLUMN IF NOT EXISTS role text;",
        "   lock       ACCESS EXCLUSIVE on public.users: reads and writes wait, for milliseconds",
        "   work       catalog only: no row is read (public.users, about 1.2 GB)",
        "   closes     missing-column public.users.role",
    ]


def test_prechecks_are_queries_to_copy() -> None:
    lines = step(4)
    assert "   runs       outside of a transaction" in lines
    assert "   precheck   values of public.users.email are there twice" in lines
    assert (
        "              SELECT email AS value FROM public.users GROUP BY email HAVING count(*) > 1;"
        in lines
    )


def test_a_decision_has_the_option_to_type() -> None:
    assert step(6)[:3] == [
        "6. Fill public.orders.state [needs a decision]",
        "   decide     Which value do old rows get?",
        "              --fill public.orders.state=NEW: old rows get NEW",
    ]


def test_what_is_not_allowed_is_marked_with_its_hazard() -> None:
    assert step(7)[0].endswith("[needs --allow drop]")
    assert "   hazard     drop: removes an object that only the database has" in step(7)
    assert "excuse" not in SHOWN
    assert "ban-drop-column: The models do not have the column." in text(whole(), verbose=True)


def test_both_reasons_of_a_step_are_named() -> None:
    both = msgspec.structs.replace(DROP, decision=DECIDE.decision)
    assert "[needs a decision and needs --allow drop]" in text(plan(both))


def test_the_end_has_the_steps_back_and_the_outcome_once_more() -> None:
    assert "  1. Drop the column public.users.role\n" in SHOWN
    assert "  ! the values of public.users.old are not kept\n" in SHOWN
    assert SHOWN.endswith(
        "\nproduction: 5 of 7 steps are ready; 1 needs a decision; 1 needs --allow drop; "
        "1 difference has no\nstep; proven\n"
    )


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (plan(), "no step is needed"),
        (plan(ADD), "1 step closes every finding"),
        (plan(ADD, INDEX), "2 steps close every finding"),
        (plan(ADD, DROP), "1 of 2 steps is ready; 1 needs --allow drop"),
        (plan(refusals=(OPEN,)), "1 difference has no step"),
        (plan(ADD, refusals=(OPEN,)), "1 step is ready; 1 difference has no step"),
        (plan(ADD, INDEX, refusals=(OPEN,)), "2 steps are ready; 1 difference has no step"),
        (plan(DROP, DROP), "0 of 2 steps are ready; 2 need --allow drop"),
    ],
)
def test_the_headline_says_whether_the_plan_is_complete(of: Plan, expected: str) -> None:
    verdict = "not proven" if of.running else "there is no step to prove"
    assert text(of).endswith(f"production: {expected}; {verdict}\n")


def test_a_failed_proof_is_not_printed_as_good() -> None:
    failed = proof("step 1 took ACCESS EXCLUSIVE")
    first = msgspec.structs.replace(failed.steps[0], problem="it failed", locks={})
    failed = msgspec.structs.replace(failed, steps=(first, *failed.steps[1:]))
    shown = text(whole(), failed)
    assert shown.splitlines()[1] == "  This plan failed its proof: do not run it."
    assert "the proof failed, 1 problem (PostgreSQL 18.6" in shown
    assert "    ✗ step 1 took ACCESS EXCLUSIVE" in shown
    assert "   problem    it failed" in step(1, shown)
    assert "   measured   no lock on a table; catalog only" in step(1, shown)
    assert shown.endswith("; the proof failed\n")
    measured = text(whole(), proof("x", steps=(msgspec.structs.replace(first, locks={
        USERS: Lock.SHARE, ("a", "b"): Lock.ACCESS_EXCLUSIVE}, work=Work.REWRITE),)))  # fmt: skip
    assert "   measured   ACCESS EXCLUSIVE on a.b, SHARE on public.users; rewrite" in measured


def test_steps_that_wait_are_named_together() -> None:
    waiting = msgspec.structs.replace(ADD, waits="public.users.old")
    shown = text(plan(DROP, waiting, waiting, msgspec.structs.replace(ADD, waits="x")))
    assert "    ! steps 2, 3 wait for public.users.old\n    ! step 4 waits for x\n" in shown
    assert step(2, shown)[0].endswith("role [waits for public.users.old]")


def test_color_is_only_style() -> None:
    colored = text(whole(), proof(), color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == SHOWN


@pytest.mark.parametrize("width", [20, 60, 80])
def test_words_fit_the_width_and_statements_stay_whole(width: int) -> None:
    shown = text(whole(), proof(), width=width)
    statements = [line for line in shown.splitlines() if len(line) > max(width, 60)]
    assert not statements or width == 20


def test_a_title_begins_with_a_capital_and_an_empty_table_has_no_size() -> None:
    fill = Operation(sql="UPDATE public.users SET a = 1", work=Work.BATCHES)
    of = Step(title="fill it", phase=Phase.BACKFILL, table=USERS, operations=(fill,))
    lines = step(1, text(plan(of, sizes={USERS: 0})) + "\n")
    assert lines[0] == "1. Fill it"
    assert "   work       updates rows, in one statement (public.users)" in lines
    batches = msgspec.structs.replace(fill, transactional=False)
    assert "batches: updates rows, some at a time" in text(
        plan(msgspec.structs.replace(of, operations=(batches,)))
    )


def test_a_long_list_is_shortened() -> None:
    many = msgspec.structs.replace(ADD, findings=tuple(f"g{number}" for number in range(9)))
    assert "and 5 more findings" in text(plan(many))
    assert "   closes     g8" in text(plan(many), verbose=True)
    shown = text(plan(*[DECIDE] * 40))
    assert "    … and 10 more, see below" in shown


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "about 0 bytes"),
        (999, "about 999 bytes"),
        (8192, "about 8.0 kB"),
        (10_485_760, "about 10 MB"),
        (1_300_000_000, "about 1.2 GB"),
        (10**16, "about 9,095 TB"),
    ],
)
def test_sizes_are_in_the_units_of_postgresql(size: int, expected: str) -> None:
    assert words.bytes_in_words(size) == expected


@pytest.mark.parametrize(
    ("lock", "work", "expected"),
    [
        (Lock.ACCESS_EXCLUSIVE, Work.REWRITE, "reads and writes wait, while the table is copied"),
        (Lock.SHARE, Work.BUILD, "writes wait, while the index is built"),
        (Lock.SHARE_ROW_EXCLUSIVE, Work.SCAN, "writes wait, while the table is read"),
        (Lock.ROW_SHARE, Work.SCAN, "reads and writes go on"),
        (Lock.ROW_EXCLUSIVE, Work.BATCHES, "reads and writes of other rows go on"),
    ],
)
def test_a_lock_says_who_waits_and_how_long(lock: Lock, work: Work, expected: str) -> None:
    operation = Operation(sql="SELECT 1", locks={USERS: lock}, work=work)
    of = Step(title="x", phase=Phase.TABLES, operations=(operation,))
    assert words.locks(of) == [f"{lock} on public.users: {expected}"]


def test_a_step_that_locks_no_old_table_says_so() -> None:
    of = Step(title="x", phase=Phase.TABLES, operations=(Operation(sql="CREATE TABLE a ()"),))
    assert "   lock       on no table that exists" in step(1, text(plan(of)) + "\n")
    empty = Step(title="Look", phase=Phase.TABLES, operations=(), remarks=("see",))
    assert step(1, text(plan(empty))) == [
        "1. Look [has no statement]", "   note       see",
    ]  # fmt: skip


def test_findings_that_other_steps_close_are_named() -> None:
    shown = text(plan(ADD, covered=("f1", "z")))
    assert "  note: also closed by these steps: z\n" in shown
    covered = ("f1", "a", "b", "c", "d", "f5", "f", "g")
    assert ": a, b, c, d, f and 2 more" in text(plan(ADD, covered=covered))


def test_notes_name_what_the_proof_tried() -> None:
    shown = text(whole(), proof(notes=("no pg_dump",)))
    for note in ("caught before any change: values", "the way back was tested", "no pg_dump"):
        assert f"  note: {note}" in shown
