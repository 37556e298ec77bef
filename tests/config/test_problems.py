"""Problems of entries and targets, all at once, and without secrets."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drift.errors import ConfigurationError
from tests.config.conftest import Load, Problems

GOOD = {"rule": "'*'", "object": "'*'", "reason": "r", "until": "2030-12-31"}


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("rule", None, 'missing; write a rule, a pattern such as extra-*, or "*"'),
        ("object", None, 'missing; write a pattern such as public.users or "*.users.legacy_*"'),
        ("reason", None, "missing; say why the difference is accepted"),
        ("reason", "", "missing; say why the difference is accepted"),
        ("reason", "'  '", "must not be empty"),
        ("reason", "5", "expected a string, not a number; put it in quotes"),
        ("rule", "extra-tabel", "'extra-tabel' matches no rule; did you mean 'extra-table'?"),
        ("rule", "zzz-*", "'zzz-*' matches no rule; `drift rules` lists them"),
        ("rule", "'[x'", "'[x' has a [ without its ]; write [[] for a literal ["),
        ("object", "users", "'users' names no schema; write schema.table, such as public.users"),
        ("object", "'a.[b'", "'a.[b' has a [ without its ]; write [[] for a literal ["),
        ("until", "soon", "'soon' is not a date such as 2030-12-31"),
        ("until", "20300101", "'20300101' is not a date such as 2030-12-31"),
        ("until", "2030-1-1", "'2030-1-1' is not a date such as 2030-12-31"),
        ("until", "2030-01-01 1:00:00", "'2030-01-01 1:00:00' is not a date such as 2030-12-31"),
        ("until", "2030-02-30", "'2030-02-30' is not a date: day is out of range for month"),
        ("until", "[x]", "expected a date such as 2030-12-31, not a list"),
    ],
)
def test_what_is_wrong_in_an_ignore_entry_is_named(
    problems: Problems, key: str, value: str | None, reason: str
) -> None:
    entry = {**GOOD, key: value}
    fields = ", ".join(f"{name}: {text}" for name, text in entry.items() if text is not None)
    assert problems(f"ignore:\n  - {{{fields}}}") == [f"drift.yaml:2: ignore[0].{key}: {reason}"]


@pytest.mark.parametrize("pattern", ["public.[ab]*", "public.[!a]b", "public.[]]x", "public.[[]x"])
def test_closed_brackets_are_good_patterns(load: Load, pattern: str) -> None:
    (target,) = load(f'ignore: [{{rule: "*", object: "{pattern}", reason: r}}]').targets
    assert target.ignore[0].object == pattern


def test_an_ignore_entry_with_nothing_in_it_lacks_three_things(problems: Problems) -> None:
    assert [problem.partition(": missing")[0] for problem in problems("ignore:\n  -\n")] == [
        f"drift.yaml:2: ignore[0].{name}" for name in ("rule", "object", "reason")
    ]


def test_an_unknown_target_names_the_known_ones(problems: Problems) -> None:
    text = "models: a:b\ntargets:\n  production:\n  staging:\n"
    assert problems(text, "stagin", "demo", "demo") == [
        "drift.yaml:2: targets: there is no target 'stagin'; did you mean 'staging'?",
        "drift.yaml:2: targets: there is no target 'demo'; known are production, staging",
    ]


def test_without_targets_only_the_default_one_is_known(problems: Problems, load: Load) -> None:
    assert load("models: a:b", "default").targets[0].name == "default"
    assert problems("models: a:b", "production") == [
        "drift.yaml:1: there is no target 'production'; known are default"
    ]


def test_all_problems_come_at_once_in_the_files_order(problems: Problems) -> None:
    text = """\
modles: app:Base
connect_timeout: never
fail_on: sometimes
severity:
  extra-tabel: info
  extra-table: loud
ignore:
  - rule: extra-*
    object: public.x
  - rule: nothing
    object: public.x
    reason: r
    until: tomorrow
targets:
  production:
    database: ${PRODUCTION_URL}
    models: app
  staging:
    database: ${STAGING_URL}
    models: [app]
    shemas: x
"""
    found = problems(text, "production", "develop")
    assert [problem.split(": ")[0:2] for problem in found] == [
        ["drift.yaml:1", "modles"],
        ["drift.yaml:2", "connect_timeout"],
        ["drift.yaml:3", "fail_on"],
        ["drift.yaml:5", "severity.extra-tabel"],
        ["drift.yaml:6", "severity.extra-table"],
        ["drift.yaml:8", "ignore[0].reason"],
        ["drift.yaml:10", "ignore[1].rule"],
        ["drift.yaml:13", "ignore[1].until"],
        ["drift.yaml:14", "targets"],
        ["drift.yaml:16", "targets.production.database"],
        ["drift.yaml:17", "targets.production.models"],
        ["drift.yaml:20", "targets.staging.models[0]"],
        ["drift.yaml:21", "targets.staging.shemas"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "database: {SECRET: x}",
        "database: [SECRET]",
        'database: "SECRET${"',
        'database: "SECRET\\0"',
        "database: *SECRET",
        "database: @SECRET",
        "database: !SECRET x",
        "database: !SECRET!x y",
        "database: &SECRET x\nmodels: &SECRET y",
        "database: x:\n  - SECRET",
        "database: postgresql://u:SECRET@h/d: x",
        'database: "SECRET\\q"',
        "postgresql://u:SECRET@h/d: x",
        "targets: {a: 'postgresql://u:SECRET@h/d'}",
        "targets: {'postgresql://u:SECRET@h/d': }",
        "models: postgresql://u:SECRET@h/d",
        "import: host=h password=SECRET",
        "models: ${URL}",
        "fail_on: ${URL}",
        "lock_timeout: ${URL}",
        'ignore: [{rule: "${URL}", object: x, reason: r}]',
    ],
)
def test_no_message_holds_what_may_be_a_password(problems: Problems, text: str) -> None:
    found = problems(text.replace("SECRET", "hunter2"), environment={"URL": "hunter2"})
    assert "hunter2" not in "\n".join(found)


def test_a_long_value_is_cut(problems: Problems) -> None:
    (problem,) = problems(f"import: {'-' * 5000}x")
    assert len(problem) < 200


WORDS = "models: targets: ignore: rule: severity: database: &a *a { } [ ] 5 ~ !!int x".split()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(
        st.binary(max_size=80),
        st.text(alphabet="ab:- \n\t[]{}*&!|>'\"\\#%@,?${}<", max_size=60).map(str.encode),
        st.lists(st.sampled_from([*WORDS, "\n", "\n  ", "\n    - "])).map(
            lambda words: " ".join(words).encode()
        ),
    )
)
def test_any_file_gives_settings_or_problems(load: Load, content: bytes) -> None:
    try:
        load(content)
    except ConfigurationError as error:
        found = error.problems
    else:
        return
    assert found
    assert all(problem.startswith("drift.yaml:") for problem in found)
