"""Readers of every format: each takes a report for what its real receiver does."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

import html5lib
from markdown_it import MarkdownIt
from markdown_it.token import Token

from drift.formats import Options, resolve
from drift.report.report import Check, Report
from tests.formats.test_csv import CALCULATED
from tests.formats.test_gitlab import entries
from tests.formats.test_junit import schema
from tests.formats.test_prometheus import samples
from tests.formats.test_sarif import valid

LINKS = Options(links="https://git.example/acme/shop/blob/abc/", folder="src/")
V2 = "add-mask add-path debug echo endgroup error group notice save-state set-env set-output"
COMMANDS = {*V2.split(), "add-matcher", "remove-matcher", "stop-commands", "warning"}


def commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield what a runner takes for commands, in any case, with properties and data."""
    for line in re.split(r"\r\n|\r|\n", text):
        assert not re.search(r"##\[|##vso\[", line)
        found = re.fullmatch(r"::(.*?)::(.*)", line.lstrip(), re.DOTALL)
        if not found:
            continue
        name, _, words = found[1].partition(" ")
        name = name.lower()
        pairs = (word.split("=", 1) for word in words.strip().split(",") if "=" in word)
        if name in COMMANDS:
            yield name, {key: _unescaped(value) for key, value in pairs}, _unescaped(found[2])


def _unescaped(text: str) -> str:
    for code, character in (("0D", "\r"), ("0A", "\n"), ("3A", ":"), ("2C", ","), ("25", "%")):
        text = text.replace(f"%{code}", character)
    return text


def text_of(text: str) -> None:
    assert text


def json_of(text: str) -> None:
    assert json.loads(text)["version"] == 1


def annotations_of(text: str) -> None:
    found = list(commands(text))
    assert len(found) == len(text.splitlines())
    for name, properties, _ in found:
        assert name in {"error", "warning", "notice"}
        assert set(properties) <= {"file", "line", "title"}
        assert properties.get("line", "1").isdigit()


def sarif_of(text: str) -> None:
    for run in valid(text):
        for result in run["results"]:
            assert "](" not in result["message"]["text"]
            assert not re.search(r"(?<!\{)\{\d+\}", result["message"]["text"])
            [location] = result["locations"]
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"src/[A-Za-z0-9._~/%-]+", uri)


def junit_of(text: str) -> None:
    schema().validate(text)


def html_of(text: str) -> None:
    """Assert that a strict parser has no complaint, and that no script or address is foreign."""
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    plain = html5lib.parse(resolve("html")(Report(checks=()), LINKS), namespaceHTMLElements=False)
    assert [e.text for e in root.iter("script")] == [e.text for e in plain.iter("script")]
    for element in root.iter():
        assert element.tag not in {"img", "iframe", "object", "embed", "base"}
        assert not [key for key in element.attrib if str(key).lower().startswith("on")]
        address = element.get("href") or element.get("src") or "#"
        assert address.startswith(("#", LINKS.links, "data:"))


def attributes(found: Check) -> set[tuple[str, str]]:
    """Return the elements of a check's page, each with each of its attributes."""
    text = resolve("html")(Report(checks=(found,)), LINKS)
    root: Element = html5lib.parse(text, namespaceHTMLElements=False)
    return {(str(e.tag), str(key)) for e in root.iter() for key in ("", *e.attrib)}


def cells(line: str) -> int:
    """Return how many cells a row has; only the last backslash before a `|` counts."""
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def tokens(text: str) -> Iterator[Token]:
    """Yield all tokens of GitHub's Markdown, raw HTML and bare addresses included."""
    for token in MarkdownIt("gfm-like").parse(text):
        yield token
        yield from token.children or []


def markdown_of(text: str) -> None:
    """Assert that nothing outside of code is more than our own words."""
    lines = text.split("\n")
    for token in tokens(text):
        if token.type == "table_open" and token.map:
            assert len({cells(line) for line in lines[slice(*token.map)]}) == 1
        assert token.type not in {"html_block", "html_inline", "image"}
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(LINKS.links)
        if token.type == "fence":
            assert token.info == "mermaid"
            assert token.content.startswith("erDiagram\n")
        if token.type == "text":
            assert not re.search(r"@\w|#\d|GH-\d|://|www\.|[`<>|]", token.content)


def gitlab_of(text: str) -> None:
    entries(text)


def csv_of(text: str) -> None:
    """Assert that each line is a row of as many cells, and none is a formula."""
    header, *found = csv.reader(text.splitlines(), strict=True)
    for row in found:
        assert len(row) == len(header)
        assert not [cell for cell in row if cell.startswith(CALCULATED)]


def prometheus_of(text: str) -> None:
    assert samples(text)


NUMBERS_ONLY = frozenset({"prometheus"})
"""Formats that name no object and no cause."""

READERS: dict[str, Callable[[str], None]] = {
    "text": text_of,
    "json": json_of,
    "markdown": markdown_of,
    "annotations": annotations_of,
    "sarif": sarif_of,
    "junit": junit_of,
    "html": html_of,
    "gitlab": gitlab_of,
    "csv": csv_of,
    "prometheus": prometheus_of,
}
OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def read(name: str, report: Report) -> None:
    """Render a report and read it as its receivers do."""
    text = resolve(name)(report, LINKS).replace("\r\n", "\n" if name == "csv" else "\r\n")
    assert not OBEYED.search(text)
    if name != "annotations":
        assert list(commands(text)) == []
    READERS[name](text)
