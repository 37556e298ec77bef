"""Mutations of materialized views."""

from __future__ import annotations

from tests.mutations.sql_objects import cases

DECLARED = (
    "CREATE MATERIALIZED VIEW counts AS SELECT active, count(*) AS n FROM users GROUP BY active",
    "CREATE MATERIALIZED VIEW public.later AS SELECT id FROM users WITH NO DATA",
)
_AGAIN = "DROP MATERIALIZED VIEW counts; CREATE MATERIALIZED VIEW counts AS"

CASES = cases(
    "materialized view",
    DECLARED,
    ("dropped", "DROP MATERIALIZED VIEW counts", "error missing-materialized-view public.counts"),
    ("another query", f"{_AGAIN} SELECT active, count(name) AS n FROM users GROUP BY active",
     "warning materialized-view-mismatch public.counts"),
    ("a column less", f"{_AGAIN} SELECT count(*) AS n FROM users",
     "error materialized-view-mismatch public.counts"),
    ("spelled otherwise",
     f"{_AGAIN} select Users.active, COUNT ( * ) as N from public.users group by users.active"),
    ("not filled", f"{_AGAIN} SELECT active, count(*) AS n FROM users GROUP BY active"
     " WITH NO DATA", "error unpopulated-materialized-view public.counts"),
    ("filled, declared without data", "REFRESH MATERIALIZED VIEW later"),
    ("a view instead", "DROP MATERIALIZED VIEW counts; CREATE VIEW counts AS SELECT 1 AS n",
     "error missing-materialized-view public.counts"),
    ("another one", "CREATE MATERIALIZED VIEW more AS SELECT 1 AS a"),
    ("another one, strictly", "CREATE MATERIALIZED VIEW more AS SELECT 1 AS a",
     "warning extra-materialized-view public.more", {"strict": ("materialized-view",)}),
)  # fmt: skip
