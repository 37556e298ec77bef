"""The page's head: its style and script, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from drift.formats.html.markup import Markup, element

_COLORS = {"error": "#c62828", "warning": "#b26a00", "info": "#1d5fa8", "ok": "#19733f"}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="4" fill="{color}"/>'
    '<path d="M4 5h5M7 8h5M4 11h5" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>'
)


def head(title: str, outcome: str) -> Markup:
    """Return the head of a page that is about `outcome`: a severity, or `ok`."""
    style, script = _static("page.css"), _static("page.js")
    icon = "data:image/svg+xml," + quote(_ICON.format(color=_COLORS[outcome]))
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{title} · drift"),
        element("link", rel="icon", href=icon),
        element("style", style),
        element("script", script),
    )


def _policy(style: str, script: str) -> str:
    """Allow this style, this script and the icon; no request, no form, no other base."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


@cache
def _static(name: str) -> Markup:
    """Return a file of ours as it is: nothing in it comes from a database."""
    source = files("drift.formats.html").joinpath(name).read_text(encoding="utf-8")
    return Markup(source.replace("\r\n", "\n"))
