"""Advice: tables of cases per rule, of which at least as many are silent as are loud."""
