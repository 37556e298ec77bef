"""Checks: a target in, a `Check` out; many targets in, a `Report` out."""
