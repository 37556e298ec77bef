"""Merges the shared keys with those of each target: a document in, settings out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from drift.config import yaml_source
from drift.config.declaration import keys_of
from drift.config.ignore_entry import IgnoreEntry
from drift.config.problems import suggest
from drift.config.reader import Reader, Value
from drift.config.settings import Document, Settings, Target, TargetSection
from drift.errors import ConfigurationError

_Entries = Mapping[str, Value]
_RECEIVERS = {"sentry", "github", "slack", "webhook"}
_JOINED = {"ignore", "severity"}
"""Keys of which a target's values are added to those of the top level instead of hiding them."""


def load(  # noqa: PLR0913 — independent options
    path: Path,
    *,
    environment: Mapping[str, str],
    known_rules: Collection[str],
    targets: Collection[str] = (),
    overridden: Collection[str] = (),
    reports: Collection[str] = (),
    listed: bool = False,
    each: bool = False,
    content: bytes | None = None,
) -> Settings:
    """Read the configuration of the named targets, or of all of them.

    A variable must be set only if those targets or the named `reports` use it, and no key that is
    `overridden`. With `listed`, no target of the file is read: they are listed elsewhere, and
    based on the top level. With `each`, a variable that is not set is a problem of its target,
    even of a single one. `content` is the future content of the file.

    Raises ConfigurationError with every problem of the whole file.
    """
    reader = Reader(yaml_source.display_path(path), environment, known_rules)
    document = Value(node=yaml_source.read(path, content), key="", line=1)
    top = reader.attempt(reader.entries, document) or {}
    if not top:
        reader.finish()  # not a mapping: nothing else can be read
    files = _env_files(top, reader, yaml_source.project_of(path))
    variables = reader.add_files(files)
    written = top.pop("targets", None)
    sections = {"default": {}} if written is None else _sections(written, reader)
    chosen = [] if listed else _chosen(sections, targets, written or document, reader)
    own_keys = keys_of(TargetSection).keys() - set(overridden)
    own = {
        name: reader.fields(
            TargetSection, _demanded(entries, own_keys if name in chosen else (), name)
        )
        for name, entries in sections.items()
    }
    shared_keys = _used([sections[name] for name in chosen]) - set(overridden)
    shared_keys -= _RECEIVERS - set(reports)
    alone = "default" if written is None and not listed else None
    shared = reader.fields(Document, _demanded(top, shared_keys, alone))
    reader.finish()

    own_names = ("connections_per_host", "fail_on", "history", "notify", "scratch")
    of_all = (*own_names, "strict_ignores", *_RECEIVERS)
    settings = {key: shared.pop(key) for key in of_all if key in shared}
    if settings.get("history"):
        settings["history"] = yaml_source.project_of(path) / settings["history"]
    shared["path"] = _folders(shared.get("path", ()), yaml_source.project_of(path))
    numbers = {
        name: 1 + len(fields.get("binds") or shared.get("binds", ()))
        for name, fields in own.items()
    }
    shared["ignore"] = _held(shared, sum(numbers.values()))
    for name, fields in own.items():
        fields["ignore"] = _held(fields, numbers[name])
    binds = _binds([shared, *own.values()])
    made = [
        msgspec.structs.replace(target, binds=binds)
        for name in chosen
        for target in _targets(name, shared, own[name], targets)
    ]
    return Settings(
        targets=_with_problems(made, reader, each=each),
        base=_target("default", shared, {}),
        path=path,
        env_files=files,
        variables=variables,
        **settings,
    )


def _env_files(top: dict[str, Value], reader: Reader, project: Path) -> tuple[Path, ...]:
    """Take the key `env_file` out of the top level: all other keys may refer to its variables."""
    written = {name: top.pop(name) for name in ("env_file",) if name in top}
    names = reader.fields(Document, written).get("env_file", ())
    return tuple(project / name for name in names)


def _held(fields: Mapping[str, Any], holders: int) -> tuple[IgnoreEntry, ...]:
    """Return the ignore entries of a section with the number of targets that they are for."""
    entries = fields.get("ignore", ())
    return tuple(msgspec.structs.replace(entry, holders=holders) for entry in entries)


