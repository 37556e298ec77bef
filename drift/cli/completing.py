"""The values that a shell completes: targets, rules, sources, commands, files.

A function takes the context, the parameter and the word as far as it is typed. It reads no more
than drift.yaml. A configuration that cannot be read completes nothing: a message would end up in
the line that the user types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.errors import DriftError
from drift.lazy_regex import lazy_regex

if TYPE_CHECKING:
    import yaml
    from click.shell_completion import CompletionItem

_UNQUOTED = lazy_regex(r"[\w./@:+=][\w./@:+=-]*")
"""Words that mean themselves to every shell: a name in a file may be `$(reboot)`."""


def targets(ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    """Return the targets of the configuration that begin with the word."""
    return _beginning_with(word, _targets(ctx.params.get("config")))


def sources(ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    """Return the sources that begin with the word, targets among them."""
    from drift.sources import SOURCES

    spellings = (text for source in SOURCES.values() for text in source.spellings)
    # A capital letter begins the part that the user fills in: `snapshot:FILE`.
    fixed = dict.fromkeys(filter(None, (re.split("[A-Z]", text)[0] for text in spellings)))
    return _beginning_with(word, [*fixed, *_targets(ctx.params.get("config"))])


def rules(_ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    """Return the rules that begin with the word."""
    from drift.kinds import RULES

    return _beginning_with(word, RULES)


def topics(ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    """Return the commands, the pages of the guide and the rules that begin with the word."""
    from drift.guide.pages import TOPICS
    from drift.kinds import RULES

    group = ctx.find_root().command
    commands = group.list_commands(ctx) if isinstance(group, click.Group) else []
    return _beginning_with(word, dict.fromkeys([*commands, *TOPICS, *RULES]))


def files(_ctx: click.Context, _parameter: click.Parameter, word: str) -> list[CompletionItem]:
    """Let the shell complete the path of a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(word, type="file")]


def _beginning_with(word: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(word) and _UNQUOTED.fullmatch(name)]


def _targets(config: Path | None) -> list[str]:
    """Return the targets of the configuration, in its order; none if it cannot be read."""
    from drift.config.yaml_source import find, read

    with suppress(DriftError, OSError):
        path = config or find(Path.cwd())
        return list(_names(read(path))) if path else []
    return []


def _names(document: yaml.Node) -> Iterator[str]:
    """Yield the names of the targets, and of the targets of their binds."""
    shared = _keys(_value(document, "binds"))
    declared = _value(document, "targets")
    for name in _keys(declared) or ["default"]:
        yield name
        own = _keys(_value(_value(declared, name), "binds"))
        yield from (f"{name}.{bind}" for bind in own or shared)


def _keys(node: yaml.Node | None) -> list[str]:
    """Return the keys of a node that is a mapping."""
    return [key.value for key, _ in _pairs(node) if isinstance(key.value, str)]


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """Return the value of a key, if it is there."""
    return next((value for key, value in _pairs(node) if key.value == name), None)


def _pairs(node: yaml.Node | None) -> Sequence[tuple[yaml.Node, yaml.Node]]:
    """Return the keys and values of a node that is a mapping."""
    import yaml

    return node.value if isinstance(node, yaml.MappingNode) else ()
