"""Privileges on tables and schemas: GRANT and REVOKE statements, and the privileges that result."""
