"""A bad key or value gives one line that names file, line and key."""

from __future__ import annotations

import pytest

from tests.config.conftest import Problems


@pytest.mark.parametrize("text", ["- a", "hello", "5", "!!map x"])
def test_the_file_must_be_a_mapping(problems: Problems, text: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith("drift.yaml:1: expected a mapping of keys to values, not a ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\nmodel: a:b", "2: model: unknown key; did you mean 'models'?"),
        ("\nSchemas: a", "2: Schemas: unknown key; did you mean 'schemas'?"),
        ("? [a]\n: b", "1: ?: unknown key; known are database, models"),
        ("'': b", "1: '': unknown key; known are database, models"),
        (
            "targets:\n  a:\n    databse: x",
            "3: targets.a.databse: unknown key; did you mean 'datab",
        ),
        ("ignore:\n- unti: x\n", "2: ignore[0].unti: unknown key; did you mean 'until'?"),
        ("ignore:\n- zzz: x\n", "2: ignore[0].zzz: unknown key; known are rule, object, reason,"),
        (
            "targets:\n  a: &a {}\n  b:\n    <<: *a",
            "4: targets.b.<<: merge keys are not supported; write",
        ),
    ],
)
def test_an_unknown_key_is_a_problem_with_a_suggestion(
    problems: Problems, text: str, expected: str
) -> None:
    assert problems(text)[0].startswith(f"drift.yaml:{expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: a:b\nschemas: x\nmodels: c:d", "3: models: the same key is on line 1"),
        ("targets:\n  a:\n  b:\n  a:", "4: targets.a: the same key is on line 2"),
        (
            "severity:\n  extra-index: info\n  extra-index: info",
            "3: severity.extra-index: the same",
        ),
    ],
)
def test_a_key_that_is_there_twice_is_a_problem(
    problems: Problems, text: str, expected: str
) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"drift.yaml:{expected}")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("5", "expected a string, not a number; put it in quotes"),
        ("5.5", "expected a string, not a number; put it in quotes"),
        ("on", "expected a string, not a boolean; put it in quotes"),
        ("2030-01-01", "expected a string, not a date; put it in quotes"),
        ("[x]", "expected a string, not a list"),
        ("{x: y}", "expected a string, not a mapping"),
        ("!!python/name:os.system x", "expected a string, not a value with a tag"),
        ("''", "must not be empty"),
        ("${X:-}", "must not be empty: its variables are not set or empty"),
        ('"a\\0b"', "holds a line break, a control character or invalid Unicode"),
        ('"a\\ud800b"', "holds a line break, a control character or invalid Unicode"),
        ("|\n  a\n  b", "holds a line break, a control character or invalid Unicode"),
    ],
)
def test_a_string_must_be_one(problems: Problems, value: str, reason: str) -> None:
    assert problems(f"\ndatabase: {value}") == [f"drift.yaml:2: database: {reason}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schemas:\n  - a\n  - 7", "3: schemas[1]: expected a string, not a number; put it in qu"),
        ("schemas:\n  - a\n  -", "3: schemas[1]: expected a string, not nothing"),
        ("\nseverity: info", "2: severity: expected a mapping of keys to values, not a string"),
        ("\nignore: {}", "2: ignore: expected a list (lines that begin with -), not a mapping"),
        ("ignore:\n  - x", "2: ignore[0]: expected a mapping of keys to values, not a string"),
        ("\ntargets: [a]", "2: targets: expected a mapping of keys to values, not a list"),
        ("targets:\n  a: x", "2: targets.a: expected a mapping of keys to values, not a string"),
        ("\ntargets:", "2: targets: names no target; write one as name: with its settings below"),
        (
            "\ntargets: {}",
            "2: targets: names no target; write one as name: with its settings below",
        ),
        ("targets:\n  -a b:", "2: targets.-a b: a target's name has letters, digits, '_', '-'"),
    ],
)
def test_a_value_of_another_type_is_a_problem(problems: Problems, text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"drift.yaml:{expected}")


