"""Limits on the size of the page, so that any browser opens it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile


class Budget:
    """Bytes that are left for parts of the page; a part that does not fit takes none."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._minimum = size // 50

    @property
    def nearly_spent(self) -> bool:
        """Whether so little is left that another part is not worth rendering."""
        return self._left < self._minimum

    def fits(self, part: str) -> bool:
        """Subtract the size of a part if it fits; return whether it does."""
        size = len(part.encode())
        if size > self._left:
            return False
        self._left -= size
        return True

    def fill(self, parts: Iterable[str]) -> Iterator[str]:
        """Yield parts up to the first that does not fit; later ones are never rendered."""
        return takewhile(self.fits, parts)


class PageBudget:
    """The budgets that all targets of a page share: for findings, and for both sides of tables."""

    def __init__(self, findings: int = 3_000_000, sides: int = 2_000_000) -> None:
        self.findings = Budget(findings)
        self.sides = Budget(sides)
