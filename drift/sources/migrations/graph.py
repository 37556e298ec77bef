"""The graph of the revisions, with the meaning that Alembic gives to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from drift.sources.migrations.scripts import Script, Scripts


class ScriptGraph:
    """Revisions and the links between them.

    `down` leads to the revisions below (`down_revision`); `depends_on` adds others that must run
    first. A graph with `gaps` lacks a revision that exists, or has one that is not certain.
    """

    def __init__(self, scripts: Scripts) -> None:
        """Take the revisions; the last one of an id counts, as in Alembic."""
        self.scripts: Mapping[str, Script] = {item.revision: item for item in scripts.scripts}
        self.unread = scripts.unread
        ids = Counter(item.revision for item in scripts.scripts)
        self.duplicates = tuple(revision for revision, count in ids.items() if count > 1)
        self._labels = {
            label: item.revision for item in self.scripts.values() for label in item.labels
        }

    @cached_property
    def dangling(self) -> tuple[tuple[str, Script], ...]:
        """The revisions that a script names and that do not exist, with the script."""
        return tuple(
            (name, script)
            for script in self.scripts.values()
            for names, known in (
                (script.down, self.scripts.keys()),
                (script.depends_on, self.scripts.keys() | self._labels.keys()),
            )
            for name in names
            if name not in known
        )

    @cached_property
    def cycle(self) -> tuple[str, ...]:
        """Revisions that come before themselves; () if there are none."""
        try:
            self._sorted()
        except CycleError as problem:
            return tuple(problem.args[1])
        return ()

    @property
    def gaps(self) -> bool:
        """Whether there may be revisions or links that are not known."""
        return bool(self.unread or self.duplicates or self.dangling or self.cycle)

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The revisions that are below no other; more than one fails `alembic upgrade head`."""
        below = {name for script in self.scripts.values() for name in script.down}
        return tuple(revision for revision in self.scripts if revision not in below)

    @cached_property
    def _before(self) -> Mapping[str, tuple[str, ...]]:
        """The revisions that must run before each one."""
        return {
            script.revision: tuple(
                name
                for name in (*script.down, *(self._labels.get(n, n) for n in script.depends_on))
                if name in self.scripts
            )
            for script in self.scripts.values()
        }

    @cached_property
    def _after(self) -> Mapping[str, tuple[str, ...]]:
        after: dict[str, list[str]] = defaultdict(list)
        for revision, names in self._before.items():
            for name in names:
                after[name].append(revision)
        return {revision: tuple(names) for revision, names in after.items()}

    def _sorted(self) -> tuple[str, ...]:
        """Return all revisions in an order of upgrade. Raises CycleError."""
        return tuple(TopologicalSorter(self._before).static_order())

    def resolve(self, name: str) -> str | None:
        """Return the revision of an id, a label, or the unique beginning of an id."""
        if name in self.scripts:
            return name
        if name in self._labels:
            return self._labels[name]
        # of four characters at least, in Alembic's own words: of an id that has more than three
        begun = [rev for rev in (*self.scripts, *self._labels) if len(rev) > 3]
        begun = [rev for rev in begun if rev.startswith(name)]
        return self._labels.get(begun[0], begun[0]) if len(begun) == 1 else None

    def unknown(self, current: Iterable[str]) -> tuple[str, ...]:
        """Return those revisions of a version table that the project does not have."""
        return tuple(name for name in current if self.resolve(name) is None)

    def ancestors(self, revisions: Iterable[str]) -> set[str]:
        """Return these revisions, and all that ran before them."""
        return set(_walk(self._before, revisions))

    def descendants(self, revisions: Iterable[str]) -> set[str]:
        """Return these revisions, and all that come after them."""
        return set(_walk(self._after, revisions))

    def pending(self, current: Iterable[str]) -> tuple[Script, ...]:
        """Return the revisions that have not run, in the order of `alembic upgrade heads`.

        A revision may have run, though no known one of the version table leads to it, if the graph
        has gaps or the table names a revision that is not known. It has not run for certain if it
        comes after one that the table names: that table holds the last ones.
        """
        names = tuple(current)
        known = [rev for rev in map(self.resolve, names) if rev is not None]
        if self.cycle:
            return ()
        waiting = set(self.scripts) - self.ancestors(known)
        if self.gaps or len(known) < len(names):
            waiting &= self.descendants(known)
        return tuple(self.scripts[rev] for rev in self._sorted() if rev in waiting)

    def labels_of(self, revision: str) -> frozenset[str]:
        """Return the labels of the branch that a head is the end of."""
        below = {name: script.down for name, script in self.scripts.items()}
        return frozenset(
            label for name in _walk(below, (revision,)) for label in self._own_labels(name)
        )

    def _own_labels(self, revision: str) -> tuple[str, ...]:
        return self.scripts[revision].labels if revision in self.scripts else ()

    def diverged_heads(self) -> tuple[str, ...]:
        """Return the heads that are most likely to be merged.

        They share a base and have the same labels. Several bases, and branches of different labels,
        are made on purpose: such projects run `alembic upgrade heads`.
        """
        below = {name: script.down for name, script in self.scripts.items()}
        lines = {head: set(_walk(below, (head,))) for head in self.heads}
        return tuple(
            head
            for head in self.heads
            if any(
                lines[head] & lines[other] and self.labels_of(head) == self.labels_of(other)
                for other in self.heads
                if other != head
            )
        )


def _walk(links: Mapping[str, tuple[str, ...]], start: Iterable[str]) -> Iterator[str]:
    """Yield the start and all that its links lead to, each once."""
    seen = set[str]()
    todo = list(start)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            yield name
            todo.extend(links.get(name, ()))
