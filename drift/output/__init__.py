"""Writes a report, or a sentence, to the terminal, to files and to GitHub Actions."""
