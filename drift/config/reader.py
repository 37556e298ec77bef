"""Reads a YAML document by the declared keys, and collects every problem with its line and key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import inspect

from drift.config import env_file, yaml_source
from drift.config.declaration import Declaration, declared, keys_of
from drift.config.ignore_entry import IgnoreEntry
from drift.config.problems import InvalidValueError, UndefinedVariableError, label, suggest
from drift.config.values import Scalar
from drift.config.variables import substitute
from drift.errors import ConfigurationError

if TYPE_CHECKING:
    import yaml

T = TypeVar("T")
MOST_PROBLEMS = 100
"""Lines of an error: more would not help before these are fixed."""

_TAGGED = "a value with a tag"
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

    Variables of a value that is not `needed` may be missing. A missing variable of any other value
    fails only its `target`, if it has one.
    """

    node: yaml.Node
    key: str
    line: int
    needed: bool = True
    target: str | None = None

    @property
    def is_null(self) -> bool:
        """Whether the value is null or empty."""
        return str(self.node.tag) == "tag:yaml.org,2002:null"

    @property
    def noun(self) -> str:
        """The kind of the value, for a message."""
        if _shape(self.node) == "mapping":
            return "a mapping"
        if _shape(self.node) == "sequence":
            return "a list"
        return _NOUNS.get(str(self.node.tag).removeprefix("tag:yaml.org,2002:"), _TAGGED)


