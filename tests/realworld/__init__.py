"""Databases that real applications make of their own models."""
