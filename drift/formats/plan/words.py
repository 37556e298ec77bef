"""The phrases about a plan that all formats share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from drift.formats.vocabulary import plural
from drift.plan.operation import Lock, TableName, Work
from drift.plan.proof import Proof, StepProof
from drift.plan.step import Hazard, Plan, Step

Quote: TypeAlias = Callable[[str], str]
"""Makes the name of a table a part of a sentence."""

_DURATIONS = {
    Work.CATALOG: "for milliseconds",
    Work.BATCHES: "during each batch",
    Work.SCAN: "while the table is read",
    Work.BUILD: "while the index is built",
    Work.REWRITE: "while the table is copied",
}
_WORKS = {
    Work.CATALOG: "catalog only: no row is read",
    Work.BATCHES: "batches: updates rows, some at a time",
    Work.SCAN: "scan: reads the whole table",
    Work.BUILD: "index build: reads the whole table",
    Work.REWRITE: "rewrite: copies the table with its indexes",
}

FAILED = "this plan failed its proof: do not run it"

_MOST = 5
"""Findings that one sentence names."""


class Numbered(NamedTuple):
    """A step with its number, and what its proof measured."""

    number: int
    step: Step
    proof: StepProof | None


def numbered(plan: Plan, proof: Proof | None) -> list[Numbered]:
    """Return the steps from 1, with the proofs of those that were run, in their order."""
    left = list(proof.steps) if proof else []
    result = []
    for number, step in enumerate(plan.steps, 1):
        known = bool(left) and step.runs and left[0].title == step.title
        result.append(Numbered(number, step, left.pop(0) if known else None))
    return result


def table_path(table: TableName) -> str:
    """Return `schema.table`."""
    return ".".join(table)


def bytes_in_words(size: int) -> str:
    """Return `about 1.2 GB`, in PostgreSQL's units."""
    number, unit = float(size), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            break
        number /= 1024
    digits = 1 if number < 10 and unit != "bytes" else 0
    return f"about {number:,.{digits}f} {unit}"


def strongest(locks: Mapping[TableName, Lock]) -> list[tuple[TableName, Lock]]:
    """Return the locks, the strongest first."""
    return sorted(locks.items(), key=lambda pair: (-pair[1].strength, pair[0]))


def locks(step: Step, quote: Quote = str) -> list[str]:
    """Return `ACCESS EXCLUSIVE on public.users: reads and writes wait, for milliseconds`."""
    return [
        f"{lock} on {quote(table_path(table))}: {lock.effect}"
        + (f", {_DURATIONS[step.work]}" if lock.needs_timeout else "")
        for table, lock in strongest(step.locks)
    ]


def work(plan: Plan, step: Step, quote: Quote = str) -> str:
    """Return `rewrite: copies the table with its indexes (public.users, about 1.2 GB)`."""
    table = step.table
    size = (plan.sizes.get(table) if table else 0) or 0
    where = [quote(table_path(table))] if table else []
    where += [bytes_in_words(size)] if size else []
    at_once = step.work is Work.BATCHES and step.transactional
    phrase = "updates rows, in one statement" if at_once else _WORKS[step.work]
    return phrase + (f" ({', '.join(where)})" if where else "")


def measured(proof: StepProof) -> str:
    """Return the measured effects of a step on the clone."""
    taken = ", ".join(f"{lock} on {table_path(table)}" for table, lock in strongest(proof.locks))
    return f"{taken or 'no lock on a table'}; {proof.work}"


def closes(plan: Plan, step: Step) -> list[str]:
    """Return the titles of the findings that a step helps to close."""
    return list(dict.fromkeys(plan.titles.get(finding, finding) for finding in step.findings))


def hazard(name: Hazard) -> str:
    """Return `drop: removes an object that only the database has`."""
    return f"{name}: {name.meaning}"


def state(step: Step) -> str:
    """Return why a step is not run; "" if it is."""
    reasons = []
    if step.decision is not None:
        reasons.append("needs a decision")
    if step.blocked:
        reasons.append(f"needs {' '.join(f'--allow {name}' for name in step.blocked)}")
    if step.waits:
        reasons.append(f"waits for {step.waits}")
    if not reasons and not step.operations:
        reasons.append("has no statement")
    return " and ".join(reasons)


