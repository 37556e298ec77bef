"""SQL around the statements of a revision: conditions, prechecks and settings."""

from __future__ import annotations

from collections.abc import Sequence

from drift.kinds.sql.text import string_literal
from drift.kinds.sql.types import quote
from drift.plan.step import Precheck
from drift.revisions.language import dollar_tag

LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = "10s"
"""The time limit of a statement that only changes the catalog, with its wait for the lock."""
EXAMPLES, LONGEST_EXAMPLE = 3, 100
_KEPT_PATH = "drift.search_path"
"""A setting of our own: keeps the search path of env.py, which may be that of a tenant."""


def unless(done: str, sql: str) -> str:
    """Return a statement that runs another one if a condition is false or NULL."""
    tag = dollar_tag(sql + done)
    return (
        f"DO {tag}\nBEGIN\n    IF ({done}) IS NOT TRUE THEN\n"
        f"        {sql};\n    END IF;\nEND\n{tag}"
    )


def check(precheck: Precheck) -> str:
    """Return a statement that fails with the number of violations and three examples.

    Columns of the query win over the two variables, even if they have the same names.
    """
    tag = dollar_tag(precheck.query + precheck.problem)
    return f"""DO {tag}
#variable_conflict use_column
DECLARE
    drift_count bigint;
    drift_examples text;
BEGIN
    SELECT count(*), string_agg(left(value, {LONGEST_EXAMPLE}), ', ')
        FILTER (WHERE drift_number <= {EXAMPLES})
    INTO drift_count, drift_examples
    FROM (SELECT value, row_number() OVER () AS drift_number FROM (
        {precheck.query}
    ) AS violation) AS violations;
    IF drift_count > 0 THEN
        RAISE EXCEPTION USING
            MESSAGE = format('%s: %s rows, such as %s',
                {string_literal(precheck.problem)}, drift_count, drift_examples),
            HINT = 'No step after this check was run. Correct the rows, and run it again.';
    END IF;
END
{tag}"""


def set_path(path: Sequence[str], *, local: bool) -> list[str]:
    """Return statements that set the search path, and keep the one before."""
    names = ", ".join(map(quote, path))
    word = str(local).lower()
    return [
        f"SELECT set_config('{_KEPT_PATH}', current_setting('search_path'), {word})",
        f"SELECT set_config('search_path', {string_literal(names)}, {word})",
    ]


def reset_path(*, local: bool) -> str:
    """Return the statement that brings the search path back: env.py's version table needs it."""
    return (
        f"SELECT set_config('search_path', current_setting('{_KEPT_PATH}'), {str(local).lower()})"
    )
