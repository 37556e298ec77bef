"""Targets are checked in threads: nothing that two of them make at once may break."""

from __future__ import annotations

import subprocess
import sys

import sqlalchemy as sa

from tests.servers import Database, create_all

METADATA = sa.MetaData()
sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chief", sa.ForeignKey("users.id")),
    sa.Column("kind", sa.Enum("a", name="kind"), index=True),
    sa.CheckConstraint("id > 0", name="positive"),
)

SCRIPT = """
import sys, threading

halt, count = int(sys.argv[1]), 0
inside, resume = threading.Event(), threading.Event()
found = []

def reflect():
    from drift.sources.database import connection, reflection, scope
    timeouts = connection.Timeouts(10, 60, 5)
    with connection.connect(connection.parse(sys.argv[2]), timeouts) as opened:
        live = reflection.reflect(opened, scope.Scope(), timeouts).schema
    found.append(len(live.objects["index"]))

def halting(frame, event, _argument):
    global count
    if event == "call" and frame.f_code.co_name == "get_class_annotations":
        count += 1
        if count == halt:
            inside.set()
            resume.wait(0.5)

def first():
    sys.setprofile(halting)
    reflect()

one, two = threading.Thread(target=first), threading.Thread(target=reflect)
one.start()
inside.wait(5)
two.start()
two.join()
resume.set()
one.join()
print(*found, inside.is_set())
"""


def test_two_threads_that_make_the_decoder_at_once(database: Database) -> None:
    """The first halts while msgspec learns its n-th type, and the second decodes meanwhile.

    msgspec keeps what it knows of a type before it has learnt all of it: decoding crashed.
    """
    create_all(METADATA, database.url)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(halt), database.url],
            stdout=subprocess.PIPE,
            text=True,
        )
        for halt in range(1, 15)
    ]
    outcomes = [(run.communicate(timeout=60)[0].strip(), run.returncode) for run in runs]
    assert outcomes == [("1 1 True", 0)] * len(runs)
