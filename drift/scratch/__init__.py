"""A throwaway PostgreSQL: nothing in; out comes a server that is deleted afterwards.

with scratch.start_server() as server:
psycopg.connect(server.url())
"""

from typing import TYPE_CHECKING, Any

from drift.scratch.databases import Scratch, ScratchDatabase

if TYPE_CHECKING:
    from drift.scratch.server import ACCOUNT, Server, start_server

__all__ = ["ACCOUNT", "Scratch", "ScratchDatabase", "Server", "start_server"]


def __getattr__(name: str) -> Any:
    """Import the server when it is used: few checks start one."""
    if name not in __all__:
        raise AttributeError(f"module 'drift.scratch' has no attribute {name!r}")
    from drift.scratch import server

    return getattr(server, name)
