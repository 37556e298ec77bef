"""A plan in, revisions of Alembic out: the text of their functions, and their files."""
