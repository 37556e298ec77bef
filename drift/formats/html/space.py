"""How much the page may hold, so that any browser opens it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile


class Space:
    """Bytes that are left for parts of the page; a part that does not fit takes none."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._little = size // 50

    @property
    def full(self) -> bool:
        """Whether so little is left that another part is not worth making."""
        return self._left < self._little

    def fits(self, part: str) -> bool:
        """Take the room of a part, and tell whether there was enough."""
        size = len(part.encode())
        if size > self._left:
            return False
        self._left -= size
        return True

    def fill(self, parts: Iterable[str]) -> Iterator[str]:
        """Yield parts up to the first that does not fit; what follows it is never made."""
        return takewhile(self.fits, parts)


class Room:
    """What all targets of a page share: room for findings, and for both sides of tables."""

    def __init__(self, findings: int = 3_000_000, sides: int = 2_000_000) -> None:
        self.findings = Space(findings)
        self.sides = Space(sides)
