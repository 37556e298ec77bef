"""Proves a plan on a scratch server: glue between the check and the proof."""

from __future__ import annotations

from msgspec.structs import replace

from drift.check.address import address_of
from drift.check.env_hooks import hooks_of
from drift.check.planned import Made
from drift.check.reading import Manner
from drift.check.session import compare_with_database
from drift.check.target import differences, judged
from drift.config import Target
from drift.kinds.migration import RULES
from drift.plan.proof import Proof
from drift.plan.step import Plan
from drift.proof.prove import prove
from drift.proof.run import Expectation
from drift.report.finding import Finding
from drift.scratch import Scratch
from drift.sources.interface import Note


def verified(target: Target, made: Made, scratch: Scratch, note: Note) -> Proof:
    """Run the plan on a clone of the live schema. Raises DatabaseError without a scratch server."""
    expected = made.examined.expected
    hooks = hooks_of(target, scratch, note)

    def again(url: str) -> list[str]:
        on_clone = replace(target, database=url, causes=False)
        address = address_of(on_clone, {})
        everywhere = hooks.include_schemas and not target.schemas
        manner = Manner(needs_tables=False, everywhere=everywhere)
        seconds = target.connect_timeout
        result = compare_with_database(on_clone, expected, address, seconds, manner)
        remaining = differences(target, expected, result)
        report = judged(target, expected, result, remaining, (), hooks=hooks, access=address)
        return list(map(_brief, report.findings))

    return prove(
        made.plan,
        made.live,
        made.surroundings,
        scratch=scratch,
        check_again=again,
        expectation=_expectation(made),
        extensions=made.examined.compared.reflection.server.extensions,
        note=note,
    )


def _brief(finding: Finding) -> str:
    return f"{finding.rule} {finding.object.path}"


def _expectation(made: Made) -> Expectation:
    """Return the expected differences before and after the plan: those left open stay.

    A clone has no migrations, and so no findings about them.
    """
    of_migrations = {rule.id for rule in RULES}
    all_findings = [f for f in made.examined.report.findings if f.rule not in of_migrations]
    closed = _closed(made.plan)
    kept = set(made.plan.kept)
    return Expectation(
        before=frozenset(map(_brief, all_findings)),
        after=frozenset(_brief(f) for f in all_findings if f.fingerprint not in closed),
        kept=frozenset(_brief(f) for f in all_findings if f.fingerprint in kept),
    )


def _closed(plan: Plan) -> set[str]:
    """Return the findings that the steps close: all of their steps are run."""
    waiting = {each for step in plan.steps if not step.runs for each in step.findings}
    refused = {refusal.finding for refusal in plan.refusals}
    planned = {each for step in plan.running for each in step.findings} | set(plan.covered)
    return planned - waiting - refused
