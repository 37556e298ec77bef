"""Rewrites an expression so that only built-in parts are left, which the server may plan.

The planner runs IMMUTABLE functions whose arguments are constant, inlines SQL functions, and the
parser runs the CHECKs of domains inside array, row and range literals. So only objects of
`pg_catalog` are left in the text. A list of forbidden functions would not do: a function that is
harmless when the catalog is read can be replaced a moment later.

- A call of any other function becomes a column, which has the call as its name and the function's
  result as its type: a column is not a constant, and both sides get the same one.
- A type of the users' becomes a built-in one that works alike: a domain its base type, an enum
  `name`, all others `text`. An operator loses its schema, and with it all but the built-in ones.
- Anything else that is not built in is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from drift.expressions.cursor import END, Cursor, closing_positions
from drift.expressions.result_size import require_small
from drift.expressions.spelling import spelled_tokens
from drift.expressions.tokens import NAME_BYTES, Token, UnreadableError, quote, tokenize
from drift.expressions.vocabulary import Function, Vocabulary
from drift.kinds.sql import types
from drift.kinds.sql.keywords import KEYWORDS
from drift.lazy_regex import lazy_regex

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


_REFUSED = lazy_regex(
    r"satisfies_hash_partition|pg_partition_\w+|generate_series\w*|unnest|\w+_(?:in|recv)"
)
"""Built-in functions that reach code of others while they are planned.

