"""`--targets-from`: the databases of a list, and what is wrong with one, by its line."""

from __future__ import annotations

import json
import os

import pytest

from tests.check.fleet import Fleet, url_of
from tests.report.contract import json_report
from tests.system.checking import timeless


def test_targets_come_from_a_list(fleet: Fleet) -> None:
    lines = [
        "# a comment",
        "",
        *(
            database.url.replace("dbname=", "") and url_of(database)
            for database in fleet.databases[:2]
        ),
        json.dumps({"name": "named", "database": "${THIRD}"}),
    ]
    (fleet.folder / "list").write_text("\n".join(lines))
    environment = os.environ | {"THIRD": fleet.databases[2].url}
    outcome = fleet.run("check", "--targets-from", "list", "--format", "json", env=environment)
    assert outcome.returncode == 1, outcome.stderr
    names = [check["target"] for check in json_report(outcome.stdout)["checks"]]
    assert len(names) == 3
    assert "named" in names
    piped = fleet.run(
        *("check", "--targets-from", "-", "--format", "json"),
        env=environment,
        input="\n".join(lines),
    )
    assert timeless(piped.stdout) == timeless(outcome.stdout)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense", "list:1: write a URL"),
        ("\n{}", "list:2: not a target: Object missing required field `database`"),
        ("{", "list:1: not a target: "),
        ('{"database": "${NO_SUCH}"}', "list:1: "),
        ('{"database": "x", "passwort": "hunter2"}', "list:1: not a target: "),
        (
            "postgresql://me:hunter2@h/x\npostgresql://you:hunter2@h/x",
            "list:2: line 1 is named h.x",
        ),
        ("# nothing", "list: names no target"),
    ],
)
def test_a_list_that_cannot_be_used_names_the_line(project: Fleet, text: str, problem: str) -> None:
    (project.folder / "list").write_text(text)
    outcome = project.run("check", "--targets-from", "list")
    assert outcome.returncode == 2
    assert problem in outcome.stderr
    assert "hunter2" not in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_unreadable_url_of_a_list_is_named_by_its_line(fleet: Fleet) -> None:
    lines = ["# hosts", "postgresql://u:geheim/rest@h/x", url_of(fleet.databases[0])]
    (fleet.folder / "list").write_text("\n".join(lines))
    formats = ("text", "json", "markdown", "html", "annotations", "sarif", "junit")
    outputs = [word for name in formats for word in ("--output", f"{name}={name}.out")]
    outcome = fleet.run("check", "--targets-from", "list", *outputs)
    assert outcome.returncode == 2
    reason = "line-2: the database URL cannot be read: special characters of the password must be"
    assert reason in outcome.stderr
    texts = [(fleet.folder / f"{name}.out").read_text() for name in formats]
    for text in (outcome.stdout, outcome.stderr, *texts):
        assert "geheim" not in text
        assert "rest@" not in text
        assert "rest-" not in text
    assert all("line-2" in text for text in texts)
    assert len(json_report(texts[1])["checks"]) == 1


def test_a_list_excludes_targets_of_other_origin(project: Fleet) -> None:
    for more in (("db1",), ("--database", "postgresql:///x")):
        outcome = project.run("check", "--targets-from", "list", *more)
        assert outcome.returncode == 2
        assert "leave out TARGET and --database" in outcome.stderr
    assert "No such file" in project.run("check", "--targets-from", "nowhere").stderr
