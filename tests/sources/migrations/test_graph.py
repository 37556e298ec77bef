"""The graph of the revisions has the meaning that Alembic gives to it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from drift.config import Migrations
from drift.sources.migrations.discovery import find
from drift.sources.migrations.graph import ScriptGraph
from drift.sources.migrations.scripts import read_scripts
from tests.sources.migrations.projects import linear, project, script

GRAPHS: dict[str, dict[str, str]] = {
    "nothing": {},
    "one": linear("aaaa1"),
    "linear": linear("cccc1", "aaaa1", "bbbb1", "dddd1"),
    "two branches": linear("aaaa1", "bbbb1", "cccc1") | {"dddd1": script("dddd1", "aaaa1")},
    "a merge": linear("aaaa1", "bbbb1")
    | {"cccc1": script("cccc1", "aaaa1"), "dddd1": script("dddd1", ("bbbb1", "cccc1"))}
    | {"eeee1": script("eeee1", "dddd1")},
    "two bases": linear("aaaa1", "bbbb1") | linear("cccc1", "dddd1"),
    "depends_on": linear("aaaa1", "bbbb1", "eeee1")
    | {"cccc1": script("cccc1", None), "dddd1": script("dddd1", "cccc1", depends_on="bbbb1")},
    "depends_on a head": linear("aaaa1", "bbbb1")
    | {"cccc1": script("cccc1", None, depends_on=("bbbb1",))},
    "depends_on a label": {
        "aaaa1": script("aaaa1", None, branch_labels=("core",)),
        "bbbb1": script("bbbb1", "aaaa1"),
        "cccc1": script("cccc1", None, depends_on="core"),
    },
    "labels": {
        "aaaa1": script("aaaa1", None),
        "bbbb1": script("bbbb1", "aaaa1", branch_labels="left"),
        "cccc1": script("cccc1", "aaaa1", branch_labels=["right"]),
        "dddd1": script("dddd1", "cccc1"),
    },
    "a merge of two bases": linear("aaaa1", "bbbb1")
    | linear("cccc1", "dddd1")
    | {"eeee1": script("eeee1", ("bbbb1", "dddd1")), "ffff1": script("ffff1", "aaaa1")},
}


def graph_of(folder: Path) -> ScriptGraph:
    environment = find((folder,), Migrations())
    assert environment is not None
    return ScriptGraph(read_scripts(environment))


@pytest.mark.parametrize("scripts", GRAPHS.values(), ids=GRAPHS)
def test_the_graph_is_alembics(tmp_path: Path, scripts: dict[str, str]) -> None:
    """Same heads; the same revisions to run from any revisions, each after those it needs."""
    folder = project(tmp_path, scripts)
    graph = graph_of(folder)
    directory = ScriptDirectory.from_config(Config(str(folder / "alembic.ini")))
    assert set(graph.heads) == set(directory.get_heads())
    assert not graph.gaps
    states = [(), *itertools.combinations(scripts, 1), *itertools.combinations(scripts, 2)]
    compared = 0
    for state in states:
        try:
            steps: Any = directory._upgrade_revs("heads", state)  # type: ignore[arg-type]
        except CommandError:
            continue  # one is below the other: no database is in such a state
        expected = [step.revision.revision for step in steps]
        order = [item.revision for item in graph.pending(state)]
        assert set(order) == set(expected), state
        assert len(order) == len(expected)
        _require_order(graph, order)
        if len(graph.heads) == 1 and not any(len(s.down) > 1 for s in graph.scripts.values()):
            assert order == expected
        compared += 1
    assert compared >= len(scripts) + 1


def _require_order(graph: ScriptGraph, order: list[str]) -> None:
    for number, revision in enumerate(order):
        later = graph.ancestors(graph.scripts[revision].down) & set(order[number:])
        assert not later, revision


@pytest.mark.parametrize("scripts", GRAPHS.values(), ids=GRAPHS)
def test_names_are_resolved_as_alembic_does(tmp_path: Path, scripts: dict[str, str]) -> None:
    folder = project(tmp_path, scripts | {"aaaa2": script("aaaa2")} | {"aaa": script("aaa")})
    graph = graph_of(folder)
    directory = ScriptDirectory.from_config(Config(str(folder / "alembic.ini")))
    for name in ("aaaa1", "aaaa", "bbbb", "bbb", "b", "aaa", "aa", "zzzz", "core", "left", "lef"):
        try:
            expected = directory.get_revision(name).revision
        except CommandError:
            expected = None
        assert graph.resolve(name) == expected, name


DIVERGED: dict[str, tuple[dict[str, str], set[str]]] = {
    "one head": (linear("a", "b"), set()),
    "two heads": (linear("a", "b") | {"c": script("c", "a")}, {"b", "c"}),
    "two bases": (linear("a", "b") | linear("c", "d"), set()),
    "two bases, one of which diverged": (
        linear("a", "b") | {"c": script("c", "a")} | linear("d", "e"), {"b", "c"}
    ),
    "labels of their own": (GRAPHS["labels"], set()),
    "a label of one": (
        linear("a", "b") | {"c": script("c", "a", branch_labels="x")}, set()
    ),
    "a label of both": (
        {"a": script("a", branch_labels="x"), "b": script("b", "a"), "c": script("c", "a")},
        {"b", "c"},
    ),
    "a base in common, of two": (GRAPHS["a merge of two bases"], {"eeee1", "ffff1"}),
    "a head that another depends on": (GRAPHS["depends_on a head"], set()),
}  # fmt: skip


@pytest.mark.parametrize(("scripts", "heads"), DIVERGED.values(), ids=DIVERGED)
def test_heads_that_should_be_merged(
    tmp_path: Path, scripts: dict[str, str], heads: set[str]
) -> None:
    assert set(graph_of(project(tmp_path, scripts)).diverged_heads()) == heads


GAPS: dict[str, tuple[dict[str, str], tuple[str, ...], list[str]]] = {
    "an unread file": (linear("a", "b", "c") | {"x": "revision = f()"}, ("b",), ["c"]),
    "an unread file that is current": (linear("a", "b") | {"x": "revision = f()"}, ("x",), []),
    "an unread file between": (
        {"a": script("a"), "x": "revision = f()", "c": script("c", "x")}, ("c",), []
    ),
    "an unread file above": (
        {"a": script("a"), "x": "revision = f()", "c": script("c", "x")}, ("a",), []
    ),
    "a revision that is gone": (linear("a", "b") | {"d": script("d", "gone")}, ("d",), []),
    "an unknown revision": (linear("a", "b"), ("x",), []),
    "an unknown revision beside a known one": (linear("a", "b"), ("x", "a"), ["b"]),
    "a cycle": ({"a": script("a", "b"), "b": script("b", "a")}, ("a",), []),
    "two files of a revision": (linear("a", "b", "c") | {"z": script("b", "a")}, ("a",),
                                ["b", "c"]),
    "an empty table, and a gap": (linear("a") | {"x": "revision = f()"}, (), []),
}  # fmt: skip


@pytest.mark.parametrize(("scripts", "current", "pending"), GAPS.values(), ids=GAPS)
def test_a_gap_never_makes_a_revision_pending(
    tmp_path: Path, scripts: dict[str, str], current: tuple[str, ...], pending: list[str]
) -> None:
    graph = graph_of(project(tmp_path, scripts))
    assert [item.revision for item in graph.pending(current)] == pending


def test_what_is_wrong_with_a_graph_is_known(tmp_path: Path) -> None:
    files = linear("a", "b") | {"z": script("b", "a"), "d": script("d", "gone", depends_on="no")}
    graph = graph_of(project(tmp_path, files))
    assert graph.duplicates == ("b",)
    assert [(name, item.revision) for name, item in graph.dangling] == [("gone", "d"), ("no", "d")]
    assert graph.cycle == ()
    assert graph.gaps
    loop = {"a": script("a", "b"), "b": script("b", "a")}
    assert set(graph_of(project(tmp_path / "loop", loop)).cycle) == {"a", "b"}
    assert graph.unknown(("a", "x")) == ("x",)
