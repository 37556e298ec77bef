"""Writes patches: all of them, or none if a file was changed meanwhile."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from drift.adopt.subject import Patch
from drift.errors import UsageError


def write(patches: Sequence[Patch], root: Path) -> None:
    """Write the changed files, each whole or not at all; the mode of a file and a link stay.

    Raises UsageError, before anything is written, if a file has changed since it was read.
    """
    targets = [Path(os.path.realpath(root / patch.file)) for patch in patches]
    for patch, target in zip(patches, targets, strict=True):
        try:
            same = target.read_bytes() == patch.before.encode(patch.encoding)
        except OSError as problem:
            raise UsageError(f"cannot read {patch.file}: {problem.strerror}") from None
        if not same:
            raise UsageError(
                f"{patch.file} was changed since drift read it; nothing was written: run it again"
            )
    for patch, target in zip(patches, targets, strict=True):
        _replace(patch, target)


def _replace(patch: Patch, target: Path) -> None:
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(patch.after.encode(patch.encoding))
        shutil.copymode(target, part)
        part.replace(target)
    except OSError as problem:
        with contextlib.suppress(OSError):
            part.unlink()
        raise UsageError(f"cannot write {patch.file}: {problem.strerror}") from None
