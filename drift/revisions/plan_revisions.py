"""A plan as revisions: their messages and functions, before Alembic gives them ids and files."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from drift.plan.step import Plan
from drift.revisions import body, grouping
from drift.revisions.body import Body
from drift.revisions.grouping import Group
from drift.revisions.language import Language

_LONGEST = 150
_MESSAGE = re.compile(r"[^\w’ .,;:()\[\]/+=<>@&*|~!?#-]+")
"""Characters that might end the docstring or the string in which a template has the message."""


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A revision; `downgrade` may have `{first}` for the id of the first one."""

    message: str
    upgrade: Body
    downgrade: Body


def revisions(plan: Plan, language: Language, message: str = "") -> tuple[Revision, ...]:
    """Return the revisions of a plan, in order; a plan without a step has one that is empty."""
    parts = grouping.groups(plan.running, grouping.tables_made(plan.running))
    back = [step for step in plan.downgrade if step.runs]
    parts_back = grouping.groups(back, grouping.tables_made(back))
    first = body.kept() if plan.guarded else body.downgrade(plan, parts_back, language)
    later = first if plan.guarded else body.no_downgrade()
    return tuple(
        Revision(
            message=_message(message, parts, number),
            upgrade=upgrade,
            downgrade=later if number else first,
        )
        for number, upgrade in enumerate(body.upgrades(plan, parts, language))
    )


def _message(message: str, parts: Sequence[Group], number: int) -> str:
    """Return the message of a revision; its steps, if the user gave none."""
    titles = "; ".join(step.title for step in parts[number].steps) if parts else "no step"
    if len(parts) > 1:
        prefix = f"{message}, " if message else ""
        return safe_message(f"{prefix}{number + 1} of {len(parts)}: {titles}")
    return safe_message(message or titles)


def safe_message(text: str) -> str:
    """Return a message that is only text in any template.

    >>> safe_message('drop "a"; import os')
    'drop a ; import os'
    """
    plain = " ".join(_MESSAGE.sub(" ", text.replace("'", "’")).split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
