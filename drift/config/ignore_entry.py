"""The entries of `ignore`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drift.config import rules, values
from drift.config.declaration import key


class IgnoreEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that are known and accepted.

    `declared_at` is the entry's file and line, `holders` the number of targets for which it is
    declared; 0 if a check does not compare everything that it may be about.
    """

    rule: Annotated[
        rules.RulePattern,
        key(
            "Rule, or a pattern such as extra-*; `drift rules` lists the rules.",
            missing='missing; write a rule, a pattern such as extra-*, or "*"',
        ),
    ]
    object: Annotated[
        rules.ObjectPattern,
        key(
            "Pattern of schema.table or schema.table.name; * also matches dots. The pattern of a "
            "table covers everything within it.",
            missing='missing; write a pattern such as public.users or "*.users.legacy_*"',
        ),
    ]
    reason: Annotated[
        values.Sentence,
        key(
            "Reason to accept the difference.",
            missing="missing; say why the difference is accepted",
        ),
    ]
    attribute: Annotated[
        rules.AttributePattern | None,
        key(
            "Only this changed attribute, such as comment; the other changes of a finding remain. "
            "identity covers identity.start, too."
        ),
    ] = None
    kind: Annotated[
        rules.KindPattern | None,
        key("Only objects of this kind, such as table or column. Default: every kind."),
    ] = None
    until: Annotated[values.Day | None, key("Last day on which the entry applies.")] = None
    declared_at: str = ""
    holders: int = 1

    @property
    def shared(self) -> bool:
        """Whether it is declared for several targets, so that it need not match in each."""
        return self.holders > 1
