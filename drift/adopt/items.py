"""The arguments of a call, or the elements of a tuple: to insert, replace and remove one."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Sequence

from drift.adopt.source import Edit, Source
from drift.adopt.subject import NotAdoptedError
from drift.sqlalchemy_code.code import Code, keyword

_SPACE = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}
_UNIT = 4


class Items:
    """The items between two brackets."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        """Take the offsets of the opening bracket, and after the closing one."""
        self.source = source
        self.open, self.close = start + 1, end - 1
        self.spans: list[tuple[int, int]] = []
        self.commas: list[int] = []
        self._read()

    def _read(self) -> None:
        depth, first, last = 0, -1, -1
        for token in self.source.tokens:
            if not self.open <= token.start < self.close or token.type in _SPACE:
                continue
            if token.string == "," and not depth:
                self.spans.append((first, last))
                self.commas.append(token.start)
                first = -1
                continue
            is_bracket = token.type == tokenize.OP
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(
                token.string if is_bracket else "", 0
            )
            first, last = (token.start if first < 0 else first), token.end
        if first >= 0:
            self.spans.append((first, last))

    def index_of(self, node: ast.expr | ast.keyword) -> int:
        """Return the number of the item that holds a node."""
        start, _ = self.source.span(node)
        return next(i for i, (first, last) in enumerate(self.spans) if first <= start < last)

    def insert(self, at: int, code: Code) -> list[Edit]:
        """Return the edits that make a code the item number `at`."""
        source = self.source
        if not self.spans:
            text = code.laid_out(source.indent(self.open), before=self._column(self.open))
            return [Edit(self.open, self.close, text)]
        if at < len(self.spans):
            return self._before(self.spans[at][0], code, at)
        start, end = self.spans[-1]
        after = self.commas[-1] + 1 if len(self.commas) == len(self.spans) else end
        comma = "" if after > end else ","
        if source.is_first(start) and source.is_first(self.close):
            indent = source.indent(start)
            text = code.laid_out(indent, width=source.width - 1)
            line_end = source.line_end(after)
            edits = [Edit(line_end, line_end, f"\n{' ' * indent}{text},")]
            return edits + ([Edit(end, end, ",")] if comma else [])
        if source.is_first(start) and len(self.spans) > 1:
            indent = source.indent(start)
            text = code.laid_out(indent, width=source.width - 1)
            return [Edit(after, after, f"{comma}\n{' ' * indent}{text}")]
        return self._inline(after, f"{comma} {code.text}", at, code)

    def _before(self, start: int, code: Code, at: int) -> list[Edit]:
        if self.source.is_first(start):
            indent = self.source.indent(start)
            text = code.laid_out(indent, width=self.source.width - 1)
            return [Edit(start, start, f"{text},\n{' ' * indent}")]
        return self._inline(start, f"{code.text}, ", at, code)

    def _inline(self, offset: int, text: str, at: int, code: Code) -> list[Edit]:
        """Return an edit within a line, or one that gives each item a line of its own."""
        source = self.source
        length = source.line_end(offset) - source.line_start(offset)
        if length + len(text) <= source.width or source.has_comment(self.open, self.close):
            return [Edit(offset, offset, text)]
        items = [source.text[start:end] for start, end in self.spans]
        indent = source.indent(self.open)
        inner = indent + _UNIT
        new = code.laid_out(inner, width=source.width - 1)
        lines = [f"\n{' ' * inner}{item}," for item in (*items[:at], new, *items[at:])]
        return [Edit(self.open, self.close, "".join(lines) + "\n" + " " * indent)]

    def replace(self, at: int, code: Code) -> list[Edit]:
        """Return the edit that puts a code in the position of an item."""
        start, end = self.spans[at]
        text = code.laid_out(
            self.source.indent(start), before=self._column(start), width=self.source.width - 1
        )
        return [Edit(start, end, text)]

    def remove(self, at: int, *, is_tuple: bool = False) -> list[Edit]:
        """Return the edits that take an item out; a tuple of one keeps its comma."""
        source, (start, end) = self.source, self.spans[at]
        if len(self.spans) == 1:
            return [Edit(self.open, self.close, "")]
        if at + 1 < len(self.spans):
            following = self.spans[at + 1][0]
            if source.is_first(start) and source.is_first(following):
                return [Edit(source.line_start(start), source.line_start(following), "")]
            return [Edit(start, following, "")]
        edits = self._last(start, end)
        if is_tuple and len(self.spans) == 2 and len(self.commas) == 1:
            before = self.spans[0][1]
            edits = [edit._replace(text=",") if edit.start == before else edit for edit in edits]
        return edits

    def _last(self, start: int, end: int) -> list[Edit]:
        """Return the edit for the last item: with its line, or with the comma before it."""
        source = self.source
        trailing = len(self.commas) == len(self.spans)
        if trailing and source.is_first(start) and source.is_first(self.close):
            return [Edit(source.line_start(start), source.line_start(self.close), "")]
        before = self.spans[-2][1]
        return [Edit(before, end, "")]

    def _column(self, offset: int) -> int:
        return offset - self.source.line_start(offset)


def items_of_call(source: Source, call: ast.Call) -> Items:
    """Return the arguments of a call."""
    _, after = source.span(call.func)
    _, end = source.span(call)
    start = next(t.start for t in source.tokens if t.start >= after and t.string == "(")
    return Items(source, start, end)


def items_of_display(source: Source, node: ast.Tuple | ast.List | ast.Dict) -> Items:
    """Return the elements of a tuple, list or dict. Raises NotAdoptedError without brackets."""
    start, end = source.span(node)
    if source.text[start] not in "([{":
        raise NotAdoptedError("the tuple has no parentheses")
    return Items(source, start, end)


def keyword_of(call: ast.Call, name: str) -> ast.keyword | None:
    """Return an argument by its name."""
    return next((each for each in call.keywords if each.arg == name), None)


def set_keyword(source: Source, call: ast.Call, name: str, code: Code | None) -> list[Edit]:
    """Return the edits that give an argument another value, add it or, with None, remove it."""
    items, argument = items_of_call(source, call), keyword_of(call, name)
    if argument is None:
        if code is None:
            return []
        return items.insert(len(items.spans), keyword(name, code))
    if code is None:
        return items.remove(items.index_of(argument))
    start, _ = source.span(argument.value)
    _, end = items.spans[items.index_of(argument)]
    if end < source.span(argument.value)[1]:
        raise NotAdoptedError("the call has a form that drift does not know")
    text = code.laid_out(source.indent(start), before=start - source.line_start(start))
    begin = source.text.index("=", source.span(argument)[0]) + 1
    begin += len(source.text[begin:]) - len(source.text[begin:].lstrip())
    return [Edit(begin, end, text)]


def literal_text(node: ast.expr | None) -> str | None:
    """Return a string literal's value."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text and isinstance(node, ast.Constant) else None  # type: ignore[return-value]


def literal_texts(nodes: Sequence[ast.expr]) -> list[str] | None:
    """Return the values of string literals; None if one is something else."""
    texts = [literal_text(node) for node in nodes]
    return None if None in texts else [text for text in texts if text is not None]


def called(node: ast.AST | None) -> str:
    """Return the last name of the function that a call calls; "" for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
