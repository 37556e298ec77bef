"""Mutations of views."""

from __future__ import annotations

from tests.mutations.sql_objects import cases

DECLARED = (
    "CREATE VIEW active_users AS SELECT id, name, email FROM users WHERE active",
    "CREATE VIEW public.totals AS SELECT u.id, u.name, sum(o.total) AS total FROM users u"
    " JOIN orders o ON o.user_id = u.id GROUP BY u.id",
    "CREATE VIEW names AS SELECT id, upper(name) AS name FROM active_users",
    "CREATE VIEW checked WITH (security_barrier) AS SELECT * FROM users WHERE id > 0"
    " WITH LOCAL CHECK OPTION",
    "CREATE VIEW rows AS SELECT row_to_json(x.*) AS row, x.mood::text || 'a' AS mood FROM"
    " (SELECT id AS a, mood FROM users WHERE name = 'a' AND email IN ('b', 'c')) x",
    'CREATE VIEW "Quoted ""View""" AS SELECT 1 AS "One"',
)

_ACTIVE = "CREATE OR REPLACE VIEW active_users AS"
_CHECKED = "CREATE OR REPLACE VIEW checked"

CASES = cases(
    "view",
    DECLARED,
    ("dropped", "DROP VIEW totals", "error missing-view public.totals"),
    ("dropped with what needs it", "DROP VIEW active_users CASCADE",
     "error missing-view public.active_users", "error missing-view public.names"),
    ("renamed", "ALTER VIEW totals RENAME TO sums", "error missing-view public.totals"),
    ("another condition", f"{_ACTIVE} SELECT id, name, email FROM users",
     "warning view-mismatch public.active_users"),
    ("another expression", f"{_ACTIVE} SELECT id, name, lower(email) AS email FROM users"
     " WHERE active", "warning view-mismatch public.active_users"),
    ("one more column", f"{_ACTIVE} SELECT id, name, email, created FROM users WHERE active",
     "warning view-mismatch public.active_users"),
    ("a column less", "DROP VIEW names; DROP VIEW active_users; CREATE VIEW active_users AS"
     " SELECT id, name FROM users WHERE active; CREATE VIEW names AS SELECT id, upper(name) AS"
     " name FROM active_users", "error view-mismatch public.active_users"),
    ("a column renamed", "ALTER VIEW active_users RENAME COLUMN email TO mail",
     "error view-mismatch public.active_users"),
    ("another condition that means the same", f"{_ACTIVE} SELECT id, name, email FROM users"
     " WHERE active = TRUE", "warning view-mismatch public.active_users"),
    ("the same in other words", f"{_ACTIVE}\n\tselect users.ID, users . name, (email)\n"
     "from PUBLIC.users /* all */ where (active) -- now"),
    ("other aliases", f"{_ACTIVE} SELECT u.id, u.name, other.email FROM users u JOIN users AS other"
     " USING (id) WHERE u.active", "warning view-mismatch public.active_users"),
    ("an alias more", f"{_ACTIVE} SELECT u.id, u.name, u.email FROM public.users u WHERE u.active"),
    ("other aliases in a join", "DROP VIEW totals; CREATE VIEW totals AS SELECT person.id,"
     " person.name, sum(r.total) total FROM users AS person JOIN orders AS r ON r.user_id"
     " = person.id GROUP BY person.id"),
    ("the same names for other tables", "DROP VIEW totals; CREATE VIEW totals AS SELECT o.id,"
     " u.name, sum(o.total) AS total FROM users u JOIN orders o ON o.user_id = u.id"
     " GROUP BY o.id, u.id", "warning view-mismatch public.totals"),
    ("an alias more in a view of a view", "CREATE OR REPLACE VIEW names AS SELECT v.id,"
     " upper((v.name)::text) AS name FROM active_users v"),
    ("the same with casts", f"{_ACTIVE} SELECT id::integer, name, email::text FROM users"
     " WHERE active::bool"),
    ("another table in another schema", "CREATE SCHEMA other; CREATE TABLE other.users"
     f" (LIKE users); {_ACTIVE} SELECT id, name, email FROM other.users WHERE active",
     "warning view-mismatch public.active_users"),
    ("of a column that no model has", "ALTER TABLE users ADD extra text;"
     f" {_ACTIVE} SELECT id, name, coalesce(email, extra) AS email FROM users WHERE active",
     "warning extra-column public.users.extra", "warning view-mismatch public.active_users"),
    ("a column of the table renamed", "ALTER TABLE users RENAME email TO mail",
     "error missing-column public.users.email", "warning extra-column public.users.mail",
     "warning view-mismatch public.active_users", "warning view-mismatch public.checked",
     "warning view-mismatch public.rows"),
    ("a column's type changed", "DROP VIEW totals, checked, names, active_users;"
     f" DROP VIEW rows; ALTER TABLE users ALTER name TYPE text; {'; '.join(DECLARED[:5])}",
     "warning column-type-mismatch public.users.name"),
    ("an option gone", "ALTER VIEW checked RESET (security_barrier)",
     "error view-mismatch public.checked"),
    ("an option in another spelling", "ALTER VIEW checked SET (security_barrier = on)"),
    ("an option off", "ALTER VIEW totals SET (security_barrier = false)"),
    ("an option added", "ALTER VIEW totals SET (security_barrier = true)",
     "warning view-mismatch public.totals"),
    ("security_invoker added", "ALTER VIEW totals SET (security_invoker = true)",
     "warning view-mismatch public.totals", {"server": 15}),
    ("the check option gone", f"{_CHECKED} WITH (security_barrier) AS SELECT * FROM users"
     " WHERE id > 0", "error view-mismatch public.checked"),
    ("the check option cascades", f"{_CHECKED} WITH (security_barrier) AS SELECT * FROM users"
     " WHERE id > 0 WITH CASCADED CHECK OPTION", "error view-mismatch public.checked"),
    ("a subquery's alias", "CREATE OR REPLACE VIEW rows AS SELECT row_to_json(yy.*) AS row,"
     " yy.mood::text || 'a' AS mood FROM (SELECT users.id AS a, mood FROM users WHERE name = 'a'"
     " AND email IN ('b', 'c')) yy"),
    ("a subquery's column", "CREATE OR REPLACE VIEW rows AS SELECT row_to_json(x.*) AS row,"
     " x.mood::text || 'a' AS mood FROM (SELECT id AS b, mood FROM users WHERE name = 'a'"
     " AND email IN ('b', 'c')) x", "warning view-mismatch public.rows"),
    ("a subquery's column by its alias", "CREATE OR REPLACE VIEW rows AS SELECT row_to_json(x.*)"
     " AS row, x.mood::text || 'a' AS mood FROM (SELECT id AS a, mood FROM users WHERE name ="
     " 'a' AND email IN ('b', 'c')) x(b)", "warning view-mismatch public.rows"),
    ("another view", "CREATE VIEW more AS SELECT 1 AS a"),
    ("another view, strictly", "CREATE VIEW more AS SELECT 1 AS a",
     "warning extra-view public.more", {"strict": ("view",)}),
    ("another view, strictly in all kinds", "CREATE VIEW more AS SELECT 1 AS a",
     "warning extra-view public.more", {"strict": ("all",)}),
    ("a table instead", "DROP VIEW totals; CREATE TABLE totals (id int, name text, total int)",
     "error missing-view public.totals", "warning extra-table public.totals"),
    ("a materialized view instead", "DROP VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1",
     "error missing-view public.totals"),
)  # fmt: skip
