"""Lets the models accept the live schema: patches of their own files.

Nothing is run or imported, and nothing is written unless `write` is called.
"""

from drift.adopt.adopt import adopted
from drift.adopt.subject import Adoption, ByHand, Patch, Subject
from drift.adopt.subjects import subjects
from drift.adopt.write import write

__all__ = ["Adoption", "ByHand", "Patch", "Subject", "adopted", "subjects", "write"]
