"""Rewrites an expression so that the server can plan it without running anybody's code.

The planner runs IMMUTABLE functions whose arguments are constant, inlines SQL functions, and the
parser runs the CHECKs of domains inside array, row and range literals. So only what `pg_catalog`
holds is left in the text. A list of what must not be called would not do: what is harmless when
the catalog is read can be replaced a moment later.

- A call of any other function becomes a column, which has the call as its name and the function's
  result as its type: a column is no constant, and both sides get the same one.
- A type of the users' becomes a built-in one that works alike: a domain its base type, an enum
  `name`, all others `text`. An operator loses its schema, and with it all but the built-in ones.
- What is left and is not built in is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from drift.expressions.spelling import joined
from drift.expressions.tokens import NAME_BYTES, Token, UnreadableError, quote, tokenize
from drift.expressions.vocabulary import Vocabulary
from drift.kinds import types

_SYNTAX = frozenset(
    "all and any array as between bit case cast char character coalesce dec decimal else end "
    "exists extract float from greatest grouping ilike in int integer interval is least like "
    "national nchar normalize not null nullif numeric or overlay position precision real row "
    "similar smallint some substring then time timestamp treat trim values varchar varying when "
    "xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi xmlroot xmlserialize zone".split()
)
"""Keywords that a parenthesis can follow without a function being called."""
_QUERY = frozenset({"select", "table", "values", "with"})
_REFERENCES = frozenset(
    "regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc "
    "regprocedure regrole regtype".split()
)
"""Types whose literals name an object, which the server would look up."""


_MASKED = {"nextval": "bigint"}
_GROWING: dict[str, str | None] = {
    **dict.fromkeys(("repeat", "lpad", "rpad", "replace", "regexp_replace", "encode"), "text"),
    **dict.fromkeys(("quote_ident", "quote_literal", "quote_nullable", "jsonb_pretty"), "text"),
    **{"array_fill": None, "polygon": "polygon", "ts_rewrite": "tsquery"},
}
"""Functions that make gigabytes of a few letters, alone or within each other, and their types.

The server would work the result out while it plans, and print it.
"""
_LONGEST_TYPE = 100_000
"""The largest argument of a type: `character(10000000)` pads with as many spaces."""


class Restricted(msgspec.Struct, frozen=True):
    """An expression of built-in parts only, and the columns made of calls, with their types.

    `calls` are those of functions whose arguments the server therefore does not compare.
    """

    text: str
    columns: Mapping[str, str]
    calls: tuple[str, ...] = ()


def restrict(text: str, table: tuple[str, str], vocabulary: Vocabulary) -> Restricted:
    """Rewrite an expression over a table's columns. Raises UnreadableError."""
    if vocabulary.hazards:
        raise UnreadableError(f"a function that is not built in implements {vocabulary.hazards[0]}")
    writer = _Writer(tokenize(text), table, vocabulary)
    return Restricted(writer.written(), writer.columns, tuple(writer.calls))


