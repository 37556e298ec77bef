"""A file while it is changed, and the context in which one finding is adopted."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from drift.adopt.declarations import Declaration, Key, column_call, declaration
from drift.adopt.names import Names
from drift.adopt.source import Edit, Source
from drift.adopt.subject import NotAdoptedError, Patch
from drift.model import Location, Schema
from drift.sources.models.project_files import python_files
from drift.sqlalchemy_code.code import Code
from drift.sqlalchemy_code.style import Style

_MOST_FILES = 2_000
_MARK = "\ufeff"
"""The byte order mark, which belongs to the file and is no Python."""


class Draft:
    """A file: its text as it was read, and as it is now."""

    def __init__(self, file: str, path: Path) -> None:
        """Read the file. Raises NotAdoptedError."""
        self.file, self.path = file, path
        self.findings: list[str] = []
        try:
            content = path.read_bytes()
            self.encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
            if self.encoding == "utf-8-sig":
                self.encoding = "utf-8"
            self.before = content.decode(self.encoding)
        except (OSError, SyntaxError, ValueError, LookupError):
            raise NotAdoptedError(f"{file} cannot be read") from None
        self._mark = _MARK if self.before.startswith(_MARK) else ""
        self.original = self.source = Source(self.before.removeprefix(_MARK))

    def apply(self, edits: Iterable[Edit], *codes: Code) -> None:
        """Change the text, and add the imports that these codes need."""
        source = self.source.changed(edits)
        for each in sorted({each for code in codes for each in code.imports}):
            source = source.changed(Names(source).edits(each))
        self.source = source
        try:
            self.source.text.encode(self.encoding)
        except UnicodeEncodeError:
            reason = f"the encoding {self.encoding} of the file lacks a character of the database"
            raise NotAdoptedError(reason) from None

    @property
    def is_changed(self) -> bool:
        """Whether the text differs from that of the file."""
        return self.source.text != self.original.text

    @property
    def patch(self) -> Patch:
        """The change as a patch."""
        return Patch(
            file=self.file,
            before=self.before,
            after=self._mark + self.source.text,
            encoding=self.encoding,
            findings=tuple(self.findings),
        )


class Project:
    """The files below the root: drafts of those that are changed, and the other sources."""

    def __init__(self, root: Path) -> None:
        """Take the folder that file names are relative to."""
        self.root = root.absolute()
        self.drafts: dict[str, Draft] = {}

    def draft(self, location: Location | None) -> Draft:
        """Return the file of a location. Raises NotAdoptedError."""
        if location is None:
            raise NotAdoptedError("drift does not know the line that declares it")
        path = self.root / location.file
        if not path.is_relative_to(self.root) or ".." in path.parts:
            raise NotAdoptedError(f"{location.file} is outside of the folder {self.root}")
        file = path.relative_to(self.root).as_posix()
        if path.suffix != ".py" or not file.isprintable():
            raise NotAdoptedError("it is not declared in a Python file")
        if file not in self.drafts:
            self.drafts[file] = Draft(file, path)
        return self.drafts[file]

    @cached_property
    def _texts(self) -> list[str]:
        texts = []
        for path, _ in zip(python_files(self.root), range(_MOST_FILES), strict=False):
            try:
                texts.append(path.read_text(encoding="utf-8", errors="replace"))
            except OSError:
                continue
        return texts

    @cached_property
    def has_conventions(self) -> bool:
        """Whether a naming convention of the project changes the names that models give."""
        return any("constraint_name)" in text for text in self._texts)

    def shares_table_args(self, base: str) -> bool:
        """Return whether a class of this name has `__table_args__`, which a subclass inherits."""
        pattern = re.compile(rf"^class {re.escape(base)}\b", re.MULTILINE)
        for text in self._texts:
            for match in pattern.finditer(text):
                following = re.search(r"^\S", text[match.end() :].partition("\n")[2], re.MULTILINE)
                body = text[match.end() :].partition("\n")[2]
                if "__table_args__" in (body[: following.start()] if following else body):
                    return True
        return False


class Sides(msgspec.Struct, frozen=True):
    """The declared and the live schema, and the version of SQLAlchemy.

    `tables` has the line of each table, by the schema that the models name and its name.
    """

    declared: Schema
    live: Schema
    version: tuple[int, ...]
    tables: Mapping[tuple[str | None, str], Location] = {}


class Context:
    """One table in one file: the context in which a finding about it is adopted."""

    def __init__(
        self,
        project: Project,
        draft: Draft,
        key: Key,
        sides: Sides,
        key_path: tuple[str, str],
    ) -> None:
        """Take the file, the table in it, both sides, and the table's schema and name."""
        self.key_path = key_path
        self.project, self.draft, self.key, self.sides = project, draft, key, sides
        self.declared, self.live = sides.declared, sides.live

    @property
    def source(self) -> Source:
        """The text as it is now."""
        return self.draft.source

    @property
    def declaration(self) -> Declaration:
        """The table in it."""
        return declaration(self.source, self.key)

    @property
    def style(self) -> Style:
        """The style of new code in this table."""
        declared = self.declaration
        style = Names(self.source).style(self.sides.version, declared.own_names, _prefix(declared))
        if not self.project.has_conventions:
            return style
        return msgspec.structs.replace(style, conventions="conv")

    def default_schema(self, schema: str, table: str) -> str | None:
        """Return the schema that code leaves out when it refers to a table."""
        tables = self.sides.tables
        named = (schema, table) in tables and (None, table) not in tables
        return None if named else self.declared.default_schema

    def apply(self, edits: Iterable[Edit], *codes: Code) -> None:
        """Change the text, and add the imports that these codes need."""
        self.draft.apply(edits, *codes)


def _prefix(declared: Declaration) -> str:
    """Return the object by which the table calls Column, such as `db`; "" for `sqlalchemy`."""
    names = Names(declared.source)
    for node in ast.walk(declared.node):
        call = column_call(node)
        value = call.func.value if call and isinstance(call.func, ast.Attribute) else None
        if isinstance(value, ast.Name):
            full_name = names.imported.get(value.id, value.id)
            return "" if full_name.startswith("sqlalchemy") else value.id
    return ""
