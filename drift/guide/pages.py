"""The pages of the guide, and their files."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import NamedTuple

TOPICS = (
    "start",
    "projects",
    "configuration",
    "sources",
    "alembic",
    "causes",
    "plans",
    "ratchet",
    "reports",
    "json",
    "ci",
    "github-actions",
    "pytest",
    "python",
    "role",
    "tenants",
    "views-and-functions",
    "policies-and-grants",
    "advice",
    "comparison",
    "security",
    "coming-from",
)
"""The topics, in the order of a first reading."""


class Page(NamedTuple):
    """A page: its title, a sentence about its purpose, and its Markdown."""

    title: str
    purpose: str
    text: str


@cache
def page(topic: str) -> Page | None:
    """Return the page of a topic or of a rule; None if there is none."""
    folder = resources.files("drift.guide")
    name = topic.lower()
    if name in TOPICS:
        file = folder / f"{name}.md"
    elif all(part.isalnum() for part in name.split("-")):
        file = folder / "rules" / f"{name}.md"
    else:
        return None
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    heading, purpose = text.split("\n\n", 2)[:2]
    return Page(heading.removeprefix("# "), " ".join(purpose.split()), text)
