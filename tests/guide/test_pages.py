"""The pages of the guide: complete, linked, and printed by `drift help`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from drift.guide.pages import TOPICS, page
from drift.guide.render import render
from drift.guide.rule_pages import FOLDER as RULE_PAGES
from drift.guide.rule_pages import rule_page
from drift.kinds import RULES
from tests.command import drift
from tests.guide.blocks import FOLDER, PAGES, blocks

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
TEXTS = [README, *PAGES]


def test_every_topic_is_a_page_and_every_page_a_topic() -> None:
    assert sorted(TOPICS) == [path.stem for path in PAGES]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_begins_with_its_title_and_its_purpose(topic: str) -> None:
    shown = page(topic)
    assert shown is not None
    assert shown.text.startswith(f"# {shown.title}\n\n")
    assert shown.purpose.endswith(".")
    assert 20 < len(shown.purpose) < 160


def test_the_readme_is_short_and_lists_every_page() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    for topic in TOPICS:
        shown = page(topic)
        assert shown is not None
        assert f"| [`{topic}`](drift/guide/{topic}.md) | {shown.purpose[:-1]} |" in text


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_link_leads_to_a_file(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s#]+)(?:#[\w-]+)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_blocks_are_valid(path: Path) -> None:
    for _, text in blocks(path, "yaml"):
        assert yaml.safe_load(text) is not None
    for _, text in blocks(path, "python"):
        ast.parse(text)


def test_every_rule_has_the_page_that_is_generated_for_it() -> None:
    stored = {path.stem: path.read_text(encoding="utf-8") for path in RULE_PAGES.glob("*.md")}
    made = {name: rule_page(rule) for name, rule in RULES.items()}
    assert stored == made, "run python -m drift.guide.rule_pages"


def test_help_lists_the_topics_and_prints_pages_rules_and_commands() -> None:
    listed = drift("help").stdout
    for topic in TOPICS:
        assert f"\n  {topic} " in listed
    assert "GRANT CONNECT ON DATABASE" in drift("help", "role").stdout
    assert drift("help", "missing-column").stdout.startswith("missing-column\n")
    assert drift("help", "check").stdout.startswith("Usage: drift check")


@pytest.mark.parametrize("topic", TOPICS)
def test_help_prints_every_topic(topic: str) -> None:
    shown = page(topic)
    assert shown is not None
    assert drift("help", topic).stdout.startswith(f"{shown.title}\n")


@pytest.mark.parametrize("topic", ["rol", "../pyproject", "rules/../start", "", "nothing"])
def test_help_refuses_other_topics(topic: str) -> None:
    done = drift("help", topic)
    assert done.returncode == 2
    assert f"unknown command or topic {topic!r}" in done.stderr


def test_a_page_becomes_text() -> None:
    markdown = (
        "# Title\n\nSee [The role](role.md), [more](comparison.md#facts) and **this**.\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\ndrift check\n```\n"
    )
    assert render(markdown) == (
        "Title\n\nSee The role (drift help role), more (drift help comparison) and this.\n\n"
        "| a | b |\n| 1 | 2 |\n\n    drift check\n"
    )
    assert render(markdown, color=True).startswith("\x1b[1mTitle\x1b[0m\n")
    assert "\x1b[2m    drift check\x1b[0m" in render(markdown, color=True)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_in_the_terminal_has_no_relative_link(path: Path) -> None:
    assert not re.search(r"\((\.\./|[\w/-]+\.md)", render(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_span_of_code_ends_on_its_line(path: Path) -> None:
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", path.read_text(encoding="utf-8"))
    assert not [line for line in text.splitlines() if line.count("`") % 2]


def test_the_folder_of_the_guide_holds_pages_only() -> None:
    assert {path.suffix for path in FOLDER.iterdir() if path.is_file()} <= {".md", ".py"}
