"""Inserts ignore entries into the text of a configuration; every other line stays as it is.

The positions come from the nodes and tokens that PyYAML reads. A library that writes the whole
document would normalise line ends, indents, quotes and folded lines that nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from drift.accept.document import OPENING, Document, Edit, applied
from drift.accept.yaml_text import Fields, block, flow
from drift.errors import UsageError

Entries: TypeAlias = Sequence[tuple[Fields, str]]
KEY = "ignore"
_NULL = "tag:yaml.org,2002:null"


def inserted(text: str, entries: Mapping[str | None, Entries]) -> str:
    """Return the text with entries in the lists of targets, and for None in the shared one.

    Raises UsageError, which begins with `:LINE:`, for a list that is shared by an alias.
    """
    document = Document(text)
    # At the end of the file, the keys of the last target come before one of the top level.
    sections = sorted(entries, key=lambda target: (target is None, target or ""))
    return applied(text, [_edit(document, target, entries[target]) for target in sections])


def _edit(document: Document, target: str | None, entries: Entries) -> Edit:
    section = document.root if target is None else _section(document, target)
    label = KEY if target is None else f"targets.{target}.{KEY}"
    pair = document.pair(section, KEY, label)
    if pair is None:
        return _with_key(document, section, entries)
    key, value = pair
    if not isinstance(value, yaml.SequenceNode):
        return _instead(document, key, value, entries)
    if not value.flow_style:
        return _below_items(document, value, entries)
    if value.value or not _is_plain_line(document, key, value):
        return _in_brackets(document, value, flow(entries))
    return _instead(document, key, value, entries)


def _section(document: Document, target: str) -> yaml.Node:
    """Return the mapping of a target, or the empty value that stands for one."""
    targets = document.pair(document.root, "targets", "targets")
    assert targets is not None
    pair = document.pair(targets[1], target, f"targets.{target}")
    assert pair is not None
    return pair[1]


def _is_plain_line(document: Document, key: yaml.Node, value: yaml.Node) -> bool:
    """Return whether brackets without items may be replaced by lines below their key."""
    inside = document.text[value.start_mark.index : value.end_mark.index]
    is_line = key.start_mark.line == value.end_mark.line and "#" not in inside
    return is_line and not document.is_in_brackets(key.start_mark.index)


def _below_items(document: Document, items: yaml.Node, entries: Entries) -> Edit:
    """Add items below the last one of a list, in the columns of the first."""
    first, after = document.within(items)[:2]
    if not isinstance(first, yaml.BlockEntryToken):  # an anchor or a tag of the list
        tokens = document.within(items)
        at = next(n for n, token in enumerate(tokens) if isinstance(token, yaml.BlockEntryToken))
        first, after = tokens[at : at + 2]
    dash = first.start_mark.column
    same_line = after.start_mark.line == first.start_mark.line
    key = after.start_mark.column if same_line else dash + 2
    lines = block(entries, dash, key, document.newline)
    return document.below_block(items, lines, dash)


def _instead(document: Document, key: yaml.Node, value: yaml.Node, entries: Entries) -> Edit:
    """Replace an empty value, and keep the rest of its line."""
    start, end = value.start_mark.index, value.end_mark.index
    text = document.text
    if document.is_in_brackets(key.start_mark.index):
        space = "" if end > start else " "
        return Edit(start, end, f"{space}[{flow(entries)}]")
    dash = key.start_mark.column + _indent(document)
    below = document.below(end, block(entries, dash, dash + 2, document.newline))
    start = len(text[:start].rstrip(" "))
    return Edit(start, below.end, text[end : below.start] + below.text)


def _with_key(document: Document, section: yaml.Node, entries: Entries) -> Edit:
    """Add the key to a section that does not have it, below its other keys."""
    if isinstance(section, yaml.MappingNode) and section.flow_style:
        return _in_brackets(document, section, f"{KEY}: [{flow(entries)}]")
    if section.tag == _NULL:
        return _with_section(document, section, entries)
    column = section.value[0][0].start_mark.column
    return document.below_block(section, _key(document, column, entries), column)


def _key(document: Document, column: int, entries: Entries) -> str:
    """Return the lines of the key and its entries."""
    dash = column + _indent(document)
    lines = block(entries, dash, dash + 2, document.newline)
    return f"{' ' * column}{KEY}:{document.newline}{lines}"


def _with_section(document: Document, empty: yaml.Node, entries: Entries) -> Edit:
    """Give a target that has no key its first one."""
    start, end = empty.start_mark.index, empty.end_mark.index
    if end > start:
        line = empty.start_mark.line + 1
        raise UsageError(f":{line}: the target has no keys; remove its value, and retry")
    if document.is_in_brackets(start):
        return Edit(end, end, f" {{{KEY}: [{flow(entries)}]}}")
    name, _colon = document.between(0, start)[-2:]
    lines = _key(document, name.start_mark.column + 2, entries)
    return document.below(start, lines)


def _in_brackets(document: Document, node: yaml.Node, added: str) -> Edit:
    """Add to a list in brackets or a mapping in braces, behind its last item."""
    *_, last, _closing = document.within(node)
    end = last.end_mark.index
    if isinstance(last, OPENING):
        return Edit(end, end, added)
    comma = " " if isinstance(last, yaml.FlowEntryToken) else ", "
    return Edit(end, end, f"{comma}{added}")


def _indent(document: Document) -> int:
    """Return by how much lists are indented in this document; 2 if it has none."""
    sections = [document.root]
    targets = next((value for key, value in document.root.value if key.value == "targets"), None)
    if isinstance(targets, yaml.MappingNode):
        sections += [value for _, value in targets.value if isinstance(value, yaml.MappingNode)]
    for section in sections:
        for key, value in section.value:
            if isinstance(value, yaml.SequenceNode) and not value.flow_style:
                tokens = document.between(key.end_mark.index, value.end_mark.index)
                for token in tokens:
                    if isinstance(token, yaml.BlockEntryToken):
                        return max(0, int(token.start_mark.column - key.start_mark.column))
    return 2


def sections(text: str) -> dict[str, bool]:
    """Return the names of a configuration's targets, and whether each has ignore entries."""
    root: yaml.Node = yaml.compose(text, Loader=yaml.SafeLoader)  # type: ignore[assignment]
    targets = next((value for key, value in root.value if key.value == "targets"), None)
    pairs = targets.value if isinstance(targets, yaml.MappingNode) else ()
    return {name.value: _has_list(section) for name, section in pairs}


def _has_list(section: yaml.Node) -> bool:
    pairs = section.value if isinstance(section, yaml.MappingNode) else ()
    return any(key.value == KEY for key, _ in pairs)
