"""A throwaway PostgreSQL: nothing in; out comes a server that is deleted afterwards.

with scratch.start_server() as server:
psycopg.connect(server.url())
"""

from drift.scratch.databases import Scratch, ScratchDatabase
from drift.scratch.server import ACCOUNT, Server, start_server

__all__ = ["ACCOUNT", "Scratch", "ScratchDatabase", "Server", "start_server"]
