"""The advice of a check: the findings of the rules that the target asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from drift.check.session import Compared, SchemaVariant
from drift.check.tenants import Tenancy
from drift.config import IgnoreEntry, Target
from drift.kinds import KINDS, RULES
from drift.kinds.advice import ADVISORS
from drift.kinds.advice.base import Advice, Advisor, Subject
from drift.kinds.advice.details import Details, SequenceState
from drift.kinds.advice.mappings import Mappings
from drift.kinds.advice.sequence_ends import ADVISOR as SEQUENCES
from drift.kinds.advice.sequence_ends import renamed
from drift.kinds.base import noun_of
from drift.model import Rule
from drift.report.finding import Finding
from drift.sources.database.schema_patterns import is_pattern

if TYPE_CHECKING:
    from drift.sources.interface import Expected

_KINDS: Mapping[str, Any] = {kind.name: kind for kind in KINDS}


def is_on(target: Target, rule: str) -> bool:
    """Return whether a target asks for a rule of advice."""
    return any(fnmatchcase(rule, pattern) for pattern in target.advice)


def wanted(target: Target) -> list[Advisor]:
    """Return the rules that a target asks for."""
    return [each for each in ADVISORS if is_on(target, each.rule.id)]


def usable_entries(target: Target) -> tuple[IgnoreEntry, ...]:
    """Return the ignore entries, without those that are only about advice that is off."""
    return tuple(
        entry
        for entry in target.ignore
        if any(
            fnmatchcase(rule.id, entry.rule) and (not rule.advice or is_on(target, rule.id))
            for rule in RULES.values()
        )
    )


def advice(target: Target, expected: Expected, result: Compared) -> tuple[list[Finding], list[str]]:
    """Return the findings of the rules that are on, and notes about facts that are missing."""
    advisors = wanted(target)
    if not advisors:
        return [], []
    notes: dict[str, None] = {}
    details, of_tenants = _apart(result)
    variants = []
    for variant in result.variants:
        mappings = _mappings(expected, result, variant)
        notes |= dict.fromkeys(mappings.notes)
        variants += list(_advised(advisors, variant, details, mappings, notes, of_tenants))
    tenancy = Tenancy(variants, list(filter(is_pattern, target.schemas)))
    if tenancy.total:
        return tenancy.findings(), list(notes)
    return [finding for each in variants for finding in each.comparison.findings], list(notes)


def _apart(result: Compared) -> tuple[Details, Mapping[str, Sequence[SequenceState]]]:
    """Return the details without the tenants' sequences, and these by their schema."""
    details = result.reflection.details
    tenants = {schema for variant in result.variants for schema in variant.tenants}
    shared = tuple(state for state in details.sequences if state.schema not in tenants)
    of_tenants: dict[str, list[SequenceState]] = defaultdict(list)
    for state in details.sequences:
        of_tenants[state.schema].append(state)
    return replace(details, sequences=shared), of_tenants


def _mappings(expected: Expected, result: Compared, variant: SchemaVariant) -> Mappings:
    return expected.mappings(
        variant.declared.default_schema, result.reflection.server.version_number
    )


def _advised(  # noqa: PLR0913, PLR0917 — as _with
    advisors: Iterable[Advisor],
    variant: SchemaVariant,
    details: Details,
    mappings: Mappings,
    notes: dict[str, None],
    of_tenants: Mapping[str, Sequence[SequenceState]],
) -> Iterator[SchemaVariant]:
    """Yield a variant with its advice for its differences; one more for the numbers of each tenant.

    Tenants with the same objects have used different numbers of their sequences.
    """
    yield _with(advisors, variant, variant.tenants, details, mappings, notes)
    example = variant.tenants[0] if variant.tenants else ""
    for tenant in variant.tenants if SEQUENCES in advisors else ():
        own = of_tenants.get(tenant, ())
        sequences = tuple(renamed(state, tenant, example) for state in own)
        numbers = replace(details, sequences=sequences)
        yield from _in_tenant(_with([SEQUENCES], variant, (), numbers, mappings, notes), tenant)


def _in_tenant(variant: SchemaVariant, tenant: str) -> Iterator[SchemaVariant]:
    from drift.compare.comparator import Comparison

    findings = tuple(
        replace(finding, object=replace(finding.object, schema=tenant))
        for finding in variant.comparison.findings
    )
    if findings:
        yield replace(variant, comparison=Comparison(findings=findings), tenants=(tenant,))


def _with(  # noqa: PLR0913, PLR0917 — what a subject is made of
    advisors: Iterable[Advisor],
    variant: SchemaVariant,
    tenants: tuple[str, ...],
    details: Details,
    mappings: Mappings,
    notes: dict[str, None],
) -> SchemaVariant:
    from drift.compare.comparator import Comparison

    subject = Subject(
        variant.declared,
        variant.live,
        details,
        mappings,
        different=[finding.object for finding in variant.comparison.findings],
    )
    findings = tuple(
        _finding(each.rule, advice, subject) for each in advisors for advice in each.advise(subject)
    )
    notes |= subject.notes
    return replace(variant, comparison=Comparison(findings=findings), tenants=tenants)


def _finding(rule: Rule, advice: Advice, subject: Subject) -> Finding:
    ref = advice.ref
    facts = None if advice.item is None else _KINDS[ref.kind].facts_of(advice.item)
    named = ref.name if ref.table else f"{ref.schema}.{ref.name}"
    label = f"{noun_of(ref.kind)} {named}"
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        object=ref,
        expected=facts if _is_declared(subject, ref) else None,
        actual=facts,
        message=f"{label}: {advice.detail}",
        detail=advice.detail,
        impact=advice.impact or rule.impact,
    )


def _is_declared(subject: Subject, ref: Any) -> bool:
    """Return whether the models have the object, so that the facts are those of both sides."""
    return ref not in subject.different
