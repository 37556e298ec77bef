"""Environment variables in the configuration, and which of them must be set."""

from __future__ import annotations

import pytest

from drift.config.variables import substitute
from tests.config.conftest import Load, Problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain $HOME {x} $", "plain $HOME {x} $"),
        ("${A}", "1"),
        ("x${A}y${B}z", "x1y2z"),
        ("${A:-other}", "1"),
        ("${NONE:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${NONE:-}", ""),
        ("${NONE:-postgresql://h:1/d?x=y}", "postgresql://h:1/d?x=y"),
        ("$${A}", "${A}"),
        ("$${A} ${A}", "${A} 1"),
        ("$$A", "$$A"),
        ("${NESTED}", "${A}"),
    ],
)
def test_variables_are_replaced_once(text: str, expected: str) -> None:
    environment = {"A": "1", "B": "2", "EMPTY": "", "NESTED": "${A}"}
    assert substitute(text, environment) == expected


def test_every_missing_variable_of_a_value_is_named_once(problems: Problems) -> None:
    assert problems("schemas: x\ndatabase: ${USER_}${HOST_}${USER_}") == [
        "drift.yaml:2: database: the environment variables USER_ and HOST_ are not set or empty; "
        "set it"
    ]


def test_an_empty_variable_counts_as_missing(problems: Problems) -> None:
    (problem,) = problems("database: ${URL}", environment={"URL": ""})
    assert problem.startswith("drift.yaml:1: database: the environment variable URL is not set")


@pytest.mark.parametrize(
    "value", ["${", "${A", "${1}", "${A-b}", "${A:-${B}}", "${A B}", "p${s3cret"]
)
def test_a_malformed_reference_is_a_problem_and_is_not_echoed(
    problems: Problems, value: str
) -> None:
    (problem,) = problems(f"models: a:b\ndatabase: '{value}'", environment={"A": "1", "B": "2"})
    assert problem.startswith("drift.yaml:2: database: a ${ is not understood; write ${NAME}")
    assert "s3cret" not in problem


TWO_TARGETS = """\
schemas: ${SHARED}
targets:
  production:
    database: ${PRODUCTION_URL}
    models: [a:b, "${MODELS}"]
    schemas: own
    ignore: [{rule: "*", object: "${OBJECT}", reason: r}]
    severity: {extra-index: "${LEVEL}"}
  staging:
    database: postgresql://localhost/staging
"""


def test_a_target_that_is_not_checked_needs_no_variables(load: Load) -> None:
    (staging,) = load(TWO_TARGETS, "staging", environment={"SHARED": "public"}).targets
    assert (staging.name, staging.schemas) == ("staging", ("public",))


def test_a_target_that_is_checked_needs_all_of_its_variables(problems: Problems) -> None:
    found = problems(TWO_TARGETS, "production")
    assert [problem.partition(": the environment")[0] for problem in found] == [
        "drift.yaml:4: targets.production.database",
        "drift.yaml:5: targets.production.models[1]",
        "drift.yaml:7: targets.production.ignore[0].object",
        "drift.yaml:8: targets.production.severity.extra-index",
    ]


def test_a_shared_value_is_needed_only_where_a_checked_target_uses_it(problems: Problems) -> None:
    (problem,) = problems(TWO_TARGETS, "staging")
    assert problem.startswith("drift.yaml:1: schemas: the environment variable SHARED")


def test_shared_ignore_entries_are_needed_by_every_target(problems: Problems) -> None:
    (problem,) = problems(
        'ignore: [{rule: "*", object: "${X}", reason: r}]\ntargets:\n  a: {ignore: []}\n'
    )
    assert problem.startswith("drift.yaml:1: ignore[0].object: the environment variable X")


@pytest.mark.parametrize("text", ["database: ${URL}", "targets: {a: {database: '${URL}'}}"])
def test_what_the_command_line_overrides_needs_no_variable(load: Load, text: str) -> None:
    (target,) = load(text, overridden=["database"]).targets
    assert target.database is None
