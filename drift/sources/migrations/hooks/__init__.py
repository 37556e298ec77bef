"""The hooks of env.py: descriptions of differences → those that a hook excludes.

`configured.py`, `calls.py`, `objects.py` and `models.py` run in the process of env.py.
"""
