"""Entries are inserted into awkward files, and every line that is there stays as it is."""

from __future__ import annotations

import difflib

import pytest
import yaml

from drift.accept.insert import inserted
from drift.errors import UsageError

NEW = ({"rule": "extra-table", "object": "public.a[*]b", "reason": 'it\'s "x": # y'}, "warning 01")
MORE = ({"rule": "extra-column", "object": "public.x.y", "reason": "plain words"}, "error 02")
ADDED = [dict(NEW[0]), dict(MORE[0])]
ENTRY = "rule: '*'\n    object: b.c\n    reason: d\n"

FILES = {
    "no key yet": "models: a:b\nseverity: {}\n",
    "no final line break": "models: a:b",
    "a comment at the end, no line break": "models: a:b  # the models",
    "a list, and comments around it": (
        f"# top\nignore:  # known\n  # first\n  - {ENTRY}    # own\n  # - rule: off\n\n"
        "# x\nmodels: a:b\n"
    ),
    "dashes in the key's column": (
        "ignore:\n- rule: '*'\n  object: b.c\n  reason: d\n# at the left\nmodels: a:b\n"
    ),
    "wide indents": "ignore:\n      -   rule: a\n          object: b.c\n          reason: d\n",
    "an item below its dash": "ignore:\n  -\n    rule: a\n    object: b.c\n    reason: d\n",
    "a folded reason": (
        f"ignore:\n  - {ENTRY[:-10]}reason: >-\n      {'long ' * 40}\n      text # no comment\n"
        "\n      end\n\nmodels: a:b\n"
    ),
    "a literal at the end": "models: |\n  a:b\n\n\n",
    "quotes of both kinds": (
        "\"models\": 'a:b'\n'ignore':\n  - {rule: \"*\", object: 'b.c', reason: d}\n"
    ),
    "an empty list": "ignore: []\nmodels: a:b\n",
    "an empty list and a comment": "ignore: []   # none yet\nmodels: a:b\n",
    "an empty list over lines": "ignore: [\n  # none\n  ]\nmodels: a:b\n",
    "nothing after the key": "ignore:\n  # later\nmodels: a:b\n",
    "nothing after the last key": "models: a:b\nignore:",
    "a tilde": "ignore: ~  #\ttab\nmodels: a:b\n",
    "the word null": "models: a:b\nignore: null",
    "items in brackets": "ignore: [{rule: a, object: b.c, reason: d}]  # one\nmodels: a:b\n",
    "a comma at the end": (
        "ignore: [\n  {rule: a, object: b.c, reason: d}, # first\n]\nmodels: a:b\n"
    ),
    "a root in braces": "{models: 'a:b', severity: {}}\n",
    "a root in braces, with the key": "{ignore: , models: 'a:b'}\n",
    "a root in braces, with null": "{models: 'a:b', ignore: null}\n",
    "a root in braces, with a list": (
        "{models: 'a:b',\n ignore: [{rule: a, object: b.c, reason: d},]\n}\n"
    ),
    "marks of the document": "%YAML 1.1\n---\nmodels: a:b\n...\n# the end\n",
    "a comment after the mark": "--- # config\nmodels: a:b\n# end\n",
    "line breaks of Windows": (
        f"models: a:b\n# c\nignore:\n  - {ENTRY}\n# next\nseverity: {{}}\n".replace("\n", "\r\n")
    ),
    "line breaks of Windows, none at the end": "models: a:b\r\nseverity: {}",
    "line breaks of both kinds": f"models: a:b\r\nignore:\n  - {ENTRY}severity: {{}}\r\n",
    "tabs in comments": f"ignore:\n  - {ENTRY}  #\ta tab\n    #\tmore\t\nmodels: a:b\n",
    "anchors": (
        f"ignore: &all\n  - &one\n    {ENTRY}  - rule: x\n    object: y.z\n    reason: &r d\n"
        "models: a:b\n"
    ),
    "an alias as the last item": f"ignore:\n  - &one\n    {ENTRY}  - *one\nmodels: a:b\n",
    "an alias at the end": "models: &m a:b\nexpected: *m\n",
    "an indented root": "  models: a:b\n  severity: {}\n",
    "names beyond ASCII": f"# ünïcode 😀\nignore:\n  - {ENTRY}    # 名前\nmodels: a:b\n",
    "equal comments": f"# x\nmodels: a:b\n# x\nignore:\n  # x\n  - {ENTRY}  # x\n# x\n",
    "spaces at the ends of lines": f"models: a:b   \nignore:   \n  - {ENTRY}   \n",
    "an explicit key": (
        "? models\n: a:b\n? ignore\n:\n  - rule: a\n    object: b.c\n    reason: d\n"
    ),
    "a tag": "ignore: !!seq\n  - rule: a\n    object: b.c\n    reason: d\nmodels: !!str a:b\n",
}  # fmt: skip


