"""The rules about declarations that PostgreSQL cannot create."""

from drift.model import Rule, Severity

IMPOSSIBLE = Rule(
    id="impossible-declaration",
    severity=Severity.ERROR,
    summary="The models declare an object that PostgreSQL cannot create.",
    impact="No migration can close this gap: creating it fails.",
    remedy="Change the model so that PostgreSQL can create the object.",
)
FROZEN = Rule(
    id="frozen-default",
    severity=Severity.WARNING,
    summary="A server default is a string such as 'now()', which is read once, when the column is "
    "created, and not for every row.",
    impact="Every row gets the moment at which the table was created.",
    remedy="Declare server_default=func.now() or text('now()'), and ALTER COLUMN … SET DEFAULT "
    "now().",
)
RULES = (IMPOSSIBLE, FROZEN)
