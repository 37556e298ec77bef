"""Mutations of policies of row-level security."""

from __future__ import annotations

from tests.mutations.sql_objects import cases

OWN = "CREATE POLICY own ON users USING (name = current_user)"
STRICT = (
    "CREATE POLICY awake ON users AS RESTRICTIVE FOR UPDATE TO public"
    " USING (active) WITH CHECK (active AND email IS NOT NULL)"
)
DECLARED = (
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
    OWN,
    STRICT,
)
_WRONG = "error policy-mismatch public.users.own"
_NO_EFFECT = ("error ineffective-policy public.users.awake",
              "error ineffective-policy public.users.own")  # fmt: skip


def _again(sql: str, name: str = "own") -> str:
    return f"DROP POLICY {name} ON users; CREATE POLICY {name} ON users {sql}"


CASES = cases(
    "policy",
    DECLARED,
    ("dropped", "DROP POLICY own ON users", "error missing-policy public.users.own"),
    ("a restrictive one dropped", "DROP POLICY awake ON users",
     "error missing-policy public.users.awake"),
    ("row-level security disabled", "ALTER TABLE users DISABLE ROW LEVEL SECURITY", *_NO_EFFECT),
    ("disabled and forced", "ALTER TABLE users DISABLE ROW LEVEL SECURITY;"
     "ALTER TABLE users FORCE ROW LEVEL SECURITY", *_NO_EFFECT),
    ("forced", "ALTER TABLE users FORCE ROW LEVEL SECURITY",
     "warning policy-mismatch public.users.awake", "warning policy-mismatch public.users.own"),
    ("other rows", "ALTER POLICY own ON users USING (name = 'a')", _WRONG),
    ("every row", "ALTER POLICY own ON users USING (true)", _WRONG),
    ("spelled otherwise", _again("as permissive for all to public using"
     " (((users.name) = CURRENT_USER))")),
    ("a check more", "ALTER POLICY own ON users WITH CHECK (active)", _WRONG),
    ("a check less", _again("AS RESTRICTIVE FOR UPDATE USING (active)", "awake"),
     "error policy-mismatch public.users.awake"),
    ("another check", "ALTER POLICY awake ON users WITH CHECK (active)",
     "error policy-mismatch public.users.awake"),
    ("for another command", _again("FOR SELECT USING (name = current_user)"), _WRONG),
    ("for other roles", "ALTER POLICY own ON users TO pg_monitor", _WRONG),
    ("restrictive", _again("AS RESTRICTIVE USING (name = current_user)"), _WRONG),
    ("another name", "ALTER POLICY own ON users RENAME TO mine",
     "error missing-policy public.users.own"),
    ("of another table", "CREATE POLICY own ON orders USING (true)"),
    ("another one", "CREATE POLICY more ON users USING (true)"),
    ("another one, strictly", "CREATE POLICY more ON users USING (true)",
     "error extra-policy public.users.more", {"strict": ("policy",)}),
    ("another restrictive one, strictly",
     "CREATE POLICY more ON orders AS RESTRICTIVE USING (true)",
     "warning extra-policy public.orders.more", {"strict": ("all",)}),
    ("cannot be compared", "CREATE TABLE hidden (id int); ALTER POLICY own ON users USING"
     " (id IN (SELECT id FROM hidden))", "warning extra-table public.hidden",
     "warning policy-mismatch public.users.own"),
    ("its table dropped", "DROP TABLE users", "error missing-table public.users"),
) + cases(
    "policy with roles",
    (OWN.replace("USING", "TO pg_monitor, pg_signal_backend USING"),
     "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
     "ALTER TABLE users FORCE ROW LEVEL SECURITY"),
    ("a role less", "ALTER POLICY own ON users TO pg_monitor", _WRONG),
    ("in another order", "ALTER POLICY own ON users TO pg_signal_backend, pg_monitor"),
    ("all roles", "ALTER POLICY own ON users TO public", _WRONG),
    ("not forced", "ALTER TABLE users NO FORCE ROW LEVEL SECURITY", _WRONG),
) + cases(
    "policy of whoever creates it",
    (OWN.replace("USING", "TO CURRENT_USER USING"),
     "ALTER TABLE users ENABLE ROW LEVEL SECURITY"),
    ("of another role", "ALTER POLICY own ON users TO pg_monitor"),
    ("other rows", "ALTER POLICY own ON users USING (true)", _WRONG),
)  # fmt: skip
