"""`--output FORMAT=PATH`: the files to write, verified before the checks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from drift.errors import UsageError
from drift.formats import FORMATS
from drift.output import files

STANDARD_OUTPUT = "-"


class Output(msgspec.Struct, frozen=True):
    """A format, the path as typed, and the absolute path: models may change the folder."""

    format: str
    shown: str
    path: Path


def parse(
    texts: Sequence[str], format_: str, formats: Collection[str] = FORMATS
) -> tuple[str, list[Output]]:
    """Return the format of standard output, `format_` unless a path is `-`, and the files.

    `formats` are the names that may be given.

    Raises UsageError if one of them cannot be written, so that it is known before the checks.
    """
    outputs = [_output(text, formats) for text in texts]
    printed = [output.format for output in outputs if output.shown == STANDARD_OUTPUT]
    if format_ != "text":  # the default, which an output may replace
        printed = [format_, *printed]
    if len(set(printed)) > 1:
        raise UsageError(
            f"standard output takes one format, not {' and '.join(printed)}; write the "
            "others to files"
        )
    written = [output for output in outputs if output.shown != STANDARD_OUTPUT]
    for output in written:
        _require_writable(output)
    return (printed or [format_])[0], written


def _output(text: str, formats: Collection[str]) -> Output:
    name, _, path = text.partition("=")
    if name not in formats or not path.strip():
        raise UsageError(
            f"--output {text}: expected FORMAT=PATH with one of {', '.join(formats)}; the path - "
            "is standard output"
        )
    return Output(name, path, Path(os.path.abspath(path)))  # noqa: PTH100 — links stay as they are


def _require_writable(output: Output) -> None:
    """Create the folders above a file, and a temporary file in its folder."""
    path = output.path
    try:
        if files.is_special(path):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "Is a directory")
        folder = Path(os.path.realpath(path)).parent
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        taken = isinstance(problem, FileExistsError)
        reason = "Not a directory" if taken else problem.strerror or problem
        raise UsageError(f"cannot write {output.shown}: {reason}") from None
