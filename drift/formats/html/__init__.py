"""The report as one HTML page: a report in, the text of a page that needs no other file out.

`page` decides what is on it, `sections` and `sides` what is in a section, within the limits of
`budget`; `picture` places the boxes and lines of the foreign keys; `templates` hold the markup.
"""
