"""Type names in one spelling: that of PostgreSQL's `format_type`.

Only certain spellings are rewritten; the server decides about the remaining differences.
"""

from __future__ import annotations

import re
from functools import lru_cache

from drift.kinds.sql.keywords import KEYWORDS
from drift.lazy_regex import lazy_regex

_SYNONYMS = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "serial": "integer",
    "bool": "boolean",
    "float": "double precision",
    "float8": "double precision",
    "double": "double precision",
    "float4": "real",
    "decimal": "numeric",
    "dec": "numeric",
    "varchar": "character varying",
    "char varying": "character varying",
    "char": "character",
    "nchar": "character",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
}
_BUILT_IN = frozenset(_SYNONYMS.values()) | frozenset(
    "bigint smallint text bytea json jsonb uuid xml money date interval bit inet cidr macaddr "
    "macaddr8 point line lseg box path polygon circle oid regclass regproc regprocedure regoper "
    "regoperator regtype regrole regnamespace regconfig regdictionary regcollation tsvector "
    "tsquery jsonpath name bpchar int4range int8range numrange tsrange tstzrange daterange "
    "int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange "
    "pg_lsn txid_snapshot pg_snapshot xid xid8 cid tid void record refcursor".split()
)
_SHAPE = lazy_regex(
    r"""^(?P<name>(?:"[^"]*"|[^"(\[])+?)\s*
        (?:\(\s*(?P<arguments>[^()]*)\))?
        (?P<zone>\s+with(?:out)?\s+time\s+zone)?
        (?P<array>(?:\s*\[\d*\]|\s+array(?:\[\d*\])?)*)$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_IDENTIFIER = lazy_regex(r'\s*(?:"((?:[^"]|"")+)"|([^".\s]+))\s*(\.|$)')
_INTERVAL = lazy_regex(r"interval (?:year|month|day|hour|minute|second)(?: to \w+)?")
_SPACE = lazy_regex(r'("[^"]*")|\s+')
"""Space outside of quotes; a run of it would make `_SHAPE` slow."""

_LONGEST = 1_000
"""Characters of a type's text that is read: its longest names and arguments have fewer."""

_DEFAULT_ARGUMENTS = {"character": "1", "bit": "1"}


@lru_cache(maxsize=4096)
def spelling(text: str) -> str:
    """Return a type's text as `format_type` spells it, and an unknown one unchanged.

    >>> spelling("VARCHAR(255)"), spelling("TIMESTAMP(3) WITH TIME ZONE"), spelling("INT[]")
    ('character varying(255)', 'timestamp(3) with time zone', 'integer[]')
    """
    text = _SPACE.sub(lambda match: match[1] or " ", text).strip()
    match = _SHAPE.match(text) if len(text) <= _LONGEST else None
    if match is None:
        return text
    arguments = re.sub(r"\s", "", match["arguments"] or "")
    zone = re.sub(r"\s+", " ", match["zone"] or "").lower()
    return _base(match["name"], arguments, zone) + ("[]" if match["array"] else "")


def _base(name: str, arguments: str, zone: str) -> str:
    word = re.sub(r"\s+", " ", name.strip().lower())
    if word == "float" and arguments:
        return "real" if int(arguments) <= 24 else "double precision"
    known = _SYNONYMS.get(word, word)
    if known not in _BUILT_IN and not word.startswith("interval "):
        return qualified(name) + (f"({arguments})" if arguments else "")
    arguments = arguments or _DEFAULT_ARGUMENTS.get(known, "")
    if known == "numeric" and arguments and "," not in arguments:
        arguments += ",0"
    inner = f"({arguments})" if arguments else ""
    head, _, tail = known.partition(" ") if known.startswith("time") else (known, "", "")
    return f"{head}{inner}{zone or (tail and ' ' + tail)}"


def split(name: str) -> tuple[str, ...]:
    """Return the parts of a dotted, possibly quoted name as the catalog stores them."""
    parts, position = [], 0
    while position < len(name):
        match = _IDENTIFIER.match(name, position)
        if match is None:
            return (name,)
        quoted, plain, _ = match.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain.lower())
        position = match.end()
    return tuple(parts)


def quote(part: str) -> str:
    """Return an identifier in double quotes if it needs them, as keywords do."""
    if re.fullmatch(r"[a-z_][a-z0-9_$]*", part) and part not in KEYWORDS:
        return part
    return '"' + part.replace('"', '""') + '"'


def qualified(name: str) -> str:
    """Return a dotted name with quotes around the parts that need them."""
    return ".".join(quote(part) for part in split(name))


@lru_cache(maxsize=4096)
def bare(type_name: str) -> str:
    """Return a type's spelling without its schema."""
    match = re.match(r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)\.', type_name)
    return type_name[match.end() :] if match else type_name


_FULL = lazy_regex(r"^(time|timestamp|interval(?: [a-z ]+)?)\(6\)")


@lru_cache(maxsize=4096)
def without_full_precision(type_name: str) -> str:
    """Return a type's spelling without a precision of 6, which is the default.

    >>> without_full_precision("timestamp(6) with time zone[]")
    'timestamp with time zone[]'
    """
    return _FULL.sub(r"\1", type_name)


@lru_cache(maxsize=4096)
def is_built_in(type_name: str) -> bool:
    """Return whether `format_type` spells a type of `pg_catalog` in this way.

    >>> is_built_in("timestamp(3) with time zone"), is_built_in("mood"), is_built_in('"char"[]')
    (True, False, True)
    """
    name = family(type_name)
    return name in _BUILT_IN or name == '"char"' or bool(_INTERVAL.fullmatch(name))


@lru_cache(maxsize=4096)
def family(type_name: str) -> str:
    """Return a type's spelling without length, precision and array."""
    return re.sub(r"\([^()]*\)", "", type_name.removesuffix("[]"))
