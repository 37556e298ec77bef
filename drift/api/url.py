"""A database's URL that shows no password."""

from __future__ import annotations

from drift import redaction


class DatabaseURL:
    """The URL of a database, or libpq's `key=value` pairs; "" stands for libpq's own variables.

    It is no text, since pytest compares texts character by character and prints them. As with a URL
    of SQLAlchemy, `render_as_string` returns the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def render_as_string(self, hide_password: bool = True) -> str:
        """Return the URL as text; with `hide_password`, it has *** in place of the password."""
        return redaction.redact(self._text) if hide_password else self._text

    def __str__(self) -> str:
        return self.render_as_string()

    __repr__ = __str__
