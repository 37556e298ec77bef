"""Mutations of triggers."""

from __future__ import annotations

from tests.mutations.sql_objects import cases

DECLARED = (
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE VIEW active_users AS SELECT id, name FROM users WHERE active",
    "CREATE TRIGGER touched BEFORE INSERT OR UPDATE OF name, email ON users FOR EACH ROW"
    " WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION touch('a')",
    "CREATE TRIGGER touched AFTER DELETE ON orders FOR EACH STATEMENT EXECUTE FUNCTION touch()",
    "CREATE CONSTRAINT TRIGGER later AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION touch()",
    "CREATE TRIGGER instead INSTEAD OF INSERT ON active_users FOR EACH ROW"
    " EXECUTE FUNCTION touch()",
)


def _again(sql: str, table: str = "users") -> str:
    return f"DROP TRIGGER touched ON {table}; CREATE TRIGGER touched {sql}"


_WRONG = "error trigger-mismatch public.users.touched"

CASES = cases(
    "trigger",
    DECLARED,
    ("dropped", "DROP TRIGGER touched ON users", "error missing-trigger public.users.touched"),
    ("one of the same name dropped", "DROP TRIGGER touched ON orders",
     "error missing-trigger public.orders.touched"),
    ("of a view dropped", "DROP TRIGGER instead ON active_users",
     "error missing-trigger public.active_users.instead"),
    ("disabled", "ALTER TABLE users DISABLE TRIGGER touched", _WRONG),
    ("enabled everywhere", "ALTER TABLE users ENABLE ALWAYS TRIGGER touched",
     "warning trigger-mismatch public.users.touched"),
    ("at another time", _again("AFTER INSERT OR UPDATE OF name, email ON users FOR EACH ROW"
     " WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION touch('a')"), _WRONG),
    ("for other events", _again("BEFORE INSERT ON users FOR EACH ROW"
     " WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION touch('a')"), _WRONG),
    ("for other columns", _again("BEFORE INSERT OR UPDATE OF name ON users FOR EACH ROW"
     " WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION touch('a')"), _WRONG),
    ("another condition", _again("BEFORE INSERT OR UPDATE OF name, email ON users FOR EACH ROW"
     " WHEN (NEW.name IS NULL) EXECUTE FUNCTION touch('a')"), _WRONG),
    ("another argument", _again("BEFORE INSERT OR UPDATE OF name, email ON users FOR EACH ROW"
     " WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION touch('b')"), _WRONG),
    ("spelled otherwise", _again("before update of Name, email or insert on public.users for"
     " row when (((new.name) is not null)) execute procedure PUBLIC.touch ( 'a' )")),
    ("another function", "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
     " RETURN NEW; END';" + _again("AFTER DELETE ON orders EXECUTE FUNCTION other()", "orders"),
     "error trigger-mismatch public.orders.touched"),
    ("not deferred", "DROP TRIGGER later ON orders; CREATE CONSTRAINT TRIGGER later AFTER INSERT"
     " ON orders DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch()",
     "error trigger-mismatch public.orders.later"),
    ("its function dropped", "DROP FUNCTION touch CASCADE",
     "error missing-function public.touch()", "error missing-trigger public.users.touched",
     "error missing-trigger public.orders.touched", "error missing-trigger public.orders.later",
     "error missing-trigger public.active_users.instead"),
    ("its table dropped", "DROP TABLE orders", "error missing-table public.orders"),
    ("of a foreign key, strictly", "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users",
     "warning extra-foreign-key public.orders.orders_user_id_fkey", {"strict": ("all",)}),
    ("another one", "CREATE TRIGGER more AFTER INSERT ON users EXECUTE FUNCTION touch()"),
    ("another one, strictly", "CREATE TRIGGER more AFTER INSERT ON users EXECUTE FUNCTION touch()",
     "warning extra-trigger public.users.more", {"strict": ("trigger",)}),
)  # fmt: skip