class _Writer:
    def __init__(
        self, tokens: Sequence[Token], table: tuple[str, str], vocabulary: Vocabulary
    ) -> None:
        self._tokens = tokens
        self._table = table
        self._known = vocabulary
        self._at = 0
        self._words: list[str] = []
        self.columns: dict[str, str] = {}
        self.calls: list[str] = []

    def written(self) -> str:
        """Return the text of built-in parts. Raises UnreadableError."""
        while self._at < len(self._tokens):
            self._step()
        return " ".join(self._words)

    def _step(self) -> None:
        token = self._tokens[self._at]
        if token.sort == "name":
            self._name(token)
        elif token.text == "::":
            self._keep()
            self._type()
        elif token.text == "(" and self._peek(1).word in _QUERY:
            raise UnreadableError("it holds a query")
        elif token.text == "." and self._peek(1).sort != "name":
            raise UnreadableError("it names whole rows")
        elif token.sort == "string" and self._reference():
            self._refer(token)
        else:
            self._keep()

    def _name(self, token: Token) -> None:
        """Write a column, a keyword, a call, or what else begins with a name."""
        if token.word == "collate":
            self._at += 1
            self._chain()  # the planner does not print collations: `questions` adds their names
        elif token.word == "operator" and self._peek(1).text == "(":
            self._operator()
        elif token.word == "as":
            self._keep()
            self._type()
        elif self._at and self._tokens[self._at - 1].text == ".":
            self._keep()  # a field of a row: (place).city
        else:
            self._named(token)

    def _named(self, token: Token) -> None:
        begin = self._at
        names = self._chain()
        called = self._peek().text == "(" and not (len(names) == 1 and token.word in _SYNTAX)
        own = names[-1].value
        foreign = len(names) > 1 and not _is_built_in(names)
        if called and (foreign or self._is_masked(own)):
            self._mask(begin, own)
        elif called and len(names) > 1:
            self._words += ["pg_catalog", ".", names[-1].text]  # position() alone is syntax
        elif not foreign or (not called and self._is_column(names)):
            self._words.append(names[-1].text)
        else:
            raise UnreadableError(f"{'.'.join(name.text for name in names)} is not built in")

    def _is_masked(self, name: str) -> bool:
        """Tell whether the planner must not see a call, whose parenthesis comes next."""
        if name in _GROWING:
            return not self._has_columns()
        return name in self._known.functions or name in _MASKED

    def _has_columns(self) -> bool:
        """Tell whether the arguments of a call can hold a column: then nothing is worked out."""
        inside = self._tokens[self._at : self._end(self._at) + 1]
        return any(
            token.sort == "name"
            and token.word not in _SYNTAX | {"true", "false"}
            and before.text != "::"
            and after.text != "("
            and after.sort != "string"  # a type before a literal: circle '<(0,0),1>'
            for before, token, after in zip(inside, inside[1:], inside[2:], strict=False)
        )

    def _is_column(self, names: Sequence[Token]) -> bool:
        values = tuple(name.value for name in names[:-1])
        return values in {self._table, self._table[1:]}

    def _mask(self, begin: int, name: str) -> None:
        """Write a call as a column."""
        type_ = self._known.returned(name) or _MASKED.get(name) or _GROWING.get(name)
        if type_ is None:
            raise UnreadableError(f"{name}() is not built in, and not everything is known of it")
        self._at = self._end(self._at) + 1
        call = joined(self._tokens[begin : self._at], self._known.schemas_of(name))
        self._column(call, self._known.stand_in(type_))
        if name not in _MASKED:
            self.calls.append(call)

    def _column(self, text: str, type_: str) -> None:
        name = text
        if len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES:
            name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:NAME_BYTES]
        self.columns[name] = type_
        self._words.append(quote(name))

    def _end(self, opened: int) -> int:
        """Return where the parenthesis closes that opens there."""
        depth = 0
        for place in range(opened, len(self._tokens)):
            depth += {"(": 1, ")": -1}.get(self._tokens[place].text, 0)
            if depth == 0:
                return place
        raise UnreadableError("its parentheses do not match")

    def _operator(self) -> None:
        """Write OPERATOR(public.~~) as ~~, the built-in one, which the types that stand in have.

        Where there is none, the server says so.
        """
        end = self._end(self._at + 1)
        inside = self._tokens[self._at + 2 : end]
        if not inside or inside[-1].sort != "operator":
            raise UnreadableError("OPERATOR() holds no operator")
        self._words.append(inside[-1].text)
        self._at = end + 1

    def _reference(self) -> bool:
        """Tell whether a literal names an object: 'users'::regclass."""
        return self._peek(1).text == "::" and self._peek(2).word in _REFERENCES

    def _refer(self, token: Token) -> None:
        """Write the name of an object as a column: the server need not find it."""
        type_ = self._peek(2).word
        parts = types.split(token.text[1:-1].replace("''", "'"))
        kept = [part for part in parts[:-1] if part not in self._known.path]
        self._column(f"{type_} {'.'.join(map(quote, [*kept, parts[-1]]))}", type_)
        self._at += 3

    def _type(self) -> None:
        """Write a type; its arguments and brackets follow as they stand where it is built in."""
        begin = self._at
        names = self._chain()
        if not names:
            raise UnreadableError("a type's name is missing")
        text = ".".join(name.text for name in names)
        built_in = _is_built_in(names) or types.is_built_in(types.spelling(text))
        if self._argument() > _LONGEST_TYPE:
            raise UnreadableError(f"it holds a type that is longer than {_LONGEST_TYPE:,}")
        if built_in or (len(names) == 1 and names[0].word in _SYNTAX | {"double"}):
            self._words += [token.text for token in self._tokens[begin : self._at]]
            return
        if self._peek().text == "(":
            self._at = self._end(self._at) + 1
        self._words.append(self._known.stand_in(types.spelling(text)))

    def _argument(self) -> int:
        """Return the number in the parenthesis that comes next; 0 if there is none."""
        ahead = 1 if self._peek().word == "varying" else 0
        number = self._peek(ahead + 1).text
        return int(number) if self._peek(ahead).text == "(" and number.isdecimal() else 0

    def _chain(self) -> list[Token]:
        """Read names with dots between them."""
        names: list[Token] = []
        while self._peek().sort == "name":
            names.append(self._tokens[self._at])
            self._at += 1
            if self._peek().text != "." or self._peek(1).sort != "name":
                break
            self._at += 1
        return names

    def _keep(self) -> None:
        self._words.append(self._tokens[self._at].text)
        self._at += 1

    def _peek(self, ahead: int = 0) -> Token:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else _END


def _is_built_in(names: Sequence[Token]) -> bool:
    """Tell `pg_catalog.x` from `pg_catalog.public.x`, in which the first is the database's name."""
    return len(names) == 2 and names[0].value == "pg_catalog"


_END = Token("mark", "", "")