They open a table, whose partition key is worked out, read a value of a type whose number they are
given, or have their rows estimated by working out their arguments.
"""
_TEXT_SEARCH = lazy_regex(r"(?:json\w*_)?\w*to_ts(?:vector|query)|ts_headline|\w*_to_tsvector")
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
    return Restricted(
        writer.written(), writer.columns, tuple(writer.calls), tuple(sorted(writer.types))
    )


class _Writer(Cursor):
    """Reads an expression token by token, and writes each token or its replacement."""

    def __init__(
        self, tokens: Sequence[Token], table: tuple[str, str], vocabulary: Vocabulary
    ) -> None:
        super().__init__(tokens)
        self._table = table
        self._vocabulary = vocabulary
        self._output: list[str] = []
        self._closing = closing_positions(tokens)
        self.columns: dict[str, str] = {}
        self.calls: list[str] = []
        self.types: list[str] = []

    def written(self) -> str:
        """Return the text of built-in parts. Raises UnreadableError."""
        require_small(self.tokens, self._closing)
        while self.position < len(self.tokens):
            token = self.peek()
            if token.sort == "name":
                self._name(token)
            elif token.text == "::":
                self._keep()
                self._type()
            elif token.text == "(" and self.peek(1).word in _QUERY:
                raise UnreadableError("it holds a query")
            elif token.text == "." and self.peek(1).sort != "name":
                raise UnreadableError("it names whole rows")
            elif token.sort == "string" and self._is_reference():
                self._refer(token)
            else:
                self._keep()
        return " ".join(self._output)

    def _name(self, token: Token) -> None:
        """Write a column, a keyword, a call, or anything else that begins with a name."""
        if self.skip("collate"):
            self._dotted_names()  # the planner does not print collations: `questions` adds them
        elif token.word == "operator" and self.peek(1).text == "(":
            self._operator()
        elif token.word == "as":
            self._keep()
            self._type()
        elif self.position and self.peek(-1).text == ".":
            # the field of a row, (address).city, which may also be a function of it
            _require_harmless(token)
            self._keep()
        else:
            self._named(token)

    def _named(self, token: Token) -> None:
        begin = self.position
        names = self._dotted_names()
        is_call = self.peek().text == "(" and not (len(names) == 1 and token.word in _SYNTAX)
        foreign = len(names) > 1 and not _is_built_in(names)
        if is_call and (foreign or self._is_users(names[-1].value)):
            self._mask_call(names)
        elif is_call:
            self._built_in_call(names)
        elif self.peek().sort == "string" and not foreign and token.word not in _BEFORE_TEXT:
            self.position = begin
            self._type()  # mood 'a', the literal of a type
        elif not foreign or self._is_column(names):
            self._output.append(names[-1].text)
        else:
            raise UnreadableError(f"{'.'.join(name.text for name in names)} is not built in")

    def _dotted_names(self) -> list[Token]:
        """Read names with dots between them."""
        names: list[Token] = []
        while self.peek().sort == "name":
            names.append(self.take())
            if self.peek().text != "." or self.peek(1).sort != "name":
                break
            self.take()
        return names

    def _is_users(self, name: str) -> bool:
        """Return whether an unqualified call may mean a function that is not in `pg_catalog`."""
        known = self._vocabulary.functions.get(name)
        return name == "nextval" or (known is not None and not known.built_in)

    def _is_column(self, names: Sequence[Token]) -> bool:
        values = tuple(name.value for name in names[:-1])
        return values in {self._table, self._table[1:]}

    def _built_in_call(self, names: Sequence[Token]) -> None:
        """Write the name of a built-in function, whose arguments come next."""
        function = names[-1]
        _require_harmless(function)
        self._output += ["pg_catalog", ".", function.text] if len(names) > 1 else [function.text]
        has_configuration = self.peek(2).text == "," or self.peek(3).word == "regconfig"
        if (
            _TEXT_SEARCH.fullmatch(function.value)
            and self.peek(1).sort == "string"
            and has_configuration
        ):
            self._keep()
            self._refer(self.peek(), "regconfig")

    def _mask_call(self, names: Sequence[Token]) -> None:
        """Write a call as a column that has the call as its name."""
        name = names[-1].value
        end = self._closing[self.position] + 1
        call = self.tokens[self.position - 1 : end]
        self.position = end
        if name == "nextval":
            self._column(f"nextval({self._sequence(call[2:-1])})", "bigint")
            return
        known = self._vocabulary
        type_ = known.functions.get(name, Function()).type
        if type_ is None:
            raise UnreadableError(f"{name}() is not built in, and its result type is unknown")
        schema = known.function_schema(name, names[-2].value if len(names) > 1 else None)
        text = spelled_tokens(call, known.path, known.operators)
        text = f"{types.quote(schema)}.{text}" if schema else text
        self._column(text, known.stand_in(type_))
        self.calls.append(text)

    def _sequence(self, argument: Sequence[Token]) -> str:
        """Return the sequence that `nextval` names, or its argument if that is not a literal."""
        if not argument or argument[0].sort != "string" or len(argument) not in {1, 3}:
            return spelled_tokens(argument, self._vocabulary.path)
        return self._vocabulary.sequence(_parts(argument[0]))

    def _column(self, text: str, type_: str) -> None:
        """Write a column of that name; a long one is hashed, since the server would cut it."""
        encoded = text.encode("utf-8", "surrogatepass")
        name = text
        if len(encoded) > NAME_BYTES:
            import hashlib

            name = hashlib.sha256(encoded).hexdigest()[:NAME_BYTES]
        self.columns[name] = type_
        self._output.append(quote(name))

    def _operator(self) -> None:
        """Write OPERATOR(public.~~) as ~~, the built-in one, which the types that stand in have.

        The server refuses it if there is none.
        """
        end = self._closing[self.position + 1]
        inside = self.tokens[self.position + 2 : end]
        if not inside or inside[-1].sort != "operator":
            raise UnreadableError("OPERATOR() holds no operator")
        if inside[-1].text in self._vocabulary.operators and inside[0].value != "pg_catalog":
            raise UnreadableError(f"the operator {''.join(t.text for t in inside)} is not built in")
        self._output.append(inside[-1].text)
        self.position = end + 1

    def _is_reference(self) -> bool:
        """Return whether a literal names an object: 'users'::regclass."""
        return self.peek(1).text == "::" and self.peek(2).word in _REFERENCES

    def _refer(self, literal: Token, type_: str = "") -> None:
        """Write the name of an object as a column: the server need not find it."""
        has_cast = not type_ or self._is_reference()
        type_ = type_ or self.peek(2).word
        *schemas, name = _parts(literal)
        known = {"pg_catalog", *self._vocabulary.path[:1]}
        parts = [*(schema for schema in schemas if schema not in known), name]
        self._column(f"{type_} {'.'.join(map(quote, parts))}", type_)
        self.position += 3 if has_cast else 1

    def _type(self) -> None:
        """Write a type; its arguments and brackets follow as they stand if it is built in."""
        begin = self.position
        names = self._dotted_names()
        if not names:
            raise UnreadableError("a type's name is missing")
        if self._type_argument() > _LONGEST_TYPE:
            raise UnreadableError(f"it holds a type that is longer than {_LONGEST_TYPE:,}")
        spelling = types.spelling(".".join(name.text for name in names))
        is_syntax = len(names) == 1 and names[0].word in _SYNTAX | {"double"}
        if is_syntax or _is_built_in(names) or types.is_built_in(spelling):
            self._output += [token.text for token in self.tokens[begin : self.position]]
            return
        if self.peek().text == "(":
            self.position = self._closing[self.position] + 1
        self._output.append(self._vocabulary.stand_in(spelling))
        if self._vocabulary.is_own(spelling) and not self._is_behind_literal(begin):
            self.types.append(types.bare(spelling))

    def _is_behind_literal(self, begin: int) -> bool:
        """Return whether a type only follows a literal, as PostgreSQL itself writes it."""
        before = self.tokens[begin - 2] if begin > 1 else END
        literal = before.sort == "string" or before.text in {"]", ""}
        after = [self.peek().text, self.peek(1).text]
        return literal and "::" not in after[: 1 + (after[0] == ")")]

    def _type_argument(self) -> int:
        """Return the number in the parenthesis that comes next; 0 if there is none."""
        ahead = 1 if self.peek().word == "varying" else 0
        number = self.peek(ahead + 1).text
        return int(number) if self.peek(ahead).text == "(" and number.isdecimal() else 0

    def _keep(self) -> None:
        self._output.append(self.take().text)


def _require_harmless(function: Token) -> None:
    if _REFUSED.fullmatch(function.value):
        raise UnreadableError(f"{function.value}() can reach code of others while it is planned")


def _is_built_in(names: Sequence[Token]) -> bool:
    """Return whether names are `pg_catalog.x`; `pg_catalog.public.x` begins with a database."""
    return len(names) == 2 and names[0].value == "pg_catalog"


def _parts(literal: Token) -> tuple[str, ...]:
    """Return the parts of a dotted name in a literal; an empty one has an empty name."""
    return types.split(literal.text[1:-1].replace("''", "'")) or ("",)
