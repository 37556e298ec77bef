"""The configuration file: its path in, a YAML document out."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

import yaml

from drift.errors import ConfigurationError

NAMES = ("drift.yaml", "config/drift.yaml")
MAX_BYTES = 1 << 20
MAX_VALUES = 100_000
MAX_DEPTH = 50


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


class _UnreadableError(Exception):
    """The file is not a configuration: the reason, and the line and column if known."""

    def __init__(self, reason: str, *position: int) -> None:
        super().__init__("".join(f"{number}:" for number in position) + f" {reason}")


def read(path: Path, content: bytes | None = None) -> yaml.Node:
    """Return the file's one YAML document; raise ConfigurationError if there is none.

    `content` is what the file is about to hold.
    """
    try:
        return _compose(_decode(content_of(path) if content is None else content))
    except _UnreadableError as problem:
        raise ConfigurationError([f"{display_path(path)}:{problem}"]) from None


def content_of(path: Path) -> bytes:
    """Return the content of a file that is small enough. Raises ConfigurationError."""
    try:
        return _bytes(path)
    except _UnreadableError as problem:
        raise ConfigurationError([f"{display_path(path)}:{problem}"]) from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise _UnreadableError("is a directory; name the YAML file in it") from None
    except OSError as error:
        raise _UnreadableError(
            f"cannot be read: {error.strerror or type(error).__name__}"
        ) from None
    if len(content) > MAX_BYTES:
        raise _UnreadableError("is larger than 1 MiB, so it is not a configuration")
    return content


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = "this line is not UTF-8; save the file in that encoding"
        raise _UnreadableError(reason, line) from None


class _Composer(yaml.SafeLoader):
    """Composes no more values than allowed, nor deeper: a short file can take long.

    An alias counts as many values as its anchor holds, because aliases of aliases make a small
    file huge. An alias within its own anchor would be endless.
    """

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._values = self._depth = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node."""
        if self._depth > MAX_DEPTH:
            raise RecursionError
        before, alias = self._values, self.check_event(yaml.AliasEvent)
        self._values += 1
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is not None and alias and id(node) not in self._sizes:
            line = node.start_mark.line + 1
            raise _UnreadableError("an alias stands within its own anchor", line)
        if alias:
            self._values += self._sizes[id(node)]
        else:
            self._sizes[id(node)] = self._values - before
        if self._values > MAX_VALUES:
            resolved = " once its aliases are resolved" if alias else ""
            raise _UnreadableError(f"holds more than {MAX_VALUES:,} values{resolved}")
        return node


def _compose(text: str) -> yaml.Node:
    try:
        document = yaml.compose(text, Loader=_Composer)
    except yaml.MarkedYAMLError as error:
        problem = _syntax_error(error)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        problem = _UnreadableError("YAML does not allow this control character", line, column)
    except RecursionError:
        problem = _UnreadableError("the YAML is nested too deeply")
    except (ValueError, OverflowError):
        problem = _UnreadableError("a \\U escape is beyond Unicode")
    else:
        if document is not None and document.tag != "tag:yaml.org,2002:null":
            return document
        problem = _UnreadableError(
            "the file is empty; it needs at least models: package.module:Base"
        )
    raise problem


def _syntax_error(error: yaml.MarkedYAMLError) -> _UnreadableError:
    mark = error.problem_mark or error.context_mark
    position = (mark.line + 1, mark.column + 1) if mark else ()
    alias = "alias" in f"{error.context} {error.problem}"
    hint = '; a value that begins with * needs quotes: "*"' if alias else ""
    return _UnreadableError(
        f"{_without_values(error.problem or 'malformed YAML')}{hint}", *position
    )


def _without_values(problem: str) -> str:
    """Keep the punctuation and tokens that a message quotes, not what may be part of a secret."""

    def kept(quoted: re.Match[str]) -> str:
        inner = quoted[0][1:-1]
        return quoted[0] if len(inner) == 1 or inner.startswith(("<", "\\")) else "'…'"

    return re.sub(r"\"[^\"]*\"|'[^']*'", kept, " ".join(problem.split()))