def unchanged(before: str, after: str) -> list[str]:
    """Return the lines of a text that another one lacks, or has in another way."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return [line[2:] for line in difflib.ndiff(old, new) if line.startswith("- ")]


@pytest.mark.parametrize("name", FILES)
def test_a_file_gets_the_entries_and_nothing_else(name: str) -> None:
    before = FILES[name]
    after = inserted(before, {None: [NEW, MORE]})
    old, new = yaml.safe_load(before), yaml.safe_load(after)
    entries = old.pop("ignore", None) or []
    assert new.pop("ignore") == [*entries, *ADDED]
    assert old == new
    assert after.endswith(("\n", "\r\n")) == before.endswith(("\n", "\r\n"))


ONE_LINE = {
    "an empty list", "an empty list and a comment", "an empty list over lines", "a tilde",
    "the word null", "items in brackets", "a comma at the end", "a root in braces",
    "a root in braces, with the key", "a root in braces, with null", "nothing after the last key",
    "a root in braces, with a list", "no final line break", "a comment at the end, no line break",
    "line breaks of Windows, none at the end",
}  # fmt: skip
"""Files in which the line of the list itself has to change, or the last one gets a line break."""


@pytest.mark.parametrize("name", FILES)
def test_every_other_line_stays_byte_for_byte(name: str) -> None:
    before = FILES[name]
    lines = unchanged(before, inserted(before, {None: [NEW, MORE]}))
    assert len(lines) == (name in ONE_LINE)


@pytest.mark.parametrize("name", FILES)
def test_a_second_time_the_new_entries_are_at_the_end(name: str) -> None:
    once = inserted(FILES[name], {None: [NEW]})
    twice = inserted(once, {None: [MORE]})
    assert yaml.safe_load(twice)["ignore"][-2:] == ADDED
    assert twice.count("public.a[*]b") == 1


def test_line_breaks_are_those_of_the_file() -> None:
    after = inserted(FILES["line breaks of Windows"], {None: [NEW]})
    assert after.count("\n") == after.count("\r\n")
    assert "\r" not in inserted(FILES["anchors"], {None: [NEW]})


def test_the_columns_are_those_of_the_list() -> None:
    lines = inserted(FILES["wide indents"], {None: [MORE]}).splitlines()
    assert lines[-4:] == [
        "      # error 02",
        "      -   rule: extra-column",
        "          object: public.x.y",
        "          reason: plain words",
    ]


def test_the_comments_of_an_item_stay_with_it() -> None:
    lines = inserted(FILES["a list, and comments around it"], {None: [MORE]}).splitlines()
    assert lines.index("    # own") < lines.index("  # error 02") < lines.index("# x")


TARGETS = {
    "in lines": (
        "models: a:b\ntargets:\n  one:\n    database: x\n    # about one\n  two: {database: y}\n"
        "  three:\n  four: {}\n  five:\n    ignore:\n    - {rule: a, object: b.c, reason: d}\n"
        "    database: z\n"
    ),
    "in lines, no final line break": "models: a:b\ntargets:\n  two: {}\n  one:\n    database: x",
    "in braces": (
        "targets: {one: {database: x}, two: {}, three: , four: {ignore: []},\n"
        "  five: {ignore: [{rule: a, object: b.c, reason: d}]}} # all\n"
    ),
    "empty at the end": "targets:\n  one: {ignore: }\n  two:   # nothing",
}


@pytest.mark.parametrize("name", TARGETS)
def test_each_target_gets_its_own_entries_and_the_top_level_the_shared_ones(name: str) -> None:
    before = TARGETS[name]
    old = yaml.safe_load(before)
    lists = {target: [MORE] for target in old["targets"]}
    after = inserted(before, {None: [NEW], **lists})
    new = yaml.safe_load(after)
    assert new.pop("ignore") == ADDED[:1]
    for target, written in old["targets"].items():
        section = written or {}
        own = new["targets"][target].pop("ignore")
        assert own == [*(section.pop("ignore", None) or []), ADDED[1]]
        assert new["targets"][target] == section


SHARED = {
    "an alias": ("targets: {one: {ignore: &i []}, two: {ignore: *i}}", "two", "is an alias"),
    "an anchor": ("targets:\n  one: {ignore: &i []}\n  two: {ignore: *i}\n", "one", "line 3"),
    "a target": ("targets:\n  one: &o {bind: x}\n  two: *o\n", "two", "targets.two is an alias"),
    "the anchor of a target": ("targets:\n  one: &o {bind: x}\n  two: *o\n", "one", "line 3"),
    "null": ("targets:\n  one: ~\n  two:\n", "one", ":2: the target has no keys"),
}


@pytest.mark.parametrize("name", SHARED)
def test_a_list_that_another_key_shares_is_refused_with_its_line(name: str) -> None:
    text, target, reason = SHARED[name]
    with pytest.raises(UsageError, match=r"\A:\d+: ") as problem:
        inserted(text, {target: [NEW]})
    assert reason in str(problem.value)
