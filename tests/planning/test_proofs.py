"""Proofs through the command: what is printed, written and left behind."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.cli.messages import one_message
from tests.planning.shop import ALL, Shop
from tests.servers import hear_interrupts

BROKEN = 'Column("rank", Integer), Column("code", Integer, server_default=text("next_code()"))'
WARNING = "this plan failed its proof: do not run it"
SECRET = "tr0ub4dor-horse"


@pytest.fixture
def broken(shop: Shop) -> Shop:
    """Return a shop whose plan cannot work: a default needs a function that nobody created."""
    shop.change('Column("rank", Integer)', BROKEN)
    return shop


def test_a_proof_is_part_of_every_format(shop: Shop) -> None:
    done = shop.plan("--verify", *ALL, "--output", "json=plan.json", "--output", "sql=plan.sql")
    assert done.returncode == 0, done
    assert re.search(r"^  proven \(PostgreSQL .*cloned from the catalog", done.stdout, re.MULTILINE)
    assert done.stdout.endswith(" close every finding; proven\n")
    assert json.loads((shop.folder / "plan.json").read_text())["proof"]["proven"] is True
    assert WARNING not in (shop.folder / "plan.sql").read_text()
    assert done.stderr == ""


def test_a_plan_that_fails_its_proof_is_not_printed_as_good(broken: Shop) -> None:
    outputs = [f"--output={name}={name}" for name in ("markdown", "html", "sql", "json")]
    done = broken.plan("--verify", "--table", "users", *ALL, *outputs)
    assert done.returncode == 1
    problem = "add public.users.code: it failed: function next_code() does not exist"
    assert done.stdout.splitlines()[1] == f"  T{WARNING[1:]}."
    assert f"✗ {problem}" in done.stdout
    assert done.stdout.endswith("; the proof failed\n")
    files = {name: (broken.folder / name).read_text() for name in ("markdown", "html", "sql")}
    assert files["markdown"].splitlines()[2] == f"**T{WARNING[1:]}.**"
    assert f"T{WARNING[1:]}." in files["html"].partition("<main")[0]
    assert f"-- NOT PROVEN: {WARNING}." in files["sql"].splitlines()[:4]
    assert files["sql"].index("RAISE EXCEPTION 'this plan failed") < files["sql"].index("BEGIN;\n")
    proof = json.loads((broken.folder / "json").read_text())["proof"]
    assert (proof["proven"], proof["problems"]) == (False, [problem])


def test_without_a_proof_the_same_plan_has_no_warning(broken: Shop) -> None:
    done = broken.plan("--no-verify", "--format", "sql")
    assert "next_code()" in done.stdout
    assert WARNING not in done.stdout
    assert "Proof: not proven: the plan was not run on a scratch server" in done.stdout


def test_without_a_scratch_server_the_plan_says_so(shop: Shop) -> None:
    closed = f"postgresql://me:{SECRET}@127.0.0.1:1/x"
    done = shop.run("plan", *ALL, SCRATCH=closed)
    assert done.returncode == 0, done
    assert "note: the plan was not proven: " in done.stdout
    assert done.stdout.endswith(" close every finding; not proven\n")
    required = shop.plan("--verify", *ALL, SCRATCH=closed)
    one_message(required, "scratch", "127.0.0.1")
    for text in (done.stdout, done.stderr, required.stderr):
        assert SECRET not in text


def test_a_role_that_only_connects_can_plan(shop: Shop) -> None:
    reader = shop.database.url_for(shop.database.role("reader"))
    done = shop.plan("--verify", *ALL, SHOP=reader)
    assert done.returncode == 0, done
    words = " ".join(done.stdout.split())
    assert "reader only reads: run the steps as a role that owns the tables" in words
    assert "proven" in done.stdout.splitlines()[-1]


def test_no_secret_is_in_any_output(shop: Shop) -> None:
    shop.database.execute(
        f"ALTER TABLE users ALTER old SET DEFAULT 'postgresql://shop:{SECRET}@h/x',"
        f" ADD note text DEFAULT '{SECRET}'"
    )
    names = ("text", "json", "markdown", "html", "sql")
    outputs = [f"--output={name}={name}" for name in names]
    url = f"postgresql://shop:{SECRET}@h/x"
    done = shop.plan("--verify", "-v", *ALL, *outputs, DATABASE_URL=url)
    assert done.returncode == 0, done
    texts = [done.stdout, done.stderr, *((shop.folder / name).read_text() for name in names)]
    assert "*** stands for a password" in " ".join(done.stdout.split())
    texts.append(shop.run("plan", "--adopt", DATABASE_URL=url).stdout)
    one_message(shop.run("plan", "--adopt", "--write", DATABASE_URL=url), "has a password")
    assert SECRET not in (shop.folder / "shop.py").read_text()
    assert not [text for text in texts if SECRET in text]


def test_stages_are_shown_with_v_and_on_a_terminal_only(shop: Shop) -> None:
    done = shop.plan("-v", "--verify", "--rule", "missing-*")
    notes = [line.removeprefix("drift: ") for line in done.stderr.splitlines()]
    assert notes[0] == "production: importing shop:metadata"
    assert "production: planning" in notes
    steps = [note for note in notes if note.startswith("prove: step")]
    assert steps == [
        "prove: step 1 of 2: add public.users.role",
        "prove: step 2 of 2: create the index ix_orders_user_id",
    ]
    shown = _on_a_terminal(shop, "plan", "--no-verify", "--rule", "missing-*")
    assert "\r\x1b[Kdrift: production: planning" in shown
    assert shown.endswith("\r\x1b[K")


def _on_a_terminal(shop: Shop, *arguments: str) -> str:
    """Return what the command writes to a terminal as its standard error."""
    ours, its = pty.openpty()
    process = _start(shop, *arguments, stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is closed
        while chunk := os.read(ours, 4096):
            shown += chunk
    os.close(ours)
    assert process.wait(60) == 0
    return shown.decode()


def test_a_reader_that_leaves_is_no_error(shop: Shop) -> None:
    process = _start(shop, "plan", "--no-verify", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(60) == 128 + signal.SIGPIPE
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_ctrl_c_during_a_proof_leaves_nothing(shop: Shop, temp: Path) -> None:
    shop.configure()
    before = _scratch_databases(shop)
    process = _start(
        shop, "plan", "-v", "--verify", *ALL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        TMPDIR=str(temp),
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if b"prove: step" in line:
            break
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 128 + signal.SIGINT
    assert b"Traceback" not in rest
    assert _eventually(lambda: _scratch_databases(shop) == before)
    assert not [path for path in temp.iterdir() if path.name.startswith("drift-")]


def _scratch_databases(shop: Shop) -> list[str]:
    with psycopg.connect(shop.dsn) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'drift_scratch_%' ORDER BY 1"
        )
        return [name for (name,) in rows]


def _eventually(condition: object) -> bool:
    assert callable(condition)
    for _ in range(50):
        if condition():
            return True
        time.sleep(0.2)
    return False


def _start(
    shop: Shop, *arguments: str, stdout: int, stderr: int, **environment: str
) -> subprocess.Popen[bytes]:
    """Start a process of its own, so that it has its own streams and signals."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
        "SHOP": shop.database.url,
        "SCRATCH": shop.dsn,
        "TMPDIR": tempfile.gettempdir(),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "drift", *arguments], cwd=shop.folder, stdout=stdout, stderr=stderr,
        env=variables | environment, preexec_fn=hear_interrupts,
    )  # fmt: skip


def test_the_demo_proves_its_plan(shop: Shop) -> None:
    done = shop.run("demo", "--plan")
    assert done.returncode == 0, done
    assert done.stdout.endswith("production: 19 steps close every finding; proven\n")
