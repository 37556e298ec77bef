"""Options of the command line that must not be empty, as what a missing secret leaves is."""

from __future__ import annotations

from typing import Any

import click

from drift.errors import UsageError


class Filled(click.Option):
    """An option with a value; an empty one would silently fall back to something else."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the value, or values, in the option's type. Raises UsageError for an empty one."""
        values = value if isinstance(value, list | tuple) else (value,)
        if any(isinstance(one, str) and not one.strip() for one in values):
            name = max(self.opts, key=len)
            raise UsageError(
                f"{name} is empty; give it a value, or leave {name} out (a variable or a secret "
                "that is not set leaves it empty)"
            )
        return super().type_cast_value(ctx, value)
