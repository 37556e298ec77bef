"""Snapshots: any source in, a file of JSON out; and the file in, an expected side out.

A check against a snapshot imports neither the models nor SQLAlchemy.
"""
