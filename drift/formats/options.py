"""The options of a format."""

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader of a report asks for, and what is known of where the models come from.

    Only the text report has a `width` in terminal cells, colour, which is for terminals, a
    `summary` in place of all differences, and the `tables` and `rules`, names or patterns, of the
    differences to show.

    `links`: what makes a file's path in the repository a URL, ending in a slash, or "".
    `folder`: the working directory's path in the repository, ending in a slash, or "".
    `root`: the repository's own path, ending in a slash, or "" if it is not known.
    """

    width: int = 80
    color: bool = False
    verbose: bool = False
    summary: bool = False
    tables: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    links: str = ""
    folder: str = ""
    root: str = ""
