"""What a format may be told."""

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`width` in terminal cells; colour only where the reader is a terminal.

    `links`: what makes a file's path in the repository a URL, ending in a slash, or "".
    `folder`: the working directory's path in the repository, ending in a slash, or "".
    `root`: the repository's own path, ending in a slash, or "" where it is not known.
    """

    width: int = 80
    color: bool = False
    verbose: bool = False
    links: str = ""
    folder: str = ""
    root: str = ""
