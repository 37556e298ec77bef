"""Replaces secrets in text: only this module decides which text is one, and how it is spelled.

A known secret of at least 8 characters that is no plain word is replaced everywhere. A short or
common one would spoil every message that it happens to occur in: it is replaced only in the
position of a password, in a URL or after `password=`, like any other text in that position.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import quote, quote_plus

from drift.lazy_regex import lazy_regex

STARS = "***"
SHORTEST = 8
"""Characters of a secret that is searched for anywhere."""

LONGEST_WORD = 15
"""Characters of a plain word; a longer text is searched for, even if it is made of words."""

_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+)"
_WORDS = lazy_regex(rf"{_WORD}(?:[ ._-]{_WORD})*")
_RANDOM = lazy_regex("[bcdfghjklmnpqrstvwxz]{5}", re.IGNORECASE)
"""Five consonants in a row: hardly any word has them, and most random letters do."""

_URL = lazy_regex(r"(?<!http)(?<!https)(://[^\s:/?#@]{0,255}:)\S{1,1000}@", re.IGNORECASE)
"""A database's URL: an unencoded password may hold anything, up to the last @."""
_WEB = lazy_regex(r"(https?://)[^\s/@]{1,1000}@", re.IGNORECASE)
"""An address on the web, whose user may be a token."""

_VALUE = r"""(?:[bu]?'(?:\\.|[^'\\])*'|[bu]?"(?:\\.|[^"\\])*"|(?:\\.?|[^\s\\&,;)}\]])+)"""
"""A value in quotes, or up to a delimiter; a backslash escapes one, as libpq reads it."""
_PASSWORD = lazy_regex(rf"((?:password|passwd|pwd)\s*=\s*){_VALUE}", re.IGNORECASE)
"""A password in libpq's `key=value` pairs, in a query, or in the environment."""

_NAMED = lazy_regex(
    rf"""((?:(?i:pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|dsn
        |cookie|signature|(?:api|access|private|signing|encryption)_?key)|(?<![a-z])KEY)
        [\w.-]{{0,64}}['"]?\s*[:=]\s*){_VALUE}""",
    re.VERBOSE,
)
"""A value with the name of a secret, in a message of other software."""
_INPUT = lazy_regex(
    rf"""(\binput_value=).*?(?=,\s*input_type=|$)
        |(['"]input['"]:\s*).*?(?=,\s*['"](?:url|ctx)['"]:|$)
        |(\binput\s*=\s*){_VALUE}""",
    re.VERBOSE | re.DOTALL,
)
"""The value that pydantic refused, which may be of another setting than the message names."""


def is_distinctive(secret: str) -> bool:
    """Tell whether a text that contains the secret's characters really quotes the secret."""
    if len(secret) < SHORTEST:
        return False
    if len(secret) > LONGEST_WORD or _RANDOM.search(secret):
        return True
    return not _WORDS.fullmatch(secret)


def is_random(text: str) -> bool:
    """Tell whether a text is hardly made of words, as the token in an address is."""
    if len(text) < SHORTEST:
        return False
    return bool(_RANDOM.search(text)) or not _WORDS.fullmatch(text)


def spellings(secret: str) -> set[str]:
    """Return how a secret may be spelled: as it is, percent-encoded, or quoted by a language."""
    return {
        secret,
        quote(secret, errors="surrogatepass"),
        quote(secret, safe="", errors="surrogatepass"),
        quote_plus(secret, errors="surrogatepass"),
        repr(secret)[1:-1],
        repr(f"'\"{secret}")[4:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        _in_html(secret),
        _in_html(secret).replace('"', "&quot;").replace("'", "&#x27;"),
        secret.replace("\\", "\\\\").replace("'", "\\'"),
        secret.replace("'", "''"),
    }


def _in_html(text: str) -> str:
    """Return a text as HTML, without quotes: the module `html` has a table of all entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _pattern(spelling: str) -> str:
    """Return a regular expression for a spelling; percent-encoding may be in any case."""
    return re.sub("%[0-9A-F]{2}", lambda match: f"(?i:{match[0]})", re.escape(spelling))


class Redactor:
    """Replaces secrets in text: those that it knows, and every password of a URL."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets that are known."""
        known = {each for secret in secrets if is_distinctive(secret) for each in spellings(secret)}
        # The longest first, or a secret that begins another would leave the rest of it.
        ordered = sorted(known, key=lambda spelling: (-len(spelling), spelling))
        self._known = re.compile("|".join(map(_pattern, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return text for a report, in which `password = x` may be a condition."""
        if self._known:
            text = self._known.sub(STARS, text)
        if "://" in text:
            text = _URL.sub(rf"\1{STARS}@", text)
            text = _WEB.sub(rf"\1{STARS}@", text)
        return text

    def message(self, text: str) -> str:
        """Return a message of ours, of libpq or of a server, which may quote a connection."""
        return _PASSWORD.sub(rf"\1{STARS}", self.text(text))

    def foreign(self, text: str) -> str:
        """Return a message of other software: it may quote inputs and named secrets."""
        text = _INPUT.sub(lambda match: f"{match[1] or match[2] or match[3]}{STARS}", text)
        return _NAMED.sub(rf"\1{STARS}", self.message(text))


class _Known:
    """The secrets of this process; all that is printed or published is searched for them."""

    secrets: ClassVar[set[str]] = set()
    redactor = Redactor()


def remember(secrets: Iterable[str]) -> None:
    """Replace these secrets in all that is printed or published from now on."""
    _Known.secrets.update(secrets)
    _Known.redactor = Redactor(_Known.secrets)


def known() -> Redactor:
    """Return the redactor of every secret of this process."""
    return _Known.redactor


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a message without these secrets, and without any password of a connection."""
    return Redactor(secrets).message(text)
