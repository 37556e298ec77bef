"""Enums, domains and sequences: the calls that declare them, wherever they stand in a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from drift.adopt.draft import Draft, Sides
from drift.adopt.items import (
    called,
    items_of_call,
    keyword_of,
    literal_text,
    literal_texts,
    set_keyword,
)
from drift.adopt.names import Names
from drift.adopt.source import Edit
from drift.adopt.subject import NotAdoptedError
from drift.kinds.domain import Domain
from drift.kinds.enum import Enum
from drift.kinds.sequence.kind import Sequence
from drift.sqlalchemy_code.code import Code, literal
from drift.sqlalchemy_code.columns import option_codes
from drift.sqlalchemy_code.types import domain_code, type_code

_ENUMS = frozenset({"Enum", "ENUM"})
_SEQUENCE = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache")


def change_enum(draft: Draft, live: Enum) -> None:
    """Give every Enum of the name the live labels. Raises NotAdoptedError if there is none."""
    number = len(list(_enums(draft, live.name or "")))
    if not number:
        raise NotAdoptedError("drift does not find an Enum with this name and its labels in quotes")
    for index in range(number):
        node = list(_enums(draft, live.name or ""))[index]
        _set_labels(draft, node, live.labels)


def _set_labels(draft: Draft, node: ast.Call, labels: tuple[str, ...]) -> None:
    """Replace, add and remove single labels, so that the rest of the call stays as it is."""
    source, items = draft.source, items_of_call(draft.source, node)
    own = literal_texts(node.args) or []
    if own == [label for label in labels if label in own]:
        _insert_labels(draft, own, labels, (node.lineno, node.col_offset))
        return
    start, end = items.spans[0][0], items.spans[len(node.args) - 1][1]
    codes = [literal(label, source.quote) for label in labels]
    separator = ", "
    if source.is_first(start) and "\n" in source.text[start:end]:
        separator = ",\n" + " " * source.indent(start)
    draft.apply([Edit(start, end, separator.join(code.text for code in codes))])


def _insert_labels(
    draft: Draft, own: list[str], labels: tuple[str, ...], position: tuple[int, int]
) -> None:
    for index, label in enumerate(labels):
        if label not in own:
            node = next(n for n in _calls(draft, _ENUMS) if (n.lineno, n.col_offset) == position)
            items = items_of_call(draft.source, node)
            draft.apply(items.insert(index, literal(label, draft.source.quote)))


def _enums(draft: Draft, name: str) -> Iterator[ast.Call]:
    for node in _calls(draft, _ENUMS):
        named = keyword_of(node, "name")
        if named and literal_text(named.value) == name and literal_texts(node.args):
            yield node


def change_domain(draft: Draft, live: Domain, sides: Sides) -> None:
    """Write every DOMAIN of the name again. Raises NotAdoptedError if there is none."""
    code = domain_code(live, sides.live, Names(draft.source).style(sides.version))
    if code is None:
        raise NotAdoptedError("SQLAlchemy has no words for the domain")
    number = len(list(_named(draft, "DOMAIN", live.name or "")))
    if not number:
        raise NotAdoptedError("drift does not find a DOMAIN with this name in quotes")
    for index in range(number):
        node = list(_named(draft, "DOMAIN", live.name or ""))[index]
        start, end = draft.source.span(node)
        before = start - draft.source.line_start(start)
        text = code.laid_out(draft.source.indent(start), before=before, width=draft.source.width)
        draft.apply([Edit(start, end, text)], code)


def change_sequence(draft: Draft, live: Sequence, sides: Sides) -> None:
    """Give a Sequence the live options. Raises NotAdoptedError if it is not in the file."""
    style = Names(draft.source).style(sides.version)
    options: dict[str, Code | None] = dict.fromkeys(_SEQUENCE)
    options |= option_codes(live.options, live.type)
    options["data_type"] = None if live.type == "bigint" else type_code(live.type, None, style)
    for name, code in options.items():
        nodes = list(_named(draft, "Sequence", live.name or ""))
        if len(nodes) != 1:
            raise NotAdoptedError("drift does not find one Sequence with this name in quotes")
        edits = set_keyword(draft.source, nodes[0], name, code)
        draft.apply(edits, *([code] if code else []))


def remove_sequence(draft: Draft, declared: Sequence) -> None:
    """Remove the statement that declares a Sequence and does nothing more."""
    source = draft.source
    for statement in source.tree.body:
        value = getattr(statement, "value", None)
        named = isinstance(value, ast.Call) and value in _named(
            draft, "Sequence", declared.name or ""
        )
        if named and isinstance(statement, ast.Expr):
            start, end = source.span(statement)
            draft.apply([Edit(source.line_start(start), source.next_line(end), "")])
            return
    raise NotAdoptedError("other code can use the Sequence")


def _named(draft: Draft, function: str, name: str) -> Iterator[ast.Call]:
    for node in _calls(draft, frozenset({function})):
        named = keyword_of(node, "name")
        first = named.value if named else (node.args[0] if node.args else None)
        if literal_text(first) == name:
            yield node


def _calls(draft: Draft, functions: frozenset[str]) -> Iterator[ast.Call]:
    for node in ast.walk(draft.source.tree):
        if isinstance(node, ast.Call) and called(node) in functions:
            yield node
