"""Compares drift with schema checks that projects have written by hand."""
