"""Feeds hostile inputs to everything that reads what others wrote.

`python -m tests.property.fuzz --inputs 100000` makes the long run, and prints what it fed to what.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import click

from drift import redaction
from drift.config import Target, load, read_targets
from drift.errors import DriftError
from drift.formats import FORMATS, Options, resolve
from drift.kinds import RULES
from drift.report import reader as report_reader
from drift.sources.database import catalog, connection
from drift.sources.models import importer
from tests.property import hostile
from tests.property.catalog import CATALOG
from tests.property.reports import REPORT

SLOWEST = 1.0
"""Seconds of the processor that one input may take."""


class Reader(NamedTuple):
    """Something that reads: what makes its inputs, and what takes them."""

    make: Callable[[Random], Any]
    read: Callable[[Any], object]


class Outcome(NamedTuple):
    """What became of one input: the program's own message, or None where it was accepted."""

    message: str | None
    seconds: float


@contextlib.contextmanager
def _file(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "input")
        path.write_bytes(content)
        yield path


def _configuration(content: bytes) -> object:
    with _file(content) as path:
        return load(path, environment=hostile.ENVIRONMENT, known_rules=RULES)


def _report(content: bytes) -> object:
    """Read a report; what is accepted can be rendered in every format, and written and read."""
    with _file(content) as path:
        report = report_reader.read(path)
        for name in FORMATS:
            text = resolve(name)(report, Options(verbose=True, links="https://example.com/"))
            assert "\x1b" not in text
            if name == "json":
                path.write_text(text, encoding="utf-8")
                assert report_reader.read(path) == report
    return report


def _address(text: str) -> object:
    address = connection.parse(text)
    return redaction.redact(repr(address), address.secrets)


def _targets(text: str) -> object:
    return read_targets(text, "list", Target(name="base"), hostile.ENVIRONMENT)


def _row(random: Random) -> tuple[bytes, bytes]:
    kind = random.choice(sorted(CATALOG))
    return kind.encode(), hostile.document(CATALOG[kind], random)


READERS = {
    "configuration": Reader(hostile.configuration, _configuration),
    "URL": Reader(hostile.url, _address),
    "report": Reader(lambda random: hostile.document(REPORT, random), _report),
    "catalog": Reader(_row, lambda row: catalog.decode_rows([row])),
    "list of targets": Reader(hostile.target_list, _targets),
    "models": Reader(hostile.spec, importer.resolve),
}


def feed(reader: Reader, given: Any) -> Outcome:
    """Feed one input.

    Raises AssertionError where it takes too long or gives a secret away, and whatever is raised
    that is not the program's own error.
    """
    start = time.process_time()
    message = _message(reader, given)
    seconds = time.process_time() - start
    assert message is None or message.strip(), "an error without words"
    assert not hostile.leaked(message or ""), f"a secret in the message: {message}"
    assert seconds < SLOWEST, f"took {seconds:.1f} s"
    return Outcome(message, seconds)


def _message(reader: Reader, given: Any) -> str | None:
    try:
        reader.read(given)
    except DriftError as error:
        return str(error)
    return None


def _run(name: str, inputs: int, seed: int) -> int:
    """Feed many inputs to one reader, print a line of figures, and return how many went wrong."""
    wrong = refused = 0
    slowest, start = 0.0, time.monotonic()
    for number in range(inputs):
        given = READERS[name].make(Random(f"{seed} {number}"))
        try:
            outcome = feed(READERS[name], given)
            refused += outcome.message is not None
            slowest = max(slowest, outcome.seconds)
        except Exception as error:  # noqa: BLE001 — whatever it is: that is what is looked for
            wrong += 1
            if wrong <= 10:
                click.echo(f"{name} {number}: {type(error).__name__}: {str(error)[:300]}")
                click.echo(f"    {given[:300]!r}")
    took = time.monotonic() - start
    click.echo(
        f"{name:16} {inputs:7,} inputs, {refused:7,} refused, {wrong} wrong, "
        f"{took:6.1f} s, slowest {slowest * 1000:.0f} ms",
    )
    return wrong


def main() -> int:
    """Make the long run; return 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs, for all readers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=READERS, action="append")
    told = parser.parse_args()
    names = told.only or list(READERS)
    each = -(-told.inputs // len(names))
    wrong = sum(_run(name, each, told.seed) for name in names)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{each * len(names):,} inputs, {wrong} wrong; {peak:.0f} MiB at most")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
