"""PostgreSQL's spelling of SQL text and type names."""
