"""The Python interface: what an application has in memory in, reports and exceptions out.

Nothing here prints, exits, configures logging or starts a process. `drift/__init__.py` exports the
public names.
"""
