"""The declared side: import strings in, a `Schema` out."""
