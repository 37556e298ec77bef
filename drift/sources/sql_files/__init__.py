"""SQL files as a source: a dump, or the numbered files of a migration tool, on a scratch server."""
