"""A target of a list is named by its host and database; nothing of a password is in its name."""

from __future__ import annotations

import pytest

from drift.config import Target, read_targets
from drift.errors import ConfigurationError


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("postgresql://me:geheim@Host/shop", "host.shop"),
        ("postgresql://me:geheim@h:5432/shop", "h.shop"),
        ("postgresql+asyncpg://me:geheim@h:5433/shop?ssl=require", "h-5433.shop"),
        ("postgresql://me:geheim@a:1,b/shop", "a-1-b.shop"),
        ("postgresql://me:geheim@[fe80::1]:5433/shop", "fe80-1-5433.shop"),
        ("postgresql://me:geheim@/shop?host=/run", "shop"),
        ("postgresql://me:geheim@h/a%20shop", "h.a-shop"),
        ("postgresql://me:geheim@", "line-1"),
        ("postgresql://me:p/geheim@h/shop", "line-1"),
        ("postgresql://me:p@geheim@h/shop", "line-1"),
        ("postgresql://me:p#geheim@h/shop", "line-1"),
        ("postgresql://me:p?geheim@h/shop", "line-1"),
        ("postgresql://me:geheim/shop", "line-1"),
        ("postgresql://me:pw@h:geheim/shop", "line-1"),
        ('{"name": "one", "database": "postgresql://me:p/geheim@h/shop"}', "one"),
    ],
)
def test_a_name_holds_nothing_of_a_password(line: str, name: str) -> None:
    [target] = read_targets(line, "list", Target(name="base"), {})
    assert target.name == name


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"name": "one", "database": ""}', "list:1: the database is empty"),
        ('{"name": "one", "database": " "}', "list:1: the database is empty"),
        ('{"name": "one", "database": "${EMPTY:-}"}', "list:1: the database is empty"),
        ('{"name": "one", "database": "${EMPTY}"}', "list:1: the environment variable EMPTY is"),
        ("${EMPTY:-}", "list:1: the database is empty"),
        ("${EMPTY}", "list:1: the environment variable EMPTY is not set or empty"),
        ('{"name": "", "database": "postgresql://h/x"}', "list:1: a target's name has"),
        ('{"database": "postgresql://h/x", "models": ""}', "list:1: models is empty"),
        ('{"database": "postgresql://h/x", "models": ["a:b", ""]}', "list:1: models is empty"),
        ('{"database": "postgresql://h/x", "schemas": " "}', "list:1: schemas is empty"),
        ("", "list: names no target"),
        (" \n\t\n", "list: names no target"),
    ],
)
def test_an_empty_value_is_a_problem_of_its_line(line: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_targets(line, "list", Target(name="base", database="other"), {"EMPTY": ""})
    assert str(caught.value).startswith(problem)


def test_a_variable_that_is_not_set_fails_its_own_target_alone() -> None:
    lines = 'postgresql://h/x\n${EMPTY}\n{"name": "named", "database": "${ALSO}"}'
    targets = read_targets(lines, "list", Target(name="base"), {})
    assert [target.name for target in targets] == ["h.x", "line-2", "named"]
    assert targets[0].problems == ()
    assert targets[1].problems[0].startswith("list:2: the environment variable EMPTY is not set")
    assert targets[2].problems[0].startswith("list:3: the environment variable ALSO is not set")
    with pytest.raises(ConfigurationError, match="list:1: the environment variable EMPTY"):
        read_targets("${EMPTY}\n${ALSO}", "list", Target(name="base"), {})
