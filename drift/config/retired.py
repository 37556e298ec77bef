"""Rules that a configuration may still name, though they are not reported any more."""

RETIRED: dict[str, str] = {
    "unreadable-table": "A check reads the catalog only, for which no role needs SELECT on a table."
}
"""The rules, and why there is no finding of them."""
