"""The Python interface: models and databases of an application in, reports and exceptions out.

Nothing here prints, exits, configures logging or starts a process. `drift/__init__.py` exports the
public names.
"""
