"""The options with which `drift plan` plans what a command checked, as arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from drift.lazy_regex import lazy_regex

if TYPE_CHECKING:
    from drift.check.selection import TargetOptions


_UNPRINTABLE = lazy_regex(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def plan_options(options: TargetOptions) -> tuple[str, ...]:
    """Return the options of a check that `drift plan` needs, too: `--models`, `app.models:Base`.

    A plan is for one schema: reports add the name of a tenant to the patterns. The database's URL
    is never repeated: it may hold a password, and reports are kept and sent. A value with control
    characters is left out: no report may hold a command that is not one line.
    """
    pairs = (pair for pair in _pairs(options) if _is_harmless("".join(pair)))
    return tuple(text for pair in pairs for text in pair)


def _is_harmless(text: str) -> bool:
    # Most texts do not need the expression, which takes half a millisecond to compile.
    return text.isprintable() or not _UNPRINTABLE.search(text)


def _pairs(options: TargetOptions) -> Iterator[tuple[str, ...]]:
    if options.config:
        yield "-c", str(options.config)
    if options.database:
        yield "--database", "URL"
    for name, values in (
        ("--schema", options.schemas),
        ("--env-file", options.env_files),
        ("--models", options.models),
        ("--expected", [_source(options.expected)] if options.expected else []),
        ("--import", options.imports),
        ("--bind", [options.bind] if options.bind else []),
        ("--connect-timeout", [options.connect_timeout] if options.connect_timeout else []),
    ):
        yield from ((name, value) for value in values)
    if options.causes:
        yield ("--causes",)


def _source(text: str) -> str:
    """Return a source of the expected schema; `SOURCE` for one that may be a database's URL."""
    return "SOURCE" if "://" in text or "=" in text else text
