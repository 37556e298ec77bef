"""The project's Alembic migrations: its files are read as text, and a runner can run them."""
