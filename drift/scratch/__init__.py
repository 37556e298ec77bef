"""A throwaway PostgreSQL server: a temporary directory in, a URL out."""
