"""Environment files: `NAME=value` lines in, variables out, as python-dotenv reads them.

Applications read their `.env` with python-dotenv, pydantic-settings or Flask, which all use its
parser: with any other, a quoted password could get another value here than in the application.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from drift import database_url
from drift.config.yaml_source import display_path
from drift.errors import ConfigurationError
from drift.lazy_regex import lazy_regex

MAX_BYTES = 1 << 20
_SECRETIVE = lazy_regex(
    "pass|pwd|secret|token|key|dsn|auth|credential|signature|cookie|salt", re.IGNORECASE
)
_LONG = lazy_regex(r"[A-Za-z0-9+/_=-]{20,}")


def read(paths: Iterable[Path], *, required: bool) -> dict[str, str]:
    """Return the variables of the files; a later file wins. Raises ConfigurationError.

    A file that is not `required` may be missing: it is hardly ever in the repository, so that
    the same configuration is used without it in CI.
    """
    variables: dict[str, str] = {}
    for path in paths:
        if required or path.exists():
            variables |= _variables(path)
    return variables


def _variables(path: Path) -> dict[str, str]:
    from dotenv.main import DotEnv
    from dotenv.parser import parse_stream

    text = _text(path)
    if lines := [each.original.line for each in parse_stream(io.StringIO(text)) if each.error]:
        # The line itself may hold a secret.
        raise ConfigurationError(
            [
                f"{display_path(path)}:{line}: not understood; write NAME=value, with quotes "
                "around a value that has spaces, # or quotes"
                for line in lines[:100]
            ]
        )
    # As load_dotenv does it: in ${NAME}, the environment wins over the file.
    values = DotEnv(None, io.StringIO(text), override=False).dict()
    for name, value in values.items():
        if "\0" in f"{name}{value}":
            raise ConfigurationError([f"{display_path(path)}: a value holds a NUL character"])
    return {name: value for name, value in values.items() if value is not None}


def _text(path: Path) -> str:
    """Return the text of a file. Raises ConfigurationError."""
    name = display_path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise ConfigurationError([f"{name}: the env file cannot be read: {reason}"]) from None
    if len(content) > MAX_BYTES:
        raise ConfigurationError([f"{name}: is larger than 1 MiB, so it is not an env file"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise ConfigurationError(
            [f"{name}:{line}: this line is not UTF-8; save the file in that encoding"]
        ) from None


def secrets(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield the values, and the parts of addresses, that no output may hold."""
    for name, value in variables.items():
        if "://" in value:
            yield from database_url.passwords(value.strip())
            yield from _credentials(value.strip())
        if "://" not in value and (_SECRETIVE.search(name) or _is_key(value)):
            yield value.strip()


def _credentials(url: str) -> Iterator[str]:
    """Yield the password of an address; of one on the web, also the user, which may be a token."""
    try:
        parts = urlsplit(url)
        names = [parts.password, parts.username if parts.scheme.startswith("http") else None]
    except ValueError:
        return
    for text in filter(None, names):
        yield from {text, unquote(text)}


def _is_key(value: str) -> bool:
    """Return whether a value looks like a key, regardless of its name."""
    return bool(_LONG.fullmatch(value.strip())) and any(map(str.isdigit, value))
