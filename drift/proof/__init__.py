"""Proves a plan: runs it on a clone of the live schema with synthetic rows, and measures it."""