def headline(plan: Plan) -> str:
    """Return `7 steps close every finding`, or `5 of 7 steps are ready; 2 need --allow drop`."""
    total, ready = len(plan.steps), len(plan.running)
    if plan.complete:
        closes = f"{plural(total, 'step')} {'closes' if total == 1 else 'close'} every finding"
        return closes if total else "no step is needed"
    of = f"{ready} of " if ready < total else ""
    is_ready = "is ready" if (ready if of else total) == 1 else "are ready"
    parts = [f"{of}{plural(total, 'step')} {is_ready}"] if total else []
    return "; ".join((*parts, *_not_ready(plan)))


def _not_ready(plan: Plan) -> Iterator[str]:
    """Yield `2 need --allow drop`, and how many findings have no step."""
    counts = Counter(_need(step) for step in plan.steps if not step.runs)
    for (one, many), count in counts.items():
        yield f"{count} {one if count == 1 else many}"
    if open_ := len({refusal.finding for refusal in plan.refusals}):
        yield f"{plural(open_, 'difference')} {'has' if open_ == 1 else 'have'} no step"


def _need(step: Step) -> tuple[str, str]:
    """Return the words for a step that is not ready, and those for several."""
    if step.decision is not None:
        return "needs a decision", "need a decision"
    if step.blocked:
        options = " ".join(f"--allow {name}" for name in step.blocked)
        return f"needs {options}", f"need {options}"
    return ("waits", "wait") if step.waits else ("has no statement", "have no statement")


def title(step: Step) -> str:
    """Return the title as a heading has it."""
    return step.title[:1].upper() + step.title[1:]


def hazards(step: Step) -> list[Hazard]:
    """Return the hazards of a step, first those that are not allowed."""
    return list(dict.fromkeys((*step.blocked, *step.hazards)))


def missing(plan: Plan) -> Iterator[str]:
    """Yield the reasons why a plan is incomplete: steps first, then findings without one."""
    waiting: dict[str, list[str]] = {}
    for number, step in enumerate(plan.steps, 1):
        if step.waits and not (step.decision or step.blocked):
            waiting.setdefault(step.waits, []).append(str(number))
        elif reason := state(step):
            question = f": {step.decision.question}" if step.decision else ""
            yield f"step {number} ({step.title}) {reason}{question}"
    for path, numbers in waiting.items():
        verb = "step {} waits" if len(numbers) == 1 else "steps {} wait"
        yield f"{verb.format(', '.join(numbers))} for {path}"
    for refusal in plan.refusals:
        yield f"{refusal.path} is not in the plan: {refusal.reason}"


def verdict(plan: Plan, proof: Proof | None) -> str:
    """Return `proven`, `not proven` or `the proof failed`."""
    if proof is None:
        return "not proven" if plan.running else "there is no step to prove"
    return "proven" if proof.proven else "the proof failed"


def warning(proof: Proof | None) -> str:
    """Return the sentence that comes first if the proof failed; "" if it did not."""
    return f"{FAILED}." if proof and not proof.proven else ""


def outcome(plan: Plan, proof: Proof | None) -> str:
    """Return whether the plan is proven, on which server, with how many rows."""
    if proof is None:
        reason = ": the plan was not run on a scratch server" if plan.running else ""
        return verdict(plan, proof) + reason
    facts = (
        f"PostgreSQL {proof.server_version}, cloned from {proof.clone}",
        plural(len(proof.steps), "step"),
        plural(proof.rows, "synthetic row"),
        f"{proof.seconds:,.1f} s",
    )
    word = "" if proof.proven else f", {plural(len(proof.problems), 'problem')}"
    return f"{verdict(plan, proof)}{word} ({'; '.join(facts)})"


def remarks(plan: Plan, proof: Proof | None) -> Iterator[str]:
    """Yield the sentences about the whole plan and its proof."""
    yield from plan.notes
    if titles := _also_closed(plan):
        more = f" and {len(titles) - _MOST:,} more" if len(titles) > _MOST else ""
        yield f"also closed by these steps: {', '.join(titles[:_MOST])}{more}"
    if proof is None:
        return
    yield from (f"caught before any change: {text}" for text in proof.caught)
    if proof.downgrade:
        yield proof.downgrade
    yield from proof.notes


def _also_closed(plan: Plan) -> list[str]:
    """Return the titles of the findings that no step names."""
    named = {finding for step in plan.steps for finding in step.findings}
    titles = {plan.titles.get(finding, finding) for finding in plan.covered if finding not in named}
    return sorted(titles)
