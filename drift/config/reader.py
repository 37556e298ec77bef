"""Walks a YAML document and collects every problem with its file, line and key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import Any, TypeAlias, TypeVar

import msgspec
import yaml

from drift.config.problems import InvalidValueError, UndefinedVariableError, label, suggest
from drift.errors import ConfigurationError

T = TypeVar("T")
MOST_PROBLEMS = 100
"""Lines of an error: nobody reads more before mending these."""

TAGGED = "a value with a tag"
_NOUNS = {
    "null": "nothing",
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "str": "a string",
}


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the document, its dotted key and its line.

    What is not `needed` belongs to nothing that is checked; its variables may be missing. A
    variable that is missing fails the `target` alone, if there is one.
    """

    node: yaml.Node
    key: str
    line: int
    needed: bool = True
    target: str | None = None

    @property
    def is_null(self) -> bool:
        """Whether nothing stands there."""
        return str(self.node.tag) == "tag:yaml.org,2002:null"

    @property
    def noun(self) -> str:
        """What stands there, for a message."""
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        tag = str(self.node.tag).removeprefix("tag:yaml.org,2002:")
        return _NOUNS.get(tag, TAGGED)


class Reader:
    """Turns values into settings; what is wrong with them is kept until all have been read."""

    def __init__(
        self, place: str, environment: Mapping[str, str], known_rules: Collection[str]
    ) -> None:
        """Take the file's name for messages, and what its values may refer to."""
        self.place = place
        self.environment = environment
        self.known_rules = known_rules
        self._failed: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._problems: list[tuple[int, str]] = []

    def report(self, value: Value, reason: str, name: str = "") -> None:
        """Keep a problem with a value, or with its key `name`."""
        self._problems.append((value.line, self._words(value, reason, name)))

    def _words(self, value: Value, reason: str, name: str = "") -> str:
        key = _join(value.key, name) if name else value.key
        return f"{self.place}:{value.line}: " + (f"{key}: " if key else "") + reason

    def finish(self) -> None:
        """Raise ConfigurationError with the problems, in the file's order, if there are any."""
        if self._problems:
            everything = [*self._problems, *chain.from_iterable(self._failed.values())]
            ordered = sorted(everything, key=lambda problem: problem[0])
            told = [text for _, text in ordered[:MOST_PROBLEMS]]
            if left := len(ordered) - len(told):
                told.append(f"{self.place}: has {left:,} more problems")
            raise ConfigurationError(told)

    def failed(self, target: str) -> list[str]:
        """Return the problems that fail this target alone."""
        return [text for _, text in self._failed.get(target, ())]

    def attempt(self, convert: Callable[[Value, Reader], T], value: Value) -> T | None:
        """Return the converted value; None, and a problem reported, where that cannot be."""
        try:
            return convert(value, self)
        except UndefinedVariableError as problem:
            if value.needed and value.target is not None:
                self._failed[value.target].append((value.line, self._words(value, str(problem))))
            elif value.needed:
                self.report(value, str(problem))
        except InvalidValueError as problem:
            self.report(value, str(problem))
        return None

    def entries(self, value: Value) -> dict[str, Value]:
        """Return a mapping's values by key; nothing at all stands for an empty mapping."""
        if value.is_null:
            return {}
        if not isinstance(value.node, yaml.MappingNode):
            raise InvalidValueError(f"expected a mapping of keys to values, not {value.noun}")
        found: dict[str, Value] = {}
        for key, node in value.node.value:
            line = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            entry = self._inside(value, node, _join(value.key, name), line)
            if name in found:
                self.report(entry, f"the same key stands on line {found[name].line}; keep one")
            else:
                found[name] = entry
        return found

    def items(self, value: Value) -> Iterator[Value]:
        """Yield a list's values."""
        for index, node in enumerate(value.node.value):
            line = node.start_mark.line + 1
            yield self._inside(value, node, f"{value.key}[{index}]", line)

    @staticmethod
    def _inside(value: Value, node: yaml.Node, key: str, line: int) -> Value:
        return msgspec.structs.replace(value, node=node, key=key, line=line)

    def fields(
        self,
        entries: Mapping[str, Value],
        converters: Mapping[str, Converter],
        filled: Collection[str] = (),
    ) -> dict[str, Any]:
        """Convert the entries that are there and usable; report the keys that nobody knows.

        A key with nothing after it is as if it were not there, but for those in `filled`.
        """
        found: dict[str, Any] = {}
        for name, entry in entries.items():
            if name not in converters:
                self.report(entry, _unknown(name, converters))
            elif not entry.is_null:
                found[name] = self.attempt(converters[name], entry)
            elif name in filled and entry.needed:
                self.report(entry, "is empty; write a value, or leave the key out")
        return {name: value for name, value in found.items() if value is not None}


Converter: TypeAlias = Callable[[Value, Reader], Any]


def _join(parent: str, name: str) -> str:
    return f"{parent}.{label(name)}" if parent else label(name)


def _unknown(name: str, known: Collection[str]) -> str:
    if name == "<<":
        return "merge keys are not read; what targets share belongs at the top level"
    return "unknown key; " + suggest(name, known, f"known are {', '.join(known)}")
