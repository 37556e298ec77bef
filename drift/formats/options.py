"""The options of a format."""

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the reader, and the location of the models in their repository.

    Only the text report uses `width` (in terminal cells), `color`, `summary` (a line per target and
    rule), and `tables`, `rules` and `causes` (names or patterns of the differences to
    print), and `plan` (the command that plans; "": the usual one).

    `more`: the option that makes the report verbose, for its hints; "": there is none.
    `links`: the URL to which a file's path in the repository is added, ending in a slash, or "".
    `folder`: the working directory's path in the repository, ending in a slash, or "".
    `root`: the repository's own path, ending in a slash, or "" if it is not known.
    `code_scanning`: SARIF is for GitHub, which would open alerts for results that are accepted.
    `previous`: the text of the file that the report replaces, for the formats that need it.
    """

    width: int = 80
    color: bool = False
    verbose: bool = False
    summary: bool = False
    tables: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    plan: str = ""
    more: str = "-v"
    links: str = ""
    folder: str = ""
    root: str = ""
    code_scanning: bool = False
    previous: str = ""