def _sections(targets: Value, reader: Reader) -> dict[str, dict[str, Value]]:
    """Return the keys of each target."""
    entries = reader.attempt(reader.entries, targets)
    if entries == {}:
        reader.report(targets, "names no target; write one as name: with its settings below it")
    for name, target in (entries or {}).items():
        reader.check_key(target, name, keys_of(Document)["targets"])
    return {
        name: reader.attempt(reader.entries, target) or {}
        for name, target in (entries or {}).items()
    }


def _chosen(
    sections: Collection[str], names: Collection[str], targets: Value, reader: Reader
) -> list[str]:
    """Return the targets to check, in the file's order; a bind's name stands for its target."""
    wanted = {name: _owner(name, sections) for name in names}
    for name, owner in wanted.items():
        if sections and owner not in sections:
            meant = f"did you mean --models {name}?" if ":" in name else ""
            hint = meant or suggest(name, sections, f"known are {', '.join(sections)}")
            reader.report(targets, f"there is no target {name!r}; {hint}")
    return [name for name in sections if name in wanted.values() or not names]


def _owner(name: str, sections: Collection[str]) -> str:
    """Return the target that a name means: its own, or that of a bind."""
    owners = [section for section in sections if name.startswith(f"{section}.")]
    return max(owners, key=len) if owners and name not in sections else name


def _used(sections: Sequence[_Entries]) -> set[str]:
    """Return the top-level keys that at least one of the targets does not hide by its own."""
    hidden = [
        {name for name, value in section.items() if not value.is_null} for section in sections
    ]
    return set(keys_of(Document)) - (set.intersection(*hidden) - _JOINED if hidden else set())


def _demanded(entries: _Entries, needed: Collection[str], target: str | None) -> _Entries:
    """Mark the entries that are needed, and the target that a missing variable fails."""
    return {
        name: msgspec.structs.replace(value, needed=name in needed, target=target)
        for name, value in entries.items()
    }


def _binds(sections: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the binds that have a target in the file."""
    keys = dict.fromkeys(key for section in sections for key in section.get("binds", ()))
    return (*keys, *dict.fromkeys(section["bind"] for section in sections if section.get("bind")))


def _folders(names: Collection[str], project: Path) -> tuple[str, ...]:
    """Return the folders to import from: those named, which begin at the project's, and that."""
    paths = [os.path.normpath(project / name) for name in names]
    return tuple(dict.fromkeys((*paths, str(project))))


def _targets(
    name: str, shared: Mapping[str, Any], own: Mapping[str, Any], names: Collection[str]
) -> Iterator[Target]:
    """Yield a target and one per bind; with `names`, only those that are named."""
    target = _target(name, shared, own)
    whole = not names or name in names
    if whole:
        yield target
    for bind, database in (own.get("binds") or shared.get("binds", {})).items():
        if whole or f"{name}.{bind}" in names:
            yield msgspec.structs.replace(
                target, name=f"{name}.{bind}", database=database, bind=bind
            )


def _target(name: str, shared: Mapping[str, Any], own: Mapping[str, Any]) -> Target:
    """Merge the shared keys with those of one target."""
    fields = {**shared, **own}
    fields["ignore"] = (*shared["ignore"], *own.get("ignore", ()))
    fields["severity"] = _severities(shared.get("severity", {}), own.get("severity", {}))
    fields.pop("binds", None)
    return Target(name=name, **fields)


def _severities(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge severities: those of a target hide the shared ones of the same rules."""
    hidden = {rule for rule in shared for pattern in own if fnmatchcase(rule, pattern)}
    return {**{rule: level for rule, level in shared.items() if rule not in hidden}, **own}


def _with_problems(targets: Sequence[Target], reader: Reader, *, each: bool) -> tuple[Target, ...]:
    """Return the targets with their own problems; those of a single one are raised."""
    marked = []
    for target in targets:
        of_bind = reader.problems_of(f".{target.bind}") if target.bind else []
        problems = (*reader.problems_of(target.name), *of_bind)
        marked.append(msgspec.structs.replace(target, problems=problems))
    if len(marked) == 1 and marked[0].problems and not each:
        raise ConfigurationError(list(marked[0].problems))
    return tuple(marked)
