"""The configuration file: its path in, a YAML document out."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from drift.config.problems import UnreadableError
from drift.errors import ConfigurationError

if TYPE_CHECKING:
    import yaml

NAMES = ("drift.yaml", "config/drift.yaml")
MAX_BYTES = 1 << 20


def find(start: Path, *, written: Path | None = None) -> Path | None:
    """Return the nearest drift.yaml or config/drift.yaml, from `start` upward.

    `written` counts as a file that is there. Raises ConfigurationError if the project has both:
    one of them would have no effect, with its targets and ignore entries.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if paths := _files(folder, written):
            project = project_of(paths[0])
            both = _files(project, written)
            if len({path.resolve() for path in both}) > 1:
                first, second = map(display_path, both)
                raise ConfigurationError(
                    [f"{first} and {second} both exist; merge them into one, or name one with -c"]
                )
            return paths[0]
    return None


def _files(folder: Path, written: Path | None) -> list[Path]:
    """Return the configurations of a folder."""
    paths = []
    for path in (folder / name for name in NAMES):
        with contextlib.suppress(OSError):
            if path == written or path.is_file():
                paths.append(path)
    return paths


def project_of(path: Path) -> Path:
    """Return the folder of the project that a configuration describes.

    That is the folder of the file; of `config/drift.yaml`, the one above.
    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 — without the `..` of its name
    return folder.parent if folder.name == "config" else folder


def display_path(path: Path) -> str:
    """Return the path as the user would type it."""
    with contextlib.suppress(OSError, ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def read(path: Path, content: bytes | None = None) -> yaml.Node:
    """Return the file's one YAML document; raise ConfigurationError if there is none.

    `content` is the future content of the file.
    """
    from drift.config.yaml_document import compose

    try:
        return compose(_decode(content_of(path) if content is None else content))
    except UnreadableError as problem:
        raise ConfigurationError([f"{display_path(path)}:{problem}"]) from None


def content_of(path: Path) -> bytes:
    """Return the content of a file that is small enough. Raises ConfigurationError."""
    try:
        return _bytes(path)
    except UnreadableError as problem:
        raise ConfigurationError([f"{display_path(path)}:{problem}"]) from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise UnreadableError("is a directory; name the YAML file in it") from None
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or type(error).__name__}") from None
    if len(content) > MAX_BYTES:
        raise UnreadableError("is larger than 1 MiB, so it is not a configuration")
    return content


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = "this line is not UTF-8; save the file in that encoding"
        raise UnreadableError(reason, line) from None
