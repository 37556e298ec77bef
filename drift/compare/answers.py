"""The server's answers about expressions that differ as text, and the doubts that they leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drift.compare.findings import Changes, Doubts, leaves
from drift.kinds.sql.text import plain
from drift.model import Answer, Expression


class Answers:
    """The answers about both sides; there are none in the first comparison."""

    def __init__(self, answers: Mapping[Expression, Answer]) -> None:
        """Take the answers by expression."""
        self._answers = answers
        self._not_judged = {
            answer.text: answer
            for expression, answer in answers.items()
            if answer.reason and not expression.definition_of
        }
        self._absent_types = {a.text for a in answers.values() if a.absent}

    def of_object(self, expressions: Iterable[Expression]) -> Answers:
        """Return the answers for one object, which has these expressions.

        Definitions of other objects may have the same text, such as `integer` for a result.
        """
        own = [each for each in expressions if each.definition_of and each in self._answers]
        refused = {a.text: a for a in map(self._answers.__getitem__, own) if a.reason}
        if not refused:
            return self
        answers = Answers(self._answers)
        answers._not_judged |= refused
        return answers

    def spelling(self, expression: Expression) -> str:
        """Return PostgreSQL's spelling of an expression, or its own text if none is known."""
        answer = self._answers.get(expression)
        return (answer and answer.text) or plain(expression.text)

    def reason_not_comparable(self, expressions: Iterable[Expression]) -> str:
        """Return why an object that has these expressions is not compared; "" if it is."""
        answers = (self._answers.get(expression) for expression in expressions)
        return next((a.reason or "" for a in answers if a and a.open), "")

    def not_comparable(self, changes: Changes) -> dict[str, str]:
        """Return the changes that cannot be judged at all, each with the reason."""
        reasons = {
            attribute: [self._reason_not_comparable(*pair) for pair in leaves(*values)]
            for attribute, values in changes.items()
        }
        return {name: each[0] for name, each in reasons.items() if each and all(each)}

    def _reason_not_comparable(self, declared: Any, live: Any) -> str:
        answers = self._not_judged_among(declared, live)
        return next((answer.reason or "" for answer in answers if answer.open), "")

    def doubts(self, changes: Changes) -> Doubts:
        """Return why the server did not judge some of the changes."""
        reasons = {name: self._reason(*values) for name, values in changes.items()}
        declared_type = changes["type"][0] if "type" in changes else None
        return Doubts(
            {name: reason for name, reason in reasons.items() if reason},
            absent=declared_type in self._absent_types,
        )

    def _reason(self, declared: Any, live: Any) -> str:
        """Return why nothing that differs was judged; "" if something surely differs."""
        reasons = [self._reason_of_pair(*pair) for pair in leaves(declared, live)]
        return "; ".join(dict.fromkeys(reasons)) if all(reasons) else ""

    def _reason_of_pair(self, declared: Any, live: Any) -> str:
        answers = self._not_judged_among(declared, live)
        if len(answers) == 2 and answers[0].calls == answers[1].calls != ():
            return ""  # the calls are the same: the server judged the rest
        return "; ".join(dict.fromkeys(answer.reason or "" for answer in answers))

    def _not_judged_among(self, *values: Any) -> list[Answer]:
        texts = [value for value in values if isinstance(value, str)]
        return [self._not_judged[text] for text in texts if text in self._not_judged]
