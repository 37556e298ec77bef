"""Comments on objects of any kind."""

from drift.model import Rule, Severity

COMMENT_MISMATCH = Rule(
    id="comment-mismatch",
    severity=Severity.INFO,
    summary="A comment differs between the models and the database.",
    impact="No effect on queries; people who read the schema see another comment.",
    remedy="COMMENT ON …, or change the model's comment.",
)


def comment_sql(catalog: str, oid: str, column: str = "0") -> str:
    """Return SQL for the comment on an object, or on a column by its number."""
    return (
        "(SELECT d.description FROM pg_catalog.pg_description d"
        f" WHERE d.classoid = 'pg_catalog.{catalog}'::regclass AND d.objoid = {oid}"
        f" AND d.objsubid = {column})"
    )
