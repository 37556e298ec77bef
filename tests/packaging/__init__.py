"""The published files: the wheel and the sdist, their requirements, and their neighbours."""
