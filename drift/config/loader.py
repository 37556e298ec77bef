"""What the configuration's keys mean: a document in, settings out."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from drift.config import binds, receivers, values, yaml_source
from drift.config.problems import suggest
from drift.config.reader import Converter, Reader, Value
from drift.config.settings import IgnoreEntry, Settings, Target
from drift.errors import ConfigurationError

_NAME = re.compile(r"\w[\w.-]*")
_Entries = dict[str, Value]


def _ignore_entry(value: Value, reader: Reader) -> IgnoreEntry | None:
    entries = reader.entries(value)
    found = reader.fields(entries, _IGNORE)
    missing = [name for name in _REQUIRED if name not in entries or entries[name].is_null]
    for name in missing:
        reader.report(value, _REQUIRED[name], name)
    if not found.keys() >= _REQUIRED.keys():
        return None
    return IgnoreEntry(**found, place=f"{reader.place}:{value.line}")


_REQUIRED = {
    "rule": 'missing; write a rule, a pattern such as extra-*, or "*"',
    "object": 'missing; write a pattern such as public.users or "*.users.legacy_*"',
    "reason": "missing; say why the difference is accepted",
}
_IGNORE: Mapping[str, Converter] = {
    "rule": values.rule_pattern,
    "object": values.object_pattern,
    "reason": values.sentence,
    "until": values.day,
}
_TARGET: Mapping[str, Converter] = {
    "database": values.database,
    "models": values.one_or_many(values.models),
    "bind": values.text,
    "binds": binds.read,
    "import": values.one_or_many(values.module),
    "schemas": values.one_or_many(values.text),
    "ignore": values.many(_ignore_entry),
    "severity": values.severities,
    "connect_timeout": values.duration,
    "statement_timeout": values.duration,
    "lock_timeout": values.duration,
}
_ADDED = {"ignore", "severity"}
"""Keys of which a target's values join those of the top level, in place of hiding them."""

_FILLED = ("database", "bind")
"""Keys whose silent absence would have another database checked: DATABASE_URL's."""

_RECEIVERS: Mapping[str, Converter] = {"sentry": receivers.sentry, "github": receivers.github}
_TOP: Mapping[str, Converter] = {
    **_TARGET,
    **_RECEIVERS,
    "path": values.one_or_many(values.text),
    "fail_on": values.severity,
    "targets": lambda value, _: value,
}


def load(  # noqa: PLR0913 — each is a thing of its own
    path: Path,
    *,
    environment: Mapping[str, str],
    known_rules: Collection[str],
    targets: Collection[str] = (),
    overridden: Collection[str] = (),
    reports: Collection[str] = (),
    listed: bool = False,
    each: bool = False,
) -> Settings:
    """Read the configuration of the named targets, or of all of them.

    Variables are demanded only where those targets and the named `reports` use them, and not by
    keys that are `overridden`. With `listed`, no target of the file is read: they are listed
    elsewhere, on the base of what is at the top level. With `each`, a variable that is not set is a
    problem of its target, even of a single one.

    Raises ConfigurationError with every problem of the whole file.
    """
    reader = Reader(yaml_source.place_of(path), environment, known_rules)
    document = Value(node=yaml_source.read(path), key="", line=1)
    top = reader.attempt(_entries, document) or {}
    reader.finish()
    sections = _sections(top, reader)
    chosen = [] if listed else _choose(sections, targets, top.get("targets", document), reader)
    needed = set(_TARGET) - set(overridden)
    own = {
        name: _fields(section, needed if name in chosen else set(), reader, name)
        for name, section in sections.items()
    }
    used = _used([sections[name] for name in chosen]) - set(overridden)
    used -= _RECEIVERS.keys() - set(reports)
    alone = None if "targets" in top or listed else "default"
    shared = reader.fields(_need(top, used, alone), _TOP, _FILLED)
    reader.finish()
    shared["ignore"] = _mark(shared.get("ignore", ()), shared=len(sections) > 1)
    shared["path"] = _folders(shared.get("path", ()), yaml_source.project_of(path))
    made = [
        target
        for name in chosen
        for target in binds.expand(
            _target(name, shared, own[name]),
            own[name].get("binds") or shared.get("binds", {}),
            targets,
        )
    ]
    known = _binds([shared, *own.values()])
    made = [msgspec.structs.replace(target, binds=known) for target in made]
    return Settings(
        targets=_usable(made, reader, each=each),
        base=_target("default", shared, {}) if listed else Target(name="default"),
        path=path,
        **{key: shared[key] for key in ("fail_on", *_RECEIVERS) if key in shared},
    )


