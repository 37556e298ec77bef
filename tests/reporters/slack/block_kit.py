"""Validates messages by the models of Slack's own SDK, and by the limits that Slack documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

LARGEST = 13_000


def faults(fields: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a message's blocks and words."""
    blocks = fields.get("blocks", [])
    wrong = []
    if len(blocks) > 50:
        wrong.append(f"{len(blocks)} blocks")
    if len(json.dumps(blocks, ensure_ascii=False).encode()) > LARGEST:
        wrong.append("too long")
    for block in blocks:
        try:
            parsed = Block.parse(block)
            if parsed is None or parsed.to_dict() != block:
                wrong.append(f"not as the SDK knows it: {block}")
            else:
                parsed.validate_json()
        except SlackObjectFormationError as problem:
            wrong.append(f"{problem}: {block}")
    for kind, most, text in () if wrong else _texts(blocks):
        if not 1 <= len(text.encode("utf-16-le")) // 2 <= most:
            wrong.append(f"{kind} of {len(text)} characters")
    return wrong


def _texts(blocks: list[Any]) -> Iterator[tuple[str, int, str]]:
    for block in blocks:
        if block["type"] == "header":
            yield "header", 150, block["text"]["text"]
        elif block["type"] == "context":
            assert 1 <= len(block["elements"]) <= 10
            for element in block["elements"]:
                yield "context", 3000, element["text"]
        else:
            yield "rich text", 3000, "".join(part["text"] for part in inlines(block))


def inlines(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of a rich text, which must be plain text or a link."""
    for element in block["elements"]:
        sections = element["elements"] if element["type"] == "rich_text_list" else [element]
        for section in sections:
            assert section["type"] == "rich_text_section"
            for part in section["elements"]:
                assert part["type"] in {"text", "link"}
                assert part["text"]
                yield part


def shown(message: Mapping[str, Any]) -> str:
    """Return all that a reader sees of a message."""
    lines = []
    for block in message["blocks"]:
        if block["type"] == "header":
            lines.append(block["text"]["text"])
        elif block["type"] == "context":
            lines += [element["text"] for element in block["elements"]]
        else:
            lines.append("".join(part["text"] for part in inlines(block)))
    return "\n".join(lines)
