"""The plan as one JSON document, in a versioned shape of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from drift import __version__
from drift.formats.escape import visible_json
from drift.formats.options import Options
from drift.formats.plan import words
from drift.plan.operation import Lock, Operation, TableName, Work
from drift.plan.proof import Proof, StepProof
from drift.plan.step import Plan, Precheck, Step
from drift.report import plan_shape_v1 as shape
from drift.report.json_v1 import encodable
from drift.report.shape_v1 import Tool

VERSION = 1


def render(plan: Plan, proof: Proof | None, options: Options) -> str:
    """Return the document, indented, with a line break at its end."""
    document = encodable(msgspec.to_builtins(_plan(plan, proof)))
    return (
        visible_json(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()) + "\n"
    )


def _plan(plan: Plan, proof: Proof | None) -> shape.Plan:
    titles = plan.titles
    return shape.Plan(
        version=VERSION,
        tool=Tool(name="drift", version=__version__),
        kind="plan",
        target=plan.target,
        fingerprint=plan.fingerprint,
        server_version=plan.server_version,
        default_schema=plan.default_schema,
        search_path=plan.search_path,
        complete=plan.complete,
        steps=tuple(_step(number, step, plan) for number, step in enumerate(plan.steps, 1)),
        downgrade=tuple(_step(number, step, plan) for number, step in enumerate(plan.downgrade, 1)),
        irreversible=plan.irreversible,
        kept=plan.kept,
        covered=plan.covered,
        refusals=tuple(
            shape.Refusal(finding=each.finding, path=each.path, reason=each.reason)
            for each in plan.refusals
        ),
        findings=tuple(
            shape.PlannedFinding(fingerprint=key, title=text) for key, text in titles.items()
        ),
        tables=tuple(
            shape.TableSize(schema=schema, table=table, bytes=size)
            for (schema, table), size in plan.sizes.items()
        ),
        notes=plan.notes,
        proof=_proof(plan, proof) if proof else None,
    )


def _step(number: int, step: Step, plan: Plan) -> shape.Step:
    return shape.Step(
        number=number,
        title=step.title,
        phase=step.phase.name.lower().replace("_", "-"),
        table=_table(step.table),
        runs=step.runs,
        transactional=step.transactional,
        statements=tuple(map(_statement, step.operations)),
        locks=tuple(_locks(step.locks)),
        work=_work(step.work),
        prechecks=tuple(map(_precheck, step.prechecks)),
        hazards=tuple(
            shape.Hazard(name=name, meaning=name.meaning, allowed=name not in step.blocked)
            for name in dict.fromkeys((*step.hazards, *step.blocked))
        ),
        decision=_decision(step),
        waits=step.waits,
        remarks=step.remarks,
        excuses=dict(step.excuses),
        findings=step.findings,
    )


def _table(table: TableName | None) -> shape.Table | None:
    return None if table is None else shape.Table(schema=table[0], table=table[1])


def _locks(locks: Mapping[TableName, Lock]) -> Iterable[shape.TableLock]:
    for (schema, table), lock in locks.items():
        name = cast("shape.LockName", str(lock))
        yield shape.TableLock(schema=schema, table=table, lock=name, effect=lock.effect)


def _work(work: Work) -> shape.WorkName:
    return cast("shape.WorkName", str(work))


def _statement(operation: Operation) -> shape.Statement:
    return shape.Statement(
        sql=operation.sql,
        locks=tuple(_locks(operation.locks)),
        work=_work(operation.work),
        transactional=operation.transactional,
        done=operation.done,
    )


def _precheck(check: Precheck) -> shape.Precheck:
    return shape.Precheck(problem=check.problem, query=check.query, early=check.early)


def _decision(step: Step) -> shape.Decision | None:
    if step.decision is None:
        return None
    return shape.Decision(
        question=step.decision.question,
        choices=tuple(
            shape.Choice(option=choice.option, effect=choice.effect)
            for choice in step.decision.choices
        ),
    )


def _proof(plan: Plan, proof: Proof) -> shape.Proof:
    values: dict[str, Any] = msgspec.structs.asdict(proof) | {
        "steps": tuple(map(_step_proof, proof.steps)),
        "proven": proof.proven,
        "outcome": words.outcome(plan, proof),
    }
    return shape.Proof(**values)


def _step_proof(step: StepProof) -> shape.StepProof:
    return shape.StepProof(
        title=step.title,
        locks=tuple(_locks(step.locks)),
        work=_work(step.work),
        problem=step.problem,
    )
