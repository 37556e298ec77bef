"""Composes a YAML document within limits: text in, nodes with their lines out."""

from __future__ import annotations

import re

import yaml

from drift.config.problems import UnreadableError

MAX_VALUES = 100_000
MAX_DEPTH = 50


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
            raise UnreadableError("an alias stands within its own anchor", line)
        if alias:
            self._values += self._sizes[id(node)]
        else:
            self._sizes[id(node)] = self._values - before
        if self._values > MAX_VALUES:
            resolved = " once its aliases are resolved" if alias else ""
            raise UnreadableError(f"holds more than {MAX_VALUES:,} values{resolved}")
        return node


def compose(text: str) -> yaml.Node:
    """Return the one document of a text. Raises UnreadableError."""
    try:
        document = yaml.compose(text, Loader=_Composer)
    except yaml.MarkedYAMLError as error:
        problem = _syntax_error(error)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        problem = UnreadableError("YAML does not allow this control character", line, column)
    except RecursionError:
        problem = UnreadableError("the YAML is nested too deeply")
    except (ValueError, OverflowError):
        problem = UnreadableError("a \\U escape is beyond Unicode")
    else:
        if document is not None and document.tag != "tag:yaml.org,2002:null":
            return document
        problem = UnreadableError(
            "the file is empty; it needs at least models: package.module:Base"
        )
    raise problem


def _syntax_error(error: yaml.MarkedYAMLError) -> UnreadableError:
    mark = error.problem_mark or error.context_mark
    position = (mark.line + 1, mark.column + 1) if mark else ()
    alias = "alias" in f"{error.context} {error.problem}"
    hint = '; a value that begins with * needs quotes: "*"' if alias else ""
    return UnreadableError(f"{_without_values(error.problem or 'malformed YAML')}{hint}", *position)


def _without_values(problem: str) -> str:
    """Keep the punctuation and tokens that a message quotes, not texts that may be secret."""

    def kept(quoted: re.Match[str]) -> str:
        inner = quoted[0][1:-1]
        return quoted[0] if len(inner) == 1 or inner.startswith(("<", "\\")) else "'…'"

    return re.sub(r"\"[^\"]*\"|'[^']*'", kept, " ".join(problem.split()))
