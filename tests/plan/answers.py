"""Answers to the questions of plans, as a person might give them."""

from __future__ import annotations

from typing import Any

from drift.check.planned import Made


def answers(made: Made) -> dict[str, str]:
    """Return an answer to every question of a plan: the first choice of each."""
    given: dict[str, str] = {}
    for step in made.plan.steps:
        for choice in step.decision.choices if step.decision else ():
            if choice.option.startswith("--decide "):
                key, _, word = choice.option.removeprefix("--decide ").rpartition("=")
                given.setdefault(key, _answer(key, word, made))
    return given


def _answer(key: str, word: str, made: Made) -> str:
    if word == "SQL":
        return "NULL"
    return _label(key, made) if word == "LABEL" else word


def _label(key: str, made: Made) -> str:
    """Return a label of the models that the database does not have, or else the first one."""
    path = key.rpartition(".")[0]
    wanted = _enum(made.declared.objects["enum"], path)
    live = _enum(made.live.objects["enum"], path)
    new = [label for label in wanted.labels if label not in live.labels]
    label: str = (new or wanted.labels)[0]
    return label


def _enum(enums: Any, path: str) -> Any:
    return next(enum for enum in enums if f"{enum.schema}.{enum.name}" == path)
