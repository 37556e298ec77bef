"""The configuration file: where it is, and what its YAML says."""

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

    `written` counts as a file that is there.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        for name in NAMES:
            with contextlib.suppress(OSError):
                if folder / name == written or (folder / name).is_file():
                    return folder / name
    return None


def project_of(path: Path) -> Path:
    """Return the folder of the project that a configuration describes.

    That is the folder of the file; of `config/drift.yaml`, the one above.
    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 — without the `..` of its name
    return folder.parent if folder.name == "config" else folder


def place_of(path: Path) -> str:
    """Return the path as the user would type it."""
    with contextlib.suppress(OSError, ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def read(path: Path) -> yaml.Node:
    """Return the file's one YAML document; raise ConfigurationError where there is none."""
    place = place_of(path)
    text = _decode(_bytes(path, place), place)
    document = _compose(text, place)
    if document is None or document.tag == "tag:yaml.org,2002:null":
        reason = "the file is empty; it needs at least models: package.module:Base"
        raise ConfigurationError([f"{place}: {reason}"])
    _refuse_bombs(document, place)
    return document


def _bytes(path: Path, place: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise ConfigurationError([f"{place}: is a directory; name the YAML file in it"]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError([f"{place}: cannot be read: {reason}"]) from None
    if len(content) > MAX_BYTES:
        raise ConfigurationError([f"{place}: is larger than 1 MiB, so no configuration"])
    return content


def _decode(content: bytes, place: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = "this line is not UTF-8; save the file in that encoding"
        raise ConfigurationError([f"{place}:{line}: {reason}"]) from None


class _Composer(yaml.SafeLoader):
    """Composes no more values than there may be, nor deeper: a short file can take long."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._composed = self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node."""
        self._composed += 1
        if self._composed > MAX_VALUES:
            raise _TooManyValuesError
        if self._depth > MAX_DEPTH:
            raise RecursionError
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _TooManyValuesError(Exception):
    """The file holds more values than any configuration does."""


def _compose(text: str, place: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Composer)
    except yaml.MarkedYAMLError as error:
        problem = _syntax_error(error, place)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        problem = f"{place}:{line}:{column}: YAML does not allow this control character"
    except _TooManyValuesError:
        problem = f"{place}: holds more than {MAX_VALUES:,} values"
    except RecursionError:
        problem = f"{place}: the YAML is nested too deeply"
    except (ValueError, OverflowError):
        problem = f"{place}: a \\U escape is beyond Unicode"
    raise ConfigurationError([problem])


def _syntax_error(error: yaml.MarkedYAMLError, place: str) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"{place}:{mark.line + 1}:{mark.column + 1}" if mark else place
    problem = _without_values(error.problem or "malformed YAML")
    alias = "alias" in f"{error.context} {error.problem}"
    hint = '; a value that begins with * needs quotes: "*"' if alias else ""
    return f"{where}: {problem}{hint}"


def _without_values(problem: str) -> str:
    """Keep the punctuation and tokens that a message quotes, not what may be part of a secret."""

    def kept(quoted: re.Match[str]) -> str:
        inner = quoted[0][1:-1]
        return quoted[0] if len(inner) == 1 or inner.startswith(("<", "\\")) else "'…'"

    return re.sub(r"\"[^\"]*\"|'[^']*'", kept, " ".join(problem.split()))


def _refuse_bombs(document: yaml.Node, place: str) -> None:
    """Raise ConfigurationError where aliases make a small file huge, or endless."""
    sizes: dict[int, int] = {}
    open_: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in open_:
            line = node.start_mark.line + 1
            raise ConfigurationError([f"{place}:{line}: an alias stands within its own anchor"])
        if id(node) not in sizes:
            open_.add(id(node))
            sizes[id(node)] = 1 + sum(size(child) for child in _children(node))
            open_.remove(id(node))
        return sizes[id(node)]

    if size(document) > MAX_VALUES:
        reason = f"holds more than {MAX_VALUES:,} values once its aliases are resolved"
        raise ConfigurationError([f"{place}: {reason}"])


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
