"""The rules of columns."""

from __future__ import annotations

from drift.kinds.base import presence_rules
from drift.model import Rule, Severity

RULES = (
    *presence_rules(
        "column",
        missing=(
            "Every SELECT and INSERT by the model fails: column does not exist.",
            "Run the migration that adds the column, or write it.",
        ),
        extra=(
            (
                "No effect if the column can stay NULL or has a default; every INSERT by the model "
                "fails if it is NOT NULL without one."
            ),
            (
                "Declare the column, or drop it; if another program owns it, give it a default "
                "or DROP NOT NULL, and add an ignore entry that says whose it is."
            ),
        ),
    ),
    Rule(
        id="column-type-mismatch",
        severity=Severity.ERROR,
        summary="A column's type differs between the models and the database.",
        impact="Values are refused, cut, converted or compared in another way than the model "
        "expects.",
        remedy="ALTER TABLE … ALTER COLUMN … TYPE … USING …, or change the model's type.",
    ),
    Rule(
        id="column-nullability-mismatch",
        severity=Severity.ERROR,
        summary="A column is NOT NULL on one side only.",
        impact="Inserts of NULL fail if only the database says NOT NULL; NULLs reach code that "
        "does not expect them if only the model does.",
        remedy="Backfill and SET NOT NULL, DROP NOT NULL, or change the model.",
    ),
    Rule(
        id="column-default-mismatch",
        severity=Severity.WARNING,
        summary="A column's server default differs between the models and the database.",
        impact="Rows inserted without a value get another one, or fail if there is none.",
        remedy="ALTER TABLE … ALTER COLUMN … SET DEFAULT or DROP DEFAULT, or change the model.",
    ),
    Rule(
        id="column-identity-mismatch",
        severity=Severity.ERROR,
        summary="A column's GENERATED … AS IDENTITY differs between the models and the database.",
        impact="Inserts without a value fail, or numbers are not the ones expected.",
        remedy="ALTER TABLE … ALTER COLUMN … ADD, DROP or SET GENERATED, or change the model.",
    ),
    Rule(
        id="column-collation-mismatch",
        severity=Severity.WARNING,
        summary="A column's collation differs between the models and the database.",
        impact="Values sort and compare in another order; indexes for LIKE may not be used.",
        remedy="ALTER TABLE … ALTER COLUMN … TYPE … COLLATE …, or change the model's type.",
    ),
    Rule(
        id="column-generated-mismatch",
        severity=Severity.ERROR,
        summary="A generated column's expression differs, or only one side generates it.",
        impact="The column holds other values than the model computes, or stays empty.",
        remedy="Drop the column and add it as declared, or change the model's Computed().",
    ),
)
