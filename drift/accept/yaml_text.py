"""Writes scalars and entries as YAML, so that every name is read back as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from drift.formats.escape import visible

Fields = Mapping[str, str]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*( [A-Za-z0-9_.-]+)*")
_WORDS_OF_YAML = frozenset("y n yes no on off true false null".split())
"""Words that YAML takes for something else than text."""

_ESCAPED = {"\\": "\\\\", '"': '\\"'}


def scalar(text: str) -> str:
    """Return a text as one YAML scalar, in quotes unless it is plain words.

    `$${` stands for a literal `${`, which is a variable otherwise. Characters that an editor does
    not show are escaped.
    """
    text = text.replace("${", "$${")
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    if plain:
        return text
    return f'"{"".join(map(_quoted, text))}"'


def _quoted(letter: str) -> str:
    return _ESCAPED.get(letter) or visible(letter)


def block(entries: Iterable[tuple[Fields, str]], dash: int, key: int, newline: str) -> str:
    """Return entries as items of a list, each below its comment, in columns `dash` and `key`."""
    lines: list[str] = []
    for fields, comment in entries:
        lines.append(f"{' ' * dash}# {comment}")
        starts = [f"{' ' * dash}-{' ' * (key - dash - 1)}"]
        starts += [" " * key] * (len(fields) - 1)
        lines += map("".join, zip(starts, _pairs(fields), strict=True))
    return "".join(line + newline for line in lines)


def flow(entries: Iterable[tuple[Fields, str]]) -> str:
    """Return entries as items of a list in brackets."""
    return ", ".join(f"{{{', '.join(_pairs(fields))}}}" for fields, _ in entries)


def _pairs(fields: Fields) -> list[str]:
    """Return the keys with their values; a date stays one."""
    return [
        f"{name}: {value if name == 'until' else scalar(value)}" for name, value in fields.items()
    ]
