"""Mutations of privileges on tables and schemas; PostgreSQL's own roles stand for a project's."""

from __future__ import annotations

from tests.mutations.sql_objects import cases

DECLARED = (
    "CREATE SCHEMA app",
    "CREATE VIEW active_users AS SELECT id, name FROM users WHERE active",
    "GRANT SELECT, INSERT ON users TO pg_monitor",
    "GRANT SELECT (id, total), UPDATE (total) ON public.orders TO pg_monitor WITH GRANT OPTION",
    "GRANT SELECT ON TABLE orders, active_users TO pg_signal_backend, PUBLIC",
    "GRANT USAGE ON SCHEMA app TO pg_monitor",
    "GRANT DELETE ON users TO pg_monitor",
    "REVOKE DELETE ON users FROM pg_monitor",
    "REVOKE ALL ON users FROM pg_signal_backend",
)
_USERS = "grant-mismatch public.users.pg_monitor"
_ORDERS = "grant-mismatch public.orders.pg_monitor"

CASES = cases(
    "grant",
    DECLARED,
    ("revoked", "REVOKE ALL ON users FROM pg_monitor",
     "error missing-grant public.users.pg_monitor"),
    ("a privilege revoked", "REVOKE INSERT ON users FROM pg_monitor", f"error {_USERS}"),
    ("a privilege more", "GRANT DELETE ON users TO pg_monitor", f"warning {_USERS}"),
    ("a privilege more and another less", "GRANT DELETE ON users TO pg_monitor;"
     " REVOKE INSERT ON users FROM pg_monitor", f"error {_USERS}"),
    ("a privilege on a column more", "GRANT UPDATE (name) ON users TO pg_monitor",
     f"warning {_USERS}"),
    ("a column that the table's privilege covers", "GRANT SELECT (name) ON users TO pg_monitor"),
    ("every column instead of the table", "REVOKE SELECT ON users FROM pg_monitor; GRANT SELECT"
     " (id, name, email, mood, active, created) ON users TO pg_monitor"),
    ("a column less", "REVOKE SELECT (total) ON orders FROM pg_monitor", f"error {_ORDERS}"),
    ("a column more", "GRANT SELECT (user_id) ON orders TO pg_monitor WITH GRANT OPTION",
     f"warning {_ORDERS}"),
    ("the table instead of columns", "GRANT SELECT ON orders TO pg_monitor", f"warning {_ORDERS}"),
    ("without the option", "REVOKE GRANT OPTION FOR UPDATE (total) ON orders FROM pg_monitor",
     f"warning {_ORDERS}"),
    ("with the option", "GRANT SELECT ON users TO pg_monitor WITH GRANT OPTION",
     f"warning {_USERS}"),
    ("revoked from a view", "REVOKE SELECT ON active_users FROM pg_signal_backend",
     "error missing-grant public.active_users.pg_signal_backend"),
    ("revoked from all", "REVOKE SELECT ON orders FROM public",
     "error missing-grant public.orders.public"),
    ("more for all", "GRANT INSERT ON orders TO public",
     "warning grant-mismatch public.orders.public"),
    ("on a schema revoked", "REVOKE USAGE ON SCHEMA app FROM pg_monitor",
     "error missing-grant app.pg_monitor"),
    ("on a schema more", "GRANT CREATE ON SCHEMA app TO pg_monitor",
     "warning grant-mismatch app.pg_monitor"),
    ("what is declared to be revoked", "GRANT SELECT ON users TO pg_signal_backend",
     "warning grant-mismatch public.users.pg_signal_backend"),
    ("to a role that nothing names", "GRANT SELECT ON users TO pg_read_all_data"),
    ("to a role that nothing names, strictly", "GRANT SELECT ON users TO pg_read_all_data",
     "warning extra-grant public.users.pg_read_all_data", {"strict": ("grant",)}),
    ("on another schema, strictly", "CREATE SCHEMA more; GRANT USAGE ON SCHEMA app TO public",
     "warning extra-grant app.public", {"strict": ("grant",)}),
    ("nothing else, strictly", "", {"strict": ("grant",)}),
    ("to the owner", "ALTER TABLE users OWNER TO pg_monitor"),
    ("the table dropped", "DROP TABLE users CASCADE", "error missing-table public.users",
     "error missing-view public.active_users"),
    ("a table that nothing declares", "CREATE TABLE more (id int); GRANT SELECT ON more TO"
     " pg_monitor", "warning extra-table public.more"),
    ("maintenance", "GRANT MAINTAIN ON users TO pg_monitor", f"warning {_USERS}",
     {"server": 17}),
) + cases(
    "all privileges",
    ("GRANT ALL PRIVILEGES ON users TO pg_monitor",
     "GRANT ALL ON ALL TABLES IN SCHEMA public TO pg_signal_backend"),
    ("without maintenance", "REVOKE MAINTAIN ON users FROM pg_monitor", {"server": 17}),
    ("a privilege less", "REVOKE TRIGGER ON users FROM pg_monitor", f"error {_USERS}"),
    ("on a table less", "REVOKE ALL ON orders FROM pg_signal_backend",
     "error missing-grant public.orders.pg_signal_backend"),
) + cases(
    "every column",
    ("GRANT SELECT (id, user_id, total) ON orders TO pg_monitor",),
    ("the table instead", "GRANT SELECT ON orders TO pg_monitor"),
    ("the table with another column", "GRANT SELECT ON orders TO pg_monitor;"
     " ALTER TABLE orders ADD more int", "warning extra-column public.orders.more"),
    ("another column", "ALTER TABLE orders ADD more int",
     "warning extra-column public.orders.more"),
) + cases(
    "grant on the public schema",
    ("REVOKE CREATE ON SCHEMA public FROM PUBLIC",),
    ("granted again", "GRANT CREATE ON SCHEMA public TO PUBLIC",
     "warning grant-mismatch public.public"),
    ("usage as well", "REVOKE USAGE ON SCHEMA public FROM PUBLIC"),
) + cases(
    "another grant on the public schema",
    ("GRANT CREATE ON SCHEMA public TO PUBLIC",),
    ("revoked", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
     "error grant-mismatch public.public"),
)  # fmt: skip
