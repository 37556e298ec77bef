"""Whatever is read, only the program's own errors come of it, soon, and without a secret."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drift.config.rules import LONGEST_PATTERN
from drift.config.yaml_document import MAX_VALUES
from drift.config.yaml_source import MAX_BYTES
from drift.formats import FORMATS, Options, resolve
from drift.report import reader
from drift.report.report import Report
from tests import command
from tests.property import hostile
from tests.property.fuzz import READERS, feed
from tests.property.reports import FULL, reports

PROFILE = settings(
    max_examples=300,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
ANYTHING = ("configuration", "report", "catalog")


@pytest.mark.parametrize("name", READERS)
@PROFILE
@given(seed=st.integers(0, 2**64))
def test_hostile_input_ends_in_an_error_of_the_programs_own(name: str, seed: int) -> None:
    feed(READERS[name], READERS[name].make(Random(seed)))


@pytest.mark.parametrize("name", ANYTHING)
@PROFILE
@given(content=st.binary(max_size=300))
@example(content=b"")
@example(content=b"\0")
@example(content=b"[" * 5_000)
@example(content=b'{"a":' * 5_000)
def test_any_bytes_end_in_an_error_of_the_programs_own(name: str, content: bytes) -> None:
    given = (b"column", content) if name == "catalog" else content
    assert feed(READERS[name], given).message


@pytest.mark.parametrize("name", ["URL", "list of targets"])
@PROFILE
@given(text=st.text(st.characters(), max_size=60))
def test_any_text_ends_in_an_error_of_the_programs_own(name: str, text: str) -> None:
    feed(READERS[name], text)
    feed(READERS[name], f"postgresql://u:{hostile.SECRET}@{text}")
    feed(READERS[name], f"{text}://u:{hostile.SECRET}@host/name")


@settings(PROFILE, max_examples=60)
@given(report=reports())
@example(report=FULL)
def test_a_report_is_read_as_it_was_written(
    report: Report, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "report.json"
    path.write_text(resolve("json")(report, Options()), encoding="utf-8")
    found = reader.read(path)
    assert found == report
    for name in FORMATS:
        render, options = resolve(name), Options(verbose=True, links="https://example.com/x/")
        assert render(found, options) == render(report, options)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"#" * (MAX_BYTES + 1), "1 MiB", id="bytes"),
        pytest.param(b"[" + b"1," * (MAX_VALUES + 1) + b"]", "more than 100,000", id="values"),
        pytest.param(
            b"a: &a [1]\n"
            + b"".join(b"%c: &%c [%s]\n" % (n, n, b"*%c," % (n - 1) * 9) for n in range(98, 110)),
            "aliases",
            id="laughs",
        ),
        pytest.param(
            b'models: a:B\nignore: [{rule: "*", reason: x, object: "' + b"[" * 500_000 + b'"}]',
            f"longer than {LONGEST_PATTERN}",
            id="pattern",
        ),
        pytest.param(
            b"\n".join(b"a%d: 1" % number for number in range(20_000)),
            "19,900 more problems",
            id="problems",
        ),
    ],
)
def test_a_configuration_that_would_be_huge_is_refused(
    content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "drift.yaml"
    path.write_bytes(content)
    done = drift("check", "-c", str(path))
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr) < 60_000


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: !!python/object/apply:os._exit [9]", b"*a"])
def test_the_command_ends_with_2_and_without_a_traceback(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(content)
    for arguments in (["check", "-c", str(path)], ["merge", str(path)]):
        done = drift(*arguments)
        assert done.returncode == 2, done.stderr
        assert all(line.startswith("drift: error: ") for line in done.stderr.splitlines())


def test_a_url_that_is_not_utf8_is_an_error_that_keeps_the_password() -> None:
    done = drift(
        *("check", "--database", "${DATABASE_URL}", "--models", "tests.none:Base"),
        environment={"DATABASE_URL": f"postgresql://u:{hostile.SECRET}\udcff@127.0.0.1:1/x"},
    )
    assert done.returncode == 2
    assert hostile.SECRET not in done.stderr
    assert "Traceback" not in done.stderr


def drift(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return command.drift(*arguments, env={**os.environ, **(environment or {})})
