"""Changes the models so that they accept the live schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from drift import redaction
from drift.adopt import Adoption, adopted, subjects
from drift.adopt import write as write_patches
from drift.check.planned import Made
from drift.errors import UsageError
from drift.kinds import RULES
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.process.isolation import folder
from drift.report.fix import PENDING, UPGRADE
from drift.sources.interface import Expected

_OF_MIGRATIONS = {rule.id for rule in MIGRATION_RULES}


def adopt(made: Made, expected: Expected) -> Adoption:
    """Return the patches of the models' files. Raises UsageError if there are no models."""
    from drift.sources.models.loader import Models
    from drift.sources.sql_objects.expected import WithObjects

    if isinstance(expected, WithObjects):
        expected = expected.tables_only
    if not isinstance(expected, Models):
        raise UsageError(
            f"--adopt changes the models, and the expected side is {expected.source} "
            f"{expected.name}; name the models with --models"
        )
    matches = made.examined.compared.variants[0].comparison.matches
    differing = [finding for finding in made.findings if finding.rule not in _OF_MIGRATIONS]
    return adopted(
        subjects(differing, matches),
        made.declared,
        made.live,
        Path(folder()),
        tables={name: location for name, location, _ in expected.locations()},
    )


def write(adoption: Adoption) -> None:
    """Write the changed files. Raises UsageError if one was changed meanwhile, or for a secret."""
    for patch in adoption.patches:
        if _safe(patch.diff) != patch.diff:
            raise UsageError(
                f"no file was written: the patch of {patch.file} has a password of the database; "
                "change the model by hand"
            )
    write_patches(adoption.patches, Path(folder()))


def text(adoption: Adoption) -> str:
    """Return the patches as one unified diff, with *** for passwords."""
    return "".join(_safe(patch.diff) for patch in adoption.patches)


def _safe(text: str) -> str:
    return redaction.known().text(text)


def of_migrations(made: Made) -> Iterator[str]:
    """Yield the fixes of findings about migrations: no model can be changed for them."""
    for finding in made.findings:
        if finding.rule in _OF_MIGRATIONS:
            action = f"run {UPGRADE}" if finding.rule == PENDING else RULES[finding.rule].remedy
            yield f"not about the models: {finding.message}; {action}"


def notes(adoption: Adoption, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the changes that a person must make by hand, with the code to write."""
    for each in adoption.by_hand:
        at = f" ({each.file}:{each.line})" if each.file else ""
        yield f"by hand: {titles.get(each.finding, each.finding)}{at}: {each.reason}"
        if each.code:
            yield _safe(f"    {each.code}")
