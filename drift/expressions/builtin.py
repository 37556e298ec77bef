"""Rewrites an expression so that the server can plan it without running anybody's code.

The planner runs IMMUTABLE functions whose arguments are constant, inlines SQL functions, and the
parser runs the CHECKs of domains inside array, row and range literals. So only what `pg_catalog`
holds is left in the text. A list of what must not be called would not do: what is harmless when
the catalog is read can be replaced a moment later.

- A call of any other function becomes a column, which has the call as its name and the function's
  result as its type: a column is no constant, and both sides get the same one.
- A type of the users' becomes a built-in one that works alike: a domain its base type, an enum
  `name`, all others `text`. An operator loses its schema, and with it all but the built-in ones.
- Anything else that is not built in is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from drift.expressions.growth import require_small
from drift.expressions.spelling import joined
from drift.expressions.tokens import NAME_BYTES, Token, UnreadableError, quote, tokenize
from drift.expressions.vocabulary import Function, Vocabulary
from drift.kinds.sql import types
from drift.kinds.sql.keywords import KEYWORDS

_SYNTAX = frozenset(
    "all and any array as between bit case cast char character coalesce dec decimal else end "
    "exists extract float from greatest grouping ilike in int integer interval is least like "
    "national nchar normalize not null nullif numeric or overlay position precision real row "
    "similar smallint some substring then time timestamp treat trim values varchar varying when "
    "xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi xmlroot xmlserialize zone".split()
)
"""Keywords that a parenthesis can follow without a function being called."""
_BEFORE_TEXT = KEYWORDS | frozenset("at by content document escape passing path ref value".split())
"""Words that a literal can follow without being its type."""
_QUERY = frozenset({"select", "table", "values", "with"})
_REFERENCES = frozenset(
    "regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc "
    "regprocedure regrole regtype".split()
)
"""Types whose literals name an object, which the server would look up."""


_REFUSED = re.compile(
    r"satisfies_hash_partition|pg_partition_\w+|generate_series\w*|unnest|\w+_(?:in|recv)"
)
"""Built-in functions that reach code of others while they are planned.

