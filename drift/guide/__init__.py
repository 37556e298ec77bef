"""The guide: a topic in; its Markdown page, or the page as text for a terminal, out.

`<topic>.md` are the pages, `rules/` holds a page per rule, which `rule_pages` generates.
"""
