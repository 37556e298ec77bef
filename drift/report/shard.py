"""A part of the targets, the same on every machine."""

from __future__ import annotations

import msgspec

from drift.errors import UsageError
from drift.lazy_regex import lazy_regex

_TEXT = lazy_regex(r"([0-9]{1,6})/([0-9]{1,6})")


class Shard(msgspec.Struct, frozen=True):
    """The `number`th of `total` parts, from 1."""

    number: int
    total: int

    def __str__(self) -> str:
        """Return `K/N`."""
        return f"{self.number}/{self.total}"

    def holds(self, target: str) -> bool:
        """Return whether a target is in this part: its name alone decides."""
        import hashlib  # only with --shard

        digest = hashlib.sha256(target.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.total + 1 == self.number


def parse(text: str) -> Shard:
    """Return the shard that `K/N` names; raise UsageError for anything else."""
    match = _TEXT.fullmatch(text.strip())
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.number <= shard.total:
        raise UsageError(f"--shard {text}: expected K/N with K from 1 to N, such as 2/4")
    return shard
