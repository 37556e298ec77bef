"""What a format may be told."""

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`width` in terminal cells; colour only where the reader is a terminal."""

    width: int = 80
    color: bool = False
    verbose: bool = False
