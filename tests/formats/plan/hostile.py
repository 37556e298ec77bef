"""A plan for a table that a database really can have, whose names and texts are hostile."""

from __future__ import annotations

from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan.operation import Lock, Operation, Work
from drift.plan.proof import Proof, StepProof
from drift.plan.step import Choice, Decision, Hazard, Phase, Plan, Precheck, Refusal, Step


def hostile(name: str, text: str) -> Plan:
    """Return a plan about a table, a column and a constraint called `name` with comments `text`."""
    table, column = ("public", name), types.quote(name)
    path = f"public.{types.quote(name)}"
    ax = {table: Lock.ACCESS_EXCLUSIVE}
    exists = (
        "EXISTS (SELECT FROM pg_constraint WHERE conrelid = "
        f"to_regclass({string_literal(path)}) AND conname = {string_literal(name)})"
    )
    words = f"{name} {text}"
    return Plan(
        target=words,
        default_schema=name,
        search_path=("public", "pg_temp"),
        fingerprint="abc",
        sizes={table: 10},
        titles={words: words},
        notes=(words,),
        irreversible=(words,),
        refusals=(Refusal(finding=words, path=words, reason=words),),
        steps=(
            Step(
                title=f"Comment {words}",
                phase=Phase.COMMENTS,
                table=table,
                remarks=(words,),
                findings=(words,),
                excuses={"ban-drop-column": words, words: words},
                operations=(
                    Operation(
                        sql=f"COMMENT ON COLUMN {path}.{column} IS {string_literal(text)}",
                        locks=ax,
                    ),
                ),
            ),
            Step(
                title=f"Check {words}",
                phase=Phase.CHECKS,
                table=table,
                prechecks=(
                    Precheck(
                        problem=f"early {words}",
                        query=f"SELECT {column}::text AS value FROM {path}"
                        f" WHERE {column} = {string_literal(text)}",
                    ),
                    Precheck(
                        problem=f"late {words}",
                        query=f"SELECT {column} AS value FROM {path}"
                        f" WHERE {column} = {string_literal(text)}",
                        early=False,
                    ),
                ),
                operations=(
                    Operation(
                        sql=f"ALTER TABLE {path} ADD CONSTRAINT {column}"
                        f" CHECK ({column} <> {string_literal(text)})",
                        locks=ax,
                        work=Work.SCAN,
                        done=exists,
                    ),
                ),
            ),
            Step(
                title=f"Index {words}",
                phase=Phase.INDEXES,
                table=table,
                operations=(
                    Operation(
                        sql=f"CREATE INDEX CONCURRENTLY IF NOT EXISTS index_of_it ON {path}"
                        f" ({column}) WHERE {column} <> {string_literal(text)}",
                        work=Work.BUILD,
                        transactional=False,
                    ),
                    Operation(
                        sql="CREATE INDEX CONCURRENTLY other_index ON"
                        f" {path} ({column})",
                        work=Work.BUILD,
                        transactional=False,
                        done="to_regclass('public.other_index') IS NOT NULL",
                    ),
                ),
            ),
            Step(
                title=f"Drop {words}",
                phase=Phase.DROP_COLUMNS,
                table=table,
                hazards=(Hazard.DROP,),
                blocked=(Hazard.DROP,),
                decision=Decision(
                    question=words, choices=(Choice(option=words, effect=words),)
                ),
                operations=(Operation(sql=f"DROP TABLE {path}", locks=ax),),
            ),
        ),
        downgrade=(
            Step(
                title=f"Back {words}",
                phase=Phase.DROP_TABLES,
                operations=(Operation(sql=f"DROP TABLE {path}", locks=ax),),
            ),
        ),
    )  # fmt: skip


def hostile_proof(plan: Plan, text: str) -> Proof:
    steps = tuple(
        StepProof(title=step.title, locks=step.locks, problem=text) for step in plan.running
    )
    return Proof(
        server_version=text,
        clone=text,
        steps=steps,
        problems=(text,),
        caught=(text,),
        downgrade=text,
        notes=(text,),
    )