def test_a_list_of_targets_is_one_problem_also_when_one_is_named(problems: Problems) -> None:
    assert len(problems("targets: [a]", "a")) == 1


OTHERWISE = "write package.module:attribute, such as app.models:Base"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("app.models", OTHERWISE),
        ("app:", OTHERWISE),
        (":Base", OTHERWISE),
        ("app..x:Base", OTHERWISE),
        ("a:b:c", OTHERWISE),
        ("1a:b", OTHERWISE),
        ("app/x.py:Base", "did you mean app.x:Base?"),
        ("app.models.Base", "did you mean app.models:Base?"),
        ("app.models.metadata", "did you mean app.models:metadata?"),
    ],
)
def test_models_are_named_by_module_and_attribute(
    problems: Problems, value: str, hint: str
) -> None:
    reason = f"{value!r} does not name models; {hint}"
    assert problems(f"\nmodels: '{value}'") == [f"drift.yaml:2: models: {reason}"]
    assert problems(f"models:\n  - a:b\n  - '{value}'") == [f"drift.yaml:3: models[1]: {reason}"]


@pytest.mark.parametrize("value", ["app:Base", "app.", "a b", "a-b"])
def test_imports_are_modules(problems: Problems, value: str) -> None:
    reason = f"{value!r} is not a module; write package.module"
    assert problems(f"\nimport: '{value}'") == [f"drift.yaml:2: import: {reason}"]


@pytest.mark.parametrize("value", ["-1", "soon", ".inf", ".nan", "yes", "1e3", "0x10", "١s"])
@pytest.mark.parametrize("key", ["connect_timeout", "statement_timeout", "lock_timeout"])
def test_a_timeout_is_a_duration(problems: Problems, key: str, value: str) -> None:
    reason = f"expected a duration: seconds, or such as 500ms, 10s, 2m; not {value!r}"
    assert problems(f"\n{key}: {value}") == [f"drift.yaml:2: {key}: {reason}"]


@pytest.mark.parametrize("value", ["0", "0s", "0.1ms", "61m", "5h", "9" * 400])
def test_a_timeout_is_neither_off_nor_endless(problems: Problems, value: str) -> None:
    assert problems(f"\nlock_timeout: {value}") == [
        "drift.yaml:2: lock_timeout: must be from 1ms to 60m"
    ]


@pytest.mark.parametrize("value", ["0", "65", "-1", "1.5", "many", "9" * 400, "true", "٣"])
def test_a_number_of_connections_is_within_bounds(problems: Problems, value: str) -> None:
    [problem] = problems(f"\nconnections_per_host: {value}")
    assert problem.startswith("drift.yaml:2: connections_per_host: ")
    assert problem.endswith("is not a number from 1 to 64")


def test_a_list_is_no_duration(problems: Problems) -> None:
    (problem,) = problems("lock_timeout: [1]")
    assert problem.endswith("such as 500ms, 10s, 2m, not a list")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("eror", "'eror' is not a severity; did you mean 'error'?"),
        ("ERROR", "'ERROR' is not a severity; did you mean 'error'?"),
        ("none", "'none' is not a severity; write one of error, warning, info"),
        ("[info]", "expected a severity, not a list"),
        ("!x info", "expected a severity, not a value with a tag"),
    ],
)
def test_a_severity_is_one_of_three(problems: Problems, value: str, reason: str) -> None:
    assert problems(f"\nfail_on: {value}") == [f"drift.yaml:2: fail_on: {reason}"]
    [problem] = problems(f"severity:\n  extra-index: {value}")
    assert problem.replace(", or off", "").removesuffix(", off") == (
        f"drift.yaml:2: severity.extra-index: {reason}"
    )


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("extra-colum", "did you mean 'extra-column'?"),
        ("zzz", "`drift rules` lists them"),
        ('"zz*"', "`drift rules` lists them"),
    ],
)
def test_a_severity_is_for_a_known_rule(problems: Problems, rule: str, hint: str) -> None:
    (problem,) = problems(f"severity:\n  {rule}: info")
    key = rule.strip('"')
    assert problem == f"drift.yaml:2: severity.{key}: unknown rule; {hint}"
