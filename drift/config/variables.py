"""Environment variables in the configuration: `${NAME}` and `${NAME:-default}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from drift.config.problems import InvalidValueError, UndefinedVariableError
from drift.lazy_regex import lazy_regex

_REFERENCE = lazy_regex(
    r"""
    (?P<escape> \$\$\{ )
    | \$\{ (?P<name> [A-Za-z_][A-Za-z0-9_]* ) ( :- (?P<default> ( (?!\$\{) [^}] )* ) )? \}
    | (?P<malformed> \$\{ )
    """,
    re.VERBOSE,
)


def substitute(text: str, environment: Mapping[str, str], *, default: bool = True) -> str:
    """Return `text` with its variables' values; an empty variable counts as one that is not set.

    `$${` stands for a literal `${`; the value of a variable is not searched again. `default` is
    whether the advice for a missing variable includes to write a default.
    """
    missing: dict[str, None] = {}

    def value_of(match: re.Match[str]) -> str:
        if match["escape"]:
            return "${"
        if match["malformed"]:
            raise InvalidValueError(
                "a ${ is not understood; write ${NAME}, ${NAME:-default}, or $${ for a literal ${"
            )
        value = environment.get(match["name"]) or match["default"]
        if value is None:
            missing[match["name"]] = None
        return value or ""

    result = _REFERENCE.sub(value_of, text)
    if missing:
        raise UndefinedVariableError(_not_set(list(missing), default=default))
    return result


def _not_set(names: list[str], *, default: bool) -> str:
    noun, verb = ("variables", "are") if len(names) > 1 else ("variable", "is")
    advice = f" or write a default: ${{{names[0]}:-default}}" if default else ""
    return f"the environment {noun} {' and '.join(names)} {verb} not set or empty; set it{advice}"
