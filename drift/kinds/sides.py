"""The names of the two sides of a comparison in messages."""

from __future__ import annotations

import msgspec

from drift.model import Schema

MODELS, DATABASE = "models", "database"
_COMMON = frozenset({MODELS, DATABASE, "migrations", "snapshot"})
"""Names that are nouns, which take an article in a sentence."""


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the expected and the actual side: the models and the database in a check."""

    expected: str = MODELS
    actual: str = DATABASE

    @property
    def are_usual(self) -> bool:
        """Whether models are compared with a database, as the rules' own sentences say."""
        return (self.expected, self.actual) == (MODELS, DATABASE)

    @property
    def in_expected(self) -> str:
        """Return the expected side as it is named after a preposition.

        >>> Sides().in_expected, Sides(expected="staging").in_expected
        ('the models', 'staging')
        """
        return noun(self.expected)

    @property
    def in_actual(self) -> str:
        """Return the actual side as it is named after a preposition."""
        return noun(self.actual)

    def only_expected(self, *, is_optional: bool = False) -> str:
        """Return the predicate for an object that only the expected side has.

        Objects of optional kinds, such as views, are declared beside the models.
        """
        if self.are_usual:
            source = "project" if is_optional else "models"
            return f"is declared by the {source} but missing from the database"
        return f"is only in {self.in_expected}"

    def only_actual(self, *, is_optional: bool = False) -> str:
        """Return the predicate for an object that only the actual side has."""
        if self.are_usual:
            missing = "the project does not declare" if is_optional else "no model declares"
            return f"exists in the database but {missing} it"
        return f"is only in {self.in_actual}"


def sides_of(declared: Schema, live: Schema) -> Sides:
    """Return the names of two schemas; models that were frozen in a file are models."""
    expected = declared.source if declared.complete else MODELS
    return Sides(expected=declared.label or expected, actual=live.label or live.source)


def noun(name: str) -> str:
    """Return the name of a side with an article if it is a noun."""
    return f"the {name}" if name in _COMMON else name


USUAL = Sides()
