"""The fenced blocks of the guide's pages, and the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import drift

FOLDER = Path(drift.__file__).parent / "guide"
PAGES = sorted(FOLDER.glob("*.md"))
_FENCE = re.compile(r"^( *)```(\w*) ?([^\n]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of a language: the file that a block is the text of, or "", and its text."""
    for indent, name, file, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        if name == language:
            yield file, "\n".join(line.removeprefix(indent) for line in text.splitlines()) + "\n"


def commands(page: Path) -> Iterator[str]:
    """Yield the commands of a page's `sh` blocks; a backslash joins lines."""
    for _, text in blocks(page, "sh"):
        for line in text.replace("\\\n", " ").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                yield line.strip()
