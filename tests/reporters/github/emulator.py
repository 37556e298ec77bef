"""A GitHub that keeps its state, on the loopback: npm's `emulate`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

from tests.programs import free_port, npm_packages

OWNER = "octocat"
TOKEN = "ghp_thetokenofthetests"
STRANGER = "mallory"
STRANGERS_TOKEN = "ghp_thetokenofsomebodyelse"
BOT = "github-actions[bot]"
BOTS_TOKEN = "ghs_thetokenofaworkflow"

_START = """
import net from "node:net";
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  this.once("listening", () => console.log("ready"));
  return listen.call(this, port, "127.0.0.1", ...rest.filter((one) => typeof one === "function"));
};
const [folder, port, baseUrl, seed, service] = process.argv.slice(2);
const { createEmulator } = await import(`${folder}/emulate/dist/api.js`);
await createEmulator({ service, port: Number(port), baseUrl, seed: JSON.parse(seed) });
process.stdin.on("end", () => process.exit()).resume();
"""
"""Listens on the loopback only, and ends with the process that started it."""


class Emulator:
    """The emulator's own address, for what a test prepares and looks at."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pool = urllib3.PoolManager()

    def ask(self, method: str, path: str, fields: Any = None, token: str = TOKEN) -> Any:
        """Return what the emulator answers, decoded; fail where it refuses."""
        body = None if fields is None else json.dumps(fields)
        headers = {"Authorization": f"Bearer {token}"}
        response = self.pool.request(method, self.url + path, body=body, headers=headers)
        assert response.status < 300, (method, path, response.status, response.data)
        return json.loads(response.data or "null")


@contextmanager
def running(base_url: str, folder: Path) -> Iterator[Emulator]:
    """Run an emulator that takes itself to be at `base_url`."""
    tokens = {TOKEN: OWNER, STRANGERS_TOKEN: STRANGER, BOTS_TOKEN: BOT}
    seed = {
        "tokens": {token: {"login": login, "scopes": ["repo"]} for token, login in tokens.items()},
        "github": {"users": [{"login": login} for login in tokens.values()]},
    }
    with started("github", base_url, folder, seed) as url:
        emulator = Emulator(url)
        yield emulator
        emulator.pool.clear()


@contextmanager
def started(service: str, base_url: str, folder: Path, seed: Any) -> Iterator[str]:
    """Run an emulator of a service; yield its address."""
    packages = npm_packages("emulate")
    script = folder / "start.mjs"
    script.write_text(_START)
    port = free_port()
    command = ("node", str(script), str(packages), str(port), base_url, json.dumps(seed), service)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
        process.communicate()
