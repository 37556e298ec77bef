"""The report for people: a report and the terminal's width in, lines of text out."""