def _binds(sections: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the binds that some target of the file is for."""
    keys = dict.fromkeys(key for section in sections for key in section.get("binds", ()))
    return (*keys, *dict.fromkeys(section["bind"] for section in sections if section.get("bind")))


def _usable(targets: Sequence[Target], reader: Reader, *, each: bool) -> tuple[Target, ...]:
    """Return the targets with their own problems; those of a single one are raised."""
    marked = []
    for target in targets:
        of_bind = reader.failed(f".{target.bind}") if target.bind else []
        problems = (*reader.failed(target.name), *of_bind)
        marked.append(msgspec.structs.replace(target, problems=problems))
    if len(marked) == 1 and marked[0].problems and not each:
        raise ConfigurationError(list(marked[0].problems))
    return tuple(marked)


def _entries(value: Value, reader: Reader) -> _Entries:
    return reader.entries(value)


def _sections(top: _Entries, reader: Reader) -> dict[str, _Entries]:
    """Return what each target says for itself; without `targets` there is one, `default`."""
    if "targets" not in top:
        return {"default": {}}
    value = top["targets"]
    found = reader.attempt(_entries, value)
    if found == {}:
        reader.report(value, "names no target; write one as name: with its settings below it")
    for name, target in (found or {}).items():
        if not _NAME.fullmatch(name):
            reader.report(target, "a target's name has letters, digits, '_', '-' and '.' only")
    return {name: reader.attempt(_entries, target) or {} for name, target in (found or {}).items()}


def _choose(
    sections: Mapping[str, _Entries], names: Collection[str], value: Value, reader: Reader
) -> list[str]:
    """Return which of the targets to check, in the file's order."""
    wanted = {name: binds.owner(name, sections) for name in names}
    for name in dict.fromkeys(names):
        if sections and wanted[name] not in sections:
            known = f"known are {', '.join(sections)}"
            meant = f"did you mean --models {name}?" if ":" in name else ""
            hint = meant or suggest(name, sections, known)
            reader.report(value, f"there is no target {name!r}; {hint}")
    return [name for name in sections if name in wanted.values() or not names]


def _used(sections: list[_Entries]) -> set[str]:
    """Return the top-level keys that at least one of the targets does not hide by its own."""
    hidden = [
        {name for name, value in section.items() if not value.is_null} for section in sections
    ]
    return set(_TOP) - (set.intersection(*hidden) - _ADDED if hidden else set())


def _need(entries: _Entries, needed: set[str], target: str | None = None) -> _Entries:
    return {
        name: msgspec.structs.replace(value, needed=name in needed, target=target)
        for name, value in entries.items()
    }


def _fields(section: _Entries, needed: set[str], reader: Reader, target: str) -> dict[str, Any]:
    return reader.fields(_need(section, needed, target), _TARGET, _FILLED)


def _mark(entries: tuple[IgnoreEntry, ...], *, shared: bool) -> tuple[IgnoreEntry, ...]:
    return tuple(msgspec.structs.replace(entry, shared=shared) for entry in entries)


def _folders(names: Iterable[str], project: Path) -> tuple[str, ...]:
    """Return the folders to import from: those named, which begin at the project's, and that."""
    paths = [os.path.normpath(project / name) for name in names]
    return tuple(dict.fromkeys((*paths, str(project))))


def _target(name: str, shared: Mapping[str, Any], own: Mapping[str, Any]) -> Target:
    """Join what all targets share with what one says for itself."""
    both = {key: value for key, value in {**shared, **own}.items() if key in _TARGET}
    both["path"] = shared["path"]
    both["ignore"] = (*shared["ignore"], *own.get("ignore", ()))
    both["severity"] = _severities(shared.get("severity", {}), own.get("severity", {}))
    both.pop("binds", None)
    return Target(name=name, imports=both.pop("import", ()), **both)


def _severities(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Join severities: those of a target hide the shared ones of the same rules."""
    hidden = {rule for rule in shared for pattern in own if fnmatchcase(rule, pattern)}
    return {**{rule: level for rule, level in shared.items() if rule not in hidden}, **own}
