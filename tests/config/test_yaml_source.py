"""Where the file is, and the files that cannot be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drift import config
from drift.config.yaml_source import MAX_BYTES, display_path
from drift.errors import ConfigurationError
from tests.command import drift
from tests.config.conftest import KNOWN, Load, Problems


def one_problem(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        config.load(path, environment={}, known_rules=KNOWN)
    (problem,) = caught.value.problems
    return problem


def test_a_file_that_does_not_exist_is_named() -> None:
    assert one_problem(Path("gone.yaml")) == "gone.yaml: cannot be read: No such file or directory"


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    assert one_problem(tmp_path / "..").endswith("is a directory; name the YAML file in it")


@pytest.fixture
def not_root() -> Iterator[None]:
    """Give up root for the test: root reads every file."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def unreadable(tmp_path: Path) -> Path:
    path = tmp_path / "drift.yaml"
    path.write_text("models: a:b")
    path.chmod(0)
    return path


@pytest.mark.usefixtures("unreadable", "not_root")
def test_an_unreadable_file_says_why() -> None:
    assert one_problem(Path("drift.yaml")) == "drift.yaml: cannot be read: Permission denied"


def test_a_link_to_itself_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").symlink_to("drift.yaml")
    assert one_problem(Path("drift.yaml")).startswith("drift.yaml: cannot be read: Too many levels")


@pytest.mark.parametrize("text", ["", "\n\n", "# models: a:b\n", "---\n", "null\n"])
def test_an_empty_file_says_what_to_write(problems: Problems, text: str) -> None:
    assert problems(text) == [
        "drift.yaml: the file is empty; it needs at least models: package.module:Base"
    ]


def test_a_file_that_is_not_utf_8_names_the_line(problems: Problems) -> None:
    assert problems(b"models: a:b\nschemas: caf\xe9\n") == [
        "drift.yaml:2: this line is not UTF-8; save the file in that encoding"
    ]


def test_utf_16_is_not_utf_8(problems: Problems) -> None:
    (problem,) = problems("models: a:b".encode("utf-16"))
    assert problem.startswith("drift.yaml:1: this line is not UTF-8")


def test_a_file_above_the_limit_is_refused_and_one_at_the_limit_is_not(
    load: Load, problems: Problems
) -> None:
    text = "models: a:b\n#"
    assert load(text + "x" * (MAX_BYTES - len(text)))
    assert problems(text + "x" * (MAX_BYTES - len(text) + 1)) == [
        "drift.yaml: is larger than 1 MiB, so it is not a configuration"
    ]


def test_an_endless_file_is_refused_without_reading_to_its_end() -> None:
    assert (
        one_problem(Path("/dev/zero"))
        == "/dev/zero: is larger than 1 MiB, so it is not a configuration"
    )


def test_aliases_that_grow_without_bounds_are_refused(problems: Problems) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert problems("\n".join(["a0: &a0 x", *levels])) == [
        "drift.yaml: holds more than 100,000 values once its aliases are resolved"
    ]


def test_an_alias_within_its_own_anchor_is_refused(problems: Problems) -> None:
    assert problems("models: a:b\nschemas: &s [x, *s]\n") == [
        "drift.yaml:2: an alias stands within its own anchor"
    ]


def test_deep_nesting_is_refused(problems: Problems) -> None:
    assert problems("[" * 2_000) == ["drift.yaml: the YAML is nested too deeply"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: a:b\n  x: y\n", "2:4: mapping values are not allowed here"),
        ("models: [a:b\n", "2:1: expected ',' or ']', but got '<stream end>'"),
        ("a: b\n---\nc: d\n", "2:1: but found another document"),
        ("a: b\n\tc: d\n", "2:1: found character '\\t' that cannot start any token"),
        ("models: @app\n", "1:9: found character '@' that cannot start any token"),
        ('a: "\\U12345678"\n', "a \\U escape is beyond Unicode"),
        ("a: b\nc: d\x00\n", "2:5: YAML does not allow this control character"),
        ("x\x07: b\n", "1:2: YAML does not allow this control character"),
    ],
)
def test_malformed_yaml_is_one_line_with_line_and_column(
    problems: Problems, text: str, expected: str
) -> None:
    (problem,) = problems(text)
    place, _, reason = problem.partition(":")
    assert place == "drift.yaml"
    assert reason.strip() == expected


@pytest.mark.parametrize("pattern", ["*", "*.users", "*_old"])
def test_a_bare_asterisk_is_told_to_be_quoted(problems: Problems, pattern: str) -> None:
    (problem,) = problems(f"ignore:\n  - rule: extra-table\n    object: {pattern}\n")
    assert problem.startswith("drift.yaml:3:")
    assert problem.endswith('; a value that begins with * needs quotes: "*"')


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[str], Path]:
    def touch(name: str) -> Path:
        path = tmp_path.resolve() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("models: a:b")
        return path

    return touch


@pytest.mark.parametrize("name", ["drift.yaml", "config/drift.yaml"])
@pytest.mark.parametrize("start", ["", "a", "a/b/c"])
def test_the_file_is_found_upward(
    tree: Callable[[str], Path], tmp_path: Path, name: str, start: str
) -> None:
    path = tree(name)
    (tmp_path / start).mkdir(parents=True, exist_ok=True)
    assert config.find(tmp_path / start) == path


@pytest.mark.parametrize("start", ["", "a", "config"])
def test_two_files_of_one_project_are_an_error(
    tree: Callable[[str], Path],
    tmp_path: Path,
    start: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tree("config/drift.yaml")
    tree("drift.yaml")
    (tmp_path / start).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ConfigurationError, match=r"^drift\.yaml and config/drift\.yaml both exist; merge them"
    ):
        config.find(tmp_path / start)


@pytest.mark.parametrize("name", ["check", "doctor", "accept --all --reason x", "sources"])
def test_every_command_names_both_files(
    tree: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    tree("config/drift.yaml")
    tree("drift.yaml")
    done = drift(*name.split(), cwd=tmp_path)
    assert done.returncode == 2
    assert "drift.yaml and config/drift.yaml both exist" in done.stderr


def test_a_link_to_the_other_file_is_no_second_configuration(
    tree: Callable[[str], Path], tmp_path: Path
) -> None:
    own = tree("config/drift.yaml")
    (tmp_path / "drift.yaml").symlink_to(own)
    assert config.find(tmp_path) == tmp_path.resolve() / "drift.yaml"


def test_the_nearest_folder_wins(tree: Callable[[str], Path], tmp_path: Path) -> None:
    tree("drift.yaml")
    nearest = tree("a/config/drift.yaml")
    (tmp_path / "a/b").mkdir()
    assert config.find(tmp_path / "a" / "b") == nearest


def test_a_folder_named_like_the_file_is_passed_over(
    tree: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "a" / "drift.yaml").mkdir(parents=True)
    above = tree("drift.yaml")
    assert config.find(tmp_path / "a") == above


@pytest.mark.usefixtures("unreadable", "not_root")
def test_a_folder_that_may_not_be_entered_is_passed_over(tmp_path: Path) -> None:
    """As root the whole temporary directory is closed to who asks; else the file is found."""
    found = config.find(tmp_path)
    assert found in (None, tmp_path.resolve() / "drift.yaml")


def test_there_may_be_none() -> None:
    assert config.find(Path("/")) is None


def test_a_file_below_the_working_directory_is_named_from_there(tmp_path: Path) -> None:
    assert display_path(tmp_path / "config" / "drift.yaml") == "config/drift.yaml"
    assert display_path(tmp_path.parent / "drift.yaml") == str(tmp_path.parent / "drift.yaml")