They open a table, whose partition key is worked out, read a value of a type whose number they are
given, or have their rows estimated by working out their arguments.
"""
_TEXT_SEARCH = re.compile(r"(?:json\w*_)?\w*to_ts(?:vector|query)|ts_headline|\w*_to_tsvector")
"""Functions whose first argument of several is the name of a configuration."""
_LONGEST_TYPE = 10_000
"""The largest argument of a type: `character(10000000)` pads with as many spaces."""


class Restricted(msgspec.Struct, frozen=True):
    """An expression of built-in parts only, and the columns made of calls, with their types.

    `calls` are those of functions whose arguments the server therefore does not compare, `types`
    the users' types of conversions, for which others stand in.
    """

    text: str
    columns: Mapping[str, str]
    calls: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


def restrict(text: str, table: tuple[str, str], vocabulary: Vocabulary) -> Restricted:
    """Rewrite an expression over a table's columns. Raises UnreadableError."""
    if vocabulary.hazards:
        raise UnreadableError(f"a function that is not built in implements {vocabulary.hazards[0]}")
    writer = _Writer(tokenize(text), table, vocabulary)
    written = writer.written()
    return Restricted(written, writer.columns, tuple(writer.calls), tuple(sorted(writer.types)))


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
        self.types: list[str] = []
        self._closing = _closing(tokens)

    def written(self) -> str:
        """Return the text of built-in parts. Raises UnreadableError."""
        require_small(self._tokens, self._closing)
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
            self._field(token)
        else:
            self._named(token)

    def _field(self, token: Token) -> None:
        """Write the field of a row, (place).city, which may also be a function of it."""
        if _REFUSED.fullmatch(token.value):
            raise UnreadableError(f"{token.value} can reach code of others while it is planned")
        self._keep()

    def _named(self, token: Token) -> None:
        begin = self._at
        names = self._chain()
        called = self._peek().text == "(" and not (len(names) == 1 and token.word in _SYNTAX)
        own = names[-1].value
        foreign = len(names) > 1 and not _is_built_in(names)
        if called and (foreign or self._is_masked(own)):
            self._mask(names)
        elif called:
            self._call(names)
        elif self._peek().sort == "string" and not foreign and token.word not in _BEFORE_TEXT:
            self._at = begin
            self._type()  # mood 'a', the literal of a type
        elif not foreign or self._is_column(names):
            self._words.append(names[-1].text)
        else:
            raise UnreadableError(f"{'.'.join(name.text for name in names)} is not built in")

    def _call(self, names: Sequence[Token]) -> None:
        """Write the name of a built-in function, whose arguments come next."""
        own = names[-1].value
        if _REFUSED.fullmatch(own):
            raise UnreadableError(f"{own}() can reach code of others while it is planned")
        self._words += ["pg_catalog", ".", names[-1].text] if len(names) > 1 else [names[-1].text]
        several = self._peek(2).text == "," or self._peek(3).word == "regconfig"
        if _TEXT_SEARCH.fullmatch(own) and self._peek(1).sort == "string" and several:
            self._keep()
            self._refer(self._tokens[self._at], "regconfig")

    def _is_masked(self, name: str) -> bool:
        """Tell whether an unqualified call is none of `pg_catalog`, as which it would be read."""
        known = self._known.functions.get(name)
        return name == "nextval" or (known is not None and not known.built_in)

    def _is_column(self, names: Sequence[Token]) -> bool:
        values = tuple(name.value for name in names[:-1])
        return values in {self._table, self._table[1:]}

    def _mask(self, names: Sequence[Token]) -> None:
        """Write a call as a column."""
        name = names[-1].value
        call = self._tokens[self._at - 1 : self._end(self._at) + 1]
        self._at = self._end(self._at) + 1
        if name == "nextval":
            self._column(f"nextval({self._sequence(call[2:-1])})", "bigint")
            return
        type_ = self._known.functions.get(name, Function()).type
        if type_ is None:
            raise UnreadableError(f"{name}() is not built in, and not everything is known of it")
        schema = self._known.function_schema(name, names[-2].value if len(names) > 1 else None)
        written = joined(call, self._known.path, self._known.operators)
        written = f"{types.quote(schema)}.{written}" if schema else written
        self._column(written, self._known.stand_in(type_))
        self.calls.append(written)

    def _sequence(self, inside: Sequence[Token]) -> str:
        """Return the sequence that `nextval` names, or its argument if that is no literal."""
        if not inside or inside[0].sort != "string" or len(inside) not in {1, 3}:
            return joined(inside, self._known.path)
        return self._known.sequence(types.split(inside[0].text[1:-1].replace("''", "'")))

    def _column(self, text: str, type_: str) -> None:
        name = text
        if len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES:
            name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:NAME_BYTES]
        self.columns[name] = type_
        self._words.append(quote(name))

    def _end(self, opened: int) -> int:
        """Return where the parenthesis closes that opens there."""
        return self._closing[opened]

    def _operator(self) -> None:
        """Write OPERATOR(public.~~) as ~~, the built-in one, which the types that stand in have.

        Where there is none, the server says so.
        """
        end = self._end(self._at + 1)
        inside = self._tokens[self._at + 2 : end]
        if not inside or inside[-1].sort != "operator":
            raise UnreadableError("OPERATOR() holds no operator")
        if inside[-1].text in self._known.operators and inside[0].value != "pg_catalog":
            raise UnreadableError(f"the operator {''.join(t.text for t in inside)} is not built in")
        self._words.append(inside[-1].text)
        self._at = end + 1

    def _reference(self) -> bool:
        """Tell whether a literal names an object: 'users'::regclass."""
        return self._peek(1).text == "::" and self._peek(2).word in _REFERENCES

    def _refer(self, token: Token, type_: str = "") -> None:
        """Write the name of an object as a column: the server need not find it."""
        cast = not type_ or self._reference()
        type_ = type_ or self._peek(2).word
        parts = types.split(token.text[1:-1].replace("''", "'"))
        kept = [part for part in parts[:-1] if part not in {"pg_catalog", *self._known.path[:1]}]
        self._column(f"{type_} {'.'.join(map(quote, [*kept, parts[-1]]))}", type_)
        self._at += 3 if cast else 1

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
        spelling = types.spelling(text)
        self._words.append(self._known.stand_in(spelling))
        if self._known.is_own(spelling) and not self._is_literal(begin):
            self.types.append(types.bare(spelling))

    def _is_literal(self, begin: int) -> bool:
        """Tell whether a type is only written behind a literal, as PostgreSQL writes it itself."""
        before = self._tokens[begin - 2] if begin > 1 else _END
        literal = before.sort == "string" or before.text in {"]", ""}
        after = [self._peek().text, self._peek(1).text]
        return literal and "::" not in after[: 1 + (after[0] == ")")]

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


def _closing(tokens: Sequence[Token]) -> dict[int, int]:
    """Return where each opening parenthesis closes."""
    closing: dict[int, int] = {}
    waiting: list[int] = []
    for place, token in enumerate(tokens):
        if token.text == "(":
            waiting.append(place)
        elif token.text == ")":
            closing[waiting.pop()] = place
    return closing


def _is_built_in(names: Sequence[Token]) -> bool:
    """Tell `pg_catalog.x` from `pg_catalog.public.x`, in which the first is the database's name."""
    return len(names) == 2 and names[0].value == "pg_catalog"


_END = Token("mark", "", "")
