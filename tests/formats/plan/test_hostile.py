"""Whatever the names are, a plan in every format stays what its readers take it for."""

from __future__ import annotations

import html
import json
import re

import html5lib
import pytest

from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.plan import FORMATS, render
from tests.formats.plan.contract import json_plan
from tests.formats.plan.hostile import hostile, hostile_proof
from tests.formats.readers import OBEYED, commands, tokens
from tests.formats.test_hostile import NAMES

FILLED = [key for key in NAMES if key != "nothing"]
"""Names for which as much is printed as for a plain one."""


def rendered(format_: str, name: str) -> str:
    of = hostile(name, name)
    return render(format_, of, hostile_proof(of, name), Options(verbose=True))


@pytest.mark.parametrize("key", NAMES)
@pytest.mark.parametrize("format_", FORMATS)
def test_no_terminal_or_runner_obeys_a_name(format_: str, key: str) -> None:
    text = rendered(format_, NAMES[key])
    assert not OBEYED.search(text)
    assert list(commands(text)) == []


@pytest.mark.parametrize("key", NAMES)
def test_a_name_is_whole_in_json(key: str) -> None:
    name = NAMES[key].encode("utf-8", "replace").decode()
    document = json_plan(rendered("json", NAMES[key]))
    assert document["default_schema"] == name
    assert document["steps"][0]["title"] == f"Comment {name} {name}"


@pytest.mark.parametrize("key", NAMES)
def test_a_name_is_only_text_in_markdown(key: str) -> None:
    for token in tokens(rendered("markdown", NAMES[key])):
        assert token.type not in {"html_block", "html_inline", "image", "link_open", "table_open"}
        if token.type == "fence":
            assert token.info == "sql"
        if token.type == "text":
            assert not re.search(r"@\w|#\d|GH-\d|://|www\.|[`<>|]", token.content), token.content


@pytest.mark.parametrize("key", FILLED)
def test_a_name_makes_no_other_structure_in_markdown(key: str) -> None:
    def shape(name: str) -> list[str]:
        kinds = (token.type for token in tokens(rendered("markdown", name)))
        return [kind for kind in kinds if kind.endswith("_open") or kind == "fence"]

    assert shape(NAMES[key]) == shape("role")


@pytest.mark.parametrize("key", FILLED)
def test_a_name_makes_no_element_in_html(key: str) -> None:
    def elements(name: str) -> list[tuple[str, tuple[str, ...]]]:
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        root = parser.parse(rendered("html", name))
        return [(str(e.tag), tuple(map(str, e.attrib))) for e in root.iter()]

    assert elements(NAMES[key]) == elements("role")
    assert f'<h3 id="step-1-name"><span>1.</span> {html.escape(visible("Comment"))}' in rendered(
        "html", NAMES[key]
    )


def test_the_page_needs_nothing_else_and_allows_no_script() -> None:
    page = rendered("html", "<script>alert(1)</script>")
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)


def test_the_document_says_what_it_is() -> None:
    document = json.loads(rendered("json", "role"))
    assert (document["kind"], document["version"]) == ("plan", 1)
