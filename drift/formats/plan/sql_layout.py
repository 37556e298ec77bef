"""Statements and comments as lines: broken only between tokens, so that a copy of them runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, count

from drift.formats.escape import visible
from drift.formats.plan.sql_tokens import runnable, tokens

WIDTH = 96
HANGING = "    "


def statement(sql: str, width: int = WIDTH) -> list[str]:
    """Return a statement with its end, in lines; a token that is too wide has a line of its own."""
    return wrapped(runnable(sql), width)


def in_one_line(sql: str) -> list[str]:
    """Return a statement in a line, as far as its quoted texts allow: linters excuse lines."""
    return " ".join(chunk for _, chunk in _chunks(runnable(sql))).split("\n")


def wrapped(sql: str, width: int = WIDTH) -> list[str]:
    """Break SQL at spaces outside of quotes; its own line breaks stay."""
    lines, line = [], ""
    for space, chunk in _chunks(sql):
        first, *rest = chunk.split("\n")
        if "\n" in space:
            lines.append(line)
            line = space.rpartition("\n")[2]
        elif line.strip() and len(line) + 1 + len(first) > width:
            lines.append(line)
            line = HANGING
        elif line.strip():
            line += " "
        line += first
        if rest:
            lines += [line, *rest[:-1]]
            line = rest[-1]
    return [line.rstrip() for line in (*lines, line) if line.strip()]


def _chunks(sql: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a text, each with the space before it."""
    space, chunk = "", ""
    for token in tokens(sql):
        if token.kind != "space":
            chunk += token.text
            continue
        if chunk:
            yield space, chunk
        space, chunk = token.text, ""
    if chunk:
        yield space, chunk


def comment(text: str, width: int = WIDTH) -> list[str]:
    """Return a text as comments of SQL, wrapped; no line of it is an instruction to a linter."""
    lines, line = [], ""
    for word in visible(text).split():
        if line and len(line) + 1 + len(word) > width - 3:
            lines.append(line)
            line = "  " + word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return [f"-- {_no_instruction(line)}" for line in lines]


def _no_instruction(line: str) -> str:
    hidden = line.strip().lower().startswith(("squawk", "drift plan"))
    return f"· {line.strip()}" if hidden else line


def commented_out(lines: Iterable[str]) -> list[str]:
    """Return each line as a comment."""
    return [f"-- {line}".rstrip() for line in lines]


def indented(lines: Iterable[str], by: str = "    ") -> list[str]:
    """Return lines with more space before them."""
    return [by + line for line in lines]


def tag(*texts: str) -> str:
    """Return a dollar tag that is in none of the texts."""
    names = chain(["$drift$"], (f"$drift{number}$" for number in count(2)))
    return next(name for name in names if not any(name in text for text in texts))
