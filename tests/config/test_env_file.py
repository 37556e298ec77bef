"""Env files: their variables, their problems, and what in them is secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.config import Settings, env_file, load
from drift.errors import ConfigurationError
from drift.kinds import RULES

VALUES = {
    "plain": ("A=b\n", {"A": "b"}),
    "export, spaces and a comment": ("# x\n\nexport A = b # c\n", {"A": "b"}),
    "double quotes": ('A="b # c\\n"\n', {"A": "b # c\n"}),
    "single quotes": ("A='b\"\\n'\n", {"A": 'b"\\n'}),
    "several lines": ('A="b\nc"\nB=2\n', {"A": "b\nc", "B": "2"}),
    "no value": ("A=\nB\nC=1\n", {"A": "", "C": "1"}),
    "a reference": ("A=b\nC=${A}/${NONE:-d}\n", {"A": "b", "C": "b/d"}),
    "a password with = and #": ("A=postgresql://u:p=#w@h/x\n", {"A": "postgresql://u:p=#w@h/x"}),
    "a byte order mark": ("\ufeffA=b\r\n", {"A": "b"}),
}


@pytest.mark.parametrize(("text", "expected"), VALUES.values(), ids=VALUES)
def test_the_values_are_those_of_python_dotenv(
    text: str, expected: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(text)
    assert env_file.read([tmp_path / ".env"], required=True) == expected


PROBLEMS = {
    "no assignment": (b"A=b\nhunter2 secret\n", ":2: not understood; write NAME=value"),
    "an open quote": (b"A='hunter2\nB=c\n", ":1: not understood"),
    "not UTF-8": (b"A=b\nB=hunter2\xff\n", ":2: this line is not UTF-8"),
    "a NUL": (b"A=hunter2\0\n", "NUL character"),
    "a large file": (b"A=hunter2\n" * 200_000, "is larger than 1 MiB"),
}


@pytest.mark.parametrize(("content", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_bad_line_is_an_error_that_names_it_and_no_value(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        env_file.read([tmp_path / ".env"], required=False)
    assert str(raised.value).startswith(".env:")
    assert message in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("missing", "folder"):
        with pytest.raises(ConfigurationError, match=f"{name}: the env file cannot be read"):
            env_file.read([tmp_path / name], required=True)


SECRETS = {
    "a password of a URL": ({"DATABASE_URL": "postgresql://u:hunter2word@h/x"}, {"hunter2word"}),
    "an encoded one": ({"URL": "postgresql://u:hunter%40word@h/x"}, {"hunter@word"}),
    "a name": ({"DB_PASSWORD": "correct horse 7"}, {"correct horse 7"}),
    "a token in an address": ({"HOOK": "https://0a1b2c3d4e5f@h/1"}, {"0a1b2c3d4e5f"}),
    "a look": ({"WHATEVER": "0a1b2c3d4e5f60718293a4b5"}, {"0a1b2c3d4e5f60718293a4b5"}),
    "none": ({"DEBUG": "true", "SCHEMA": "tenant_2024", "HOST": "https://shop.test/a"}, set()),
}


@pytest.mark.parametrize(("variables", "expected"), SECRETS.values(), ids=SECRETS)
def test_only_what_is_secret_is_redacted(variables: dict[str, str], expected: set[str]) -> None:
    secrets = set(env_file.secrets(variables))
    assert secrets >= expected
    assert bool(secrets) is bool(expected)


def settings(folder: Path, text: str, **environment: str) -> Settings:
    (folder / "config").mkdir(exist_ok=True)
    path = folder / "config/drift.yaml"
    path.write_text(text)
    return load(path, environment=environment, known_rules=RULES)


REFERENCE = "env_file: {files}\nmodels: m:Base\ndatabase: ${{URL}}\n"


@pytest.mark.parametrize(
    ("files", "environment", "expected"),
    [
        (".env", {}, "one"),
        ("[.env, .env.local]", {}, "two"),
        ("[.env.local, .env]", {}, "one"),
        ("[.env, .env.none]", {}, "one"),
        ("${WHICH}", {"WHICH": ".env.local"}, "two"),
        (".env", {"URL": "real"}, "real"),
    ],
)
def test_the_configuration_names_files_of_the_project(
    files: str, environment: dict[str, str], expected: str, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("URL=one\n")
    (tmp_path / ".env.local").write_text("URL=two\n")
    read = settings(tmp_path, REFERENCE.format(files=files), **environment)
    assert read.targets[0].database == expected
    assert "one" not in repr(read)


def test_a_missing_variable_says_that_its_file_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        settings(tmp_path, REFERENCE.format(files=".env"))
    assert "variable URL is not set" in str(raised.value)
    assert "(env_file: .env does not exist)" in str(raised.value)


@pytest.mark.parametrize("value", ["{a: b}", "1", '""'])
def test_another_type_is_an_error_with_its_line(value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"drift.yaml:1: env_file: "):
        settings(tmp_path, f"env_file: {value}\nmodels: m:Base\ndatabase: x\n")
