"""What fails a target of the configuration alone, and the targets that its binds are."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift import config
from drift.config import Settings
from drift.errors import ConfigurationError
from drift.model import Severity


def load(folder: Path, text: str, *targets: str, **environment: str) -> Settings:
    path = folder / "drift.yaml"
    path.write_text(text)
    return config.load(path, environment=environment, known_rules={"x"}, targets=targets)


FIVE = "targets:\n" + "".join(
    f"  t{n}: {{models: a:b, database: '${{URL_{n}}}'}}\n" for n in range(5)
)


def test_a_variable_that_is_not_set_fails_its_own_target_alone(tmp_path: Path) -> None:
    settings = load(tmp_path, FIVE, URL_0="a", URL_1="b", URL_3="c", URL_4="d")
    assert [target.name for target in settings.targets] == ["t0", "t1", "t2", "t3", "t4"]
    assert [bool(target.problems) for target in settings.targets] == [
        False,
        False,
        True,
        *[False] * 2,
    ]
    [problem] = settings.targets[2].problems
    assert problem.endswith(
        "drift.yaml:4: targets.t2.database: the environment variable URL_2 is not set or empty; "
        "set it"
    )


def test_a_single_target_without_its_variable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"targets\.t2\.database: the env"):
        load(tmp_path, FIVE, "t2")


def test_every_other_problem_is_said_beside_a_missing_variable(tmp_path: Path) -> None:
    text = FIVE + "  t5:\n    database: '${URL}'\n    modles: x\n"
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert [problem.split(": ")[1] for problem in caught.value.problems] == [
        *(f"targets.t{n}.database" for n in range(5)),
        "targets.t5.database",
        "targets.t5.modles",
    ]


BINDS = """
models: a:b
ignore: [{rule: x, object: a.b, reason: r}]
targets:
  one:
    database: u
    binds: {logs: v, files: '${FILES}'}
  two:
    database: w
"""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ["one", "one.logs", "one.files", "two"]),
        (("one",), ["one", "one.logs", "one.files"]),
        (("one.files", "two"), ["one.files", "two"]),
    ],
)
def test_binds_are_targets(tmp_path: Path, names: tuple[str, ...], expected: list[str]) -> None:
    settings = load(tmp_path, BINDS, *names, FILES="x")
    assert [target.name for target in settings.targets] == expected
    by_name = {target.name: target for target in settings.targets}
    files = by_name["one.files"] if "one.files" in by_name else by_name["one"]
    assert (files.bind, files.database, files.models) == ("files", "x", ("a:b",))
    assert len(files.ignore) == 1
    if "one" in by_name:
        assert by_name["one"].binds == ("logs", "files")
        assert by_name["one"].bind is None


def test_a_bind_without_its_variable_fails_alone(tmp_path: Path) -> None:
    for text in (BINDS, "models: a:b\ndatabase: u\nbinds: {logs: v, files: '${FILES}'}\n"):
        settings = load(tmp_path, text)
        failed = [target.bind for target in settings.targets if target.problems]
        assert failed == ["files"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("binds: x", "drift.yaml:1: binds: expected a mapping of keys to values"),
        ("binds: {a b: x}", "drift.yaml:1: binds.a b: a bind's key has letters"),
        ("binds: {a: }", "drift.yaml:1: binds.a: is empty; write the URL of the bind's database"),
        ("binds: {a: ''}", "drift.yaml:1: binds.a: must not be empty"),
        ("bind: ", "drift.yaml:1: bind: is empty; write a value"),
        ("targets: {a: {}}\nbinds: {b: x}", ""),
    ],
)
def test_binds_are_read_strictly(tmp_path: Path, text: str, problem: str) -> None:
    if not problem:
        assert [target.name for target in load(tmp_path, text).targets] == ["a", "a.b"]
        return
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert problem in str(caught.value).replace('"', "")


SEVERITIES = """
severity: {x: info, y*: warning}
targets:
  a: {severity: {"*": off}}
  b: {severity: {x: off, y1: "OFF"}}
  c: {}
"""


def test_severities_of_a_target_hide_the_shared_ones_of_the_same_rules(tmp_path: Path) -> None:
    path = tmp_path / "drift.yaml"
    path.write_text(SEVERITIES)
    settings = config.load(path, environment={}, known_rules={"x", "y1", "y2"})
    assert [target.severity for target in settings.targets] == [
        {"*": None},
        {"y*": Severity.WARNING, "x": None, "y1": None},
        {"x": Severity.INFO, "y*": Severity.WARNING},
    ]


def test_a_severity_is_a_level_or_off(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="write one of error, warning, info, off"):
        load(tmp_path, "severity: {x: none}")
    with pytest.raises(ConfigurationError, match=r"severity\.z\*: unknown rule"):
        load(tmp_path, "severity: {z*: off}")


@pytest.mark.parametrize("text", ["$DATABASE_URL", "' $DATABASE_URL '"])
def test_a_variable_without_its_braces_is_pointed_out(tmp_path: Path, text: str) -> None:
    for key in ("database", "targets: {a: {database", "binds: {a"):
        with pytest.raises(ConfigurationError, match=r"not filled in; write \$\{DATABASE_URL\}"):
            load(tmp_path, f"{key}: {text}{'}' * key.count('{')}")


def test_what_only_variables_leave_empty_fails_its_own_target(tmp_path: Path) -> None:
    text = "targets:\n  a: {database: '${A:-}'}\n  b: {database: x}\n"
    assert load(tmp_path, text, "b").targets[0].database == "x"
    a, b = load(tmp_path, text).targets
    assert "must not be empty: its variables are not set or empty" in a.problems[0]
    assert b.problems == ()


def test_every_target_knows_the_binds_that_have_a_target(tmp_path: Path) -> None:
    text = "targets:\n  a: {database: x}\n  b: {database: y, bind: logs, binds: {files: z}}\n"
    assert load(tmp_path, text, "a").targets[0].binds == ("files", "logs")


def test_models_in_place_of_a_target_are_pointed_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean --models app\.models:Base\?"):
        load(tmp_path, "database: x", "app.models:Base")


def test_a_target_has_the_shared_hint_or_its_own(tmp_path: Path) -> None:
    text = """
hint: run make migrate
targets:
  a: {models: a:b}
  b: {models: a:b, hint: "ask
    Ann"}
"""
    settings = load(tmp_path, text)
    assert [target.hint for target in settings.targets] == ["run make migrate", "ask Ann"]
    with pytest.raises(ConfigurationError, match=r"drift.yaml:1: hint: must not be empty"):
        load(tmp_path, "hint: ''\nmodels: a:b\n")
