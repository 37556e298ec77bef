"""The keys about objects beyond tables."""

from __future__ import annotations

from typing import Annotated

from drift.config import values
from drift.config.declaration import key

SqlFiles = Annotated[
    tuple[values.Text, ...],
    key(
        "Files and folders with the CREATE statements of views, functions and other objects "
        "beyond tables, from the project's folder on."
    ),
]
StrictKinds = Annotated[
    tuple[values.SqlKind, ...],
    key(
        "Kinds of objects beyond tables, such as view, of which an undeclared one is a "
        "difference; all for every kind."
    ),
]