class Reader:
    """Turns values into settings; their problems are kept until all values have been read."""

    def __init__(
        self, file: str, environment: Mapping[str, str], known_rules: Collection[str]
    ) -> None:
        """Take the file's name for messages, and the variables and rules for its values."""
        self._file = file
        self._environment = environment
        self._hint = ""
        self._known_rules = known_rules
        self._of_target: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._problems: list[tuple[int, str]] = []

    def add_files(self, files: Sequence[Path]) -> dict[str, str]:
        """Let values refer to the variables of env files as well; return these variables."""
        variables = env_file.read(files, required=False)
        self._environment = {**variables, **self._environment}
        missing = [yaml_source.display_path(file) for file in files if not file.exists()]
        self._hint = f" (env_file: {', '.join(missing)} does not exist)" if missing else ""
        return variables

    def report(self, value: Value, reason: str, name: str = "") -> None:
        """Keep a problem with a value, or with its key `name`."""
        self._problems.append((value.line, self._sentence(value, reason, name)))

    def _sentence(self, value: Value, reason: str, name: str = "") -> str:
        key = _joined(value.key, name) if name else value.key
        return f"{self._file}:{value.line}: " + (f"{key}: " if key else "") + reason

    def finish(self) -> None:
        """Raise ConfigurationError with the problems, in the file's order, if there are any."""
        if self._problems:
            problems = [*self._problems, *chain.from_iterable(self._of_target.values())]
            lines = [text for _, text in sorted(problems, key=lambda problem: problem[0])]
            if len(lines) > MOST_PROBLEMS:
                more = len(lines) - MOST_PROBLEMS
                lines[MOST_PROBLEMS:] = [f"{self._file}: has {more:,} more problems"]
            raise ConfigurationError(lines)

    def problems_of(self, target: str) -> list[str]:
        """Return the problems that fail this target alone."""
        return [text for _, text in self._of_target.get(target, ())]

    def attempt(self, convert: Callable[..., T], value: Value, *arguments: Any) -> T | None:
        """Return the converted value; None, and a problem kept, if that is impossible."""
        try:
            return convert(value, *arguments)
        except UndefinedVariableError as problem:
            if value.needed and value.target is not None:
                sentence = self._sentence(value, f"{problem}{self._hint}")
                self._of_target[value.target].append((value.line, sentence))
            elif value.needed:
                self.report(value, f"{problem}{self._hint}")
        except InvalidValueError as problem:
            self.report(value, str(problem))
        return None

    def entries(self, value: Value) -> dict[str, Value]:
        """Return a mapping's values by key; nothing at all stands for an empty mapping."""
        if value.is_null:
            return {}
        if _shape(value.node) != "mapping":
            raise InvalidValueError(f"expected a mapping of keys to values, not {value.noun}")
        entries: dict[str, Value] = {}
        for key, node in value.node.value:
            name = key.value if _shape(key) == "scalar" else "?"
            entry = _inside(value, node, _joined(value.key, name), key)
            if name in entries:
                self.report(entry, f"the same key is on line {entries[name].line}; keep one")
            else:
                entries[name] = entry
        return entries

    def fields(self, section: type[msgspec.Struct], entries: Mapping[str, Value]) -> dict[str, Any]:
        """Return the fields of a section that are written and usable; report unknown keys.

        A key with nothing after it is as if it were not there, except if that would have another
        database checked: the declaration then has a message for it.
        """
        keys = keys_of(section)
        fields: dict[str, Any] = {}
        for name, entry in entries.items():
            if name not in keys:
                self.report(entry, _unknown(name, keys))
            elif not entry.is_null:
                fields[keys[name].field] = self.attempt(self._convert, entry, keys[name])
            elif keys[name].empty and entry.needed:
                self.report(entry, keys[name].empty)
        return {field: value for field, value in fields.items() if value is not None}

    def _convert(self, value: Value, declaration: Declaration) -> Any:
        match declaration.type:
            case inspect.StructType(cls=section):
                return self._struct(value, section)
            case inspect.DictType(value_type=item):
                return self._mapping(value, declaration, declared(item))
            case inspect.VarTupleType(item_type=item):
                return self._list(value, declared(item))
        return self._scalar(value, declaration)

    def _struct(self, value: Value, section: type[msgspec.Struct]) -> msgspec.Struct | None:
        entries = self.entries(value)
        fields = self.fields(section, entries)
        required = {name: key for name, key in keys_of(section).items() if key.required}
        for name, key in required.items():
            if name not in entries or entries[name].is_null:
                self.report(value, key.missing, name)
        if not fields.keys() >= {key.field for key in required.values()}:
            return None
        if section is IgnoreEntry:
            fields["declared_at"] = f"{self._file}:{value.line}"
        return section(**fields)

    def _mapping(self, value: Value, declaration: Declaration, item: Declaration) -> dict[str, Any]:
        """Return a mapping with keys of the user's; None for a value that could not be read."""
        mapping: dict[str, Any] = {}
        for name, written in self.entries(value).items():
            target = f"{value.target or ''}.{name}" if declaration.fails_alone else value.target
            entry = msgspec.structs.replace(written, target=target)
            self.check_key(entry, name, declaration)
            if entry.is_null and item.empty and entry.needed:
                self.report(entry, item.empty)
            else:
                mapping[name] = self.attempt(self._convert, entry, item)
        return mapping

    def check_key(self, value: Value, name: str, mapping: Declaration) -> None:
        """Report a mapping's key that its declaration does not allow."""
        key = declared(mapping.type.key_type)  # type: ignore[attr-defined]
        scalar = Scalar(text=name, written=name, known_rules=self._known_rules)
        self.attempt(lambda _value: key.parse(scalar), value)

    def _list(self, value: Value, item: Declaration) -> tuple[Any, ...]:
        """Return the items of a list; a single scalar stands for a list of one."""
        if _shape(value.node) == "sequence":
            items = [
                self.attempt(
                    self._convert, _inside(value, node, f"{value.key}[{index}]", node), item
                )
                for index, node in enumerate(value.node.value)
            ]
            return tuple(item for item in items if item is not None)
        if isinstance(item.type, inspect.StructType):
            raise InvalidValueError(f"expected a list (lines that begin with -), not {value.noun}")
        return (self._convert(value, item),)

    def _scalar(self, value: Value, declaration: Declaration) -> Any:
        """Return the value of a scalar of any YAML type."""
        if _shape(value.node) != "scalar" or value.noun == _TAGGED:
            raise InvalidValueError(f"expected {declaration.expected}, not {value.noun}")
        if isinstance(declaration.type, inspect.StrType) and value.noun != "a string":
            raise InvalidValueError(f"expected a string, not {value.noun}; put it in quotes")
        written = str(value.node.value)
        text = substitute(written, self._environment, default=declaration.suggest_default)
        scalar = Scalar(text=text.strip(), written=written, known_rules=self._known_rules)
        return declaration.parse(scalar)


def _shape(node: yaml.Node) -> str:
    """Return mapping, sequence or scalar, without an import of PyYAML."""
    return str(node.id)  # type: ignore[attr-defined]


def _inside(value: Value, node: yaml.Node, key: str, line_of: yaml.Node) -> Value:
    line = line_of.start_mark.line + 1
    return msgspec.structs.replace(value, node=node, key=key, line=line)


def _joined(parent: str, name: str) -> str:
    return f"{parent}.{label(name)}" if parent else label(name)


def _unknown(name: str, known: Collection[str]) -> str:
    if name == "<<":
        return "merge keys are not supported; write shared keys at the top level"
    return "unknown key; " + suggest(name, known, f"known are {', '.join(known)}")
