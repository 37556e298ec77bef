"""Files of revisions: names, ids, the project's template and hooks, and nothing half written."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from drift.errors import DriftError, MigrationsError, UsageError
from drift.plan.operation import Operation
from drift.plan.step import Plan
from drift.revisions.language import Language
from drift.revisions.write import Written, write_plan
from tests.revisions.plans import plan, step
from tests.revisions.projects import Project

URL = "host=/nowhere port=5432 dbname=x user=u"
ONE = Plan(target="t", steps=(step("Add x", Operation(sql="ALTER TABLE t ADD x int")),))
TWO = Plan(
    target="t",
    steps=(
        step("Add x", Operation(sql="ALTER TABLE t ADD x int"), table=("public", "t")),
        step("Add y", Operation(sql="ALTER TABLE u ADD y int"), table=("public", "u")),
    ),
)


def project(folder: Path, kind: str = "sync") -> Project:
    return Project(folder, kind, "metadata = None", URL)


def write(made: Project, what: Plan = ONE, **options: Any) -> Written:
    return write_plan(what, made.environment(), Language(), **options)


def configure(made: Project, *lines: str) -> None:
    ini = made.folder / "alembic.ini"
    ini.write_text(ini.read_text().replace("[alembic]\n", "[alembic]\n" + "\n".join(lines) + "\n"))


def test_revisions_follow_the_head_and_each_other(tmp_path: Path) -> None:
    made = project(tmp_path)
    (first,) = write(made).files
    second, third = write(made, TWO, message="close drift").files
    assert (first.down, second.down, third.down) == ((), (first.revision,), (second.revision,))
    assert second.message == "close drift, 1 of 2: Add x"
    assert Path(third.path).name == f"{third.revision}_close_drift_2_of_2_add_y.py"
    assert f"{third.revision} (head)" in made.alembic("heads")
    assert not list(tmp_path.rglob(".drift*"))


def test_names_are_those_of_the_project(tmp_path: Path) -> None:
    made = project(tmp_path)
    configure(
        made,
        "file_template = %%(year)d/%%(month).2d_%%(rev)s_%%(slug)s",
        "recursive_version_locations = true",
        "truncate_slug_length = 12",
        "timezone = UTC",
    )
    ini = made.folder / "alembic.ini"
    ini.write_text(re.sub("(?m)^(# )?(file_template) = %%.rev.*$", "", ini.read_text()))
    (file,) = write(made, message="a long message of many words").files
    path = Path(file.path)
    assert re.fullmatch(r"\d{4}/\d\d_\w{12}_a_long_.py", f"{path.parent.name}/{path.name}")
    assert "+00:00" in path.read_text()
    assert file.revision in made.alembic("heads")


def test_pyproject_and_two_folders(tmp_path: Path) -> None:
    made = project(tmp_path, "schemas")
    toml = made.folder / "pyproject.toml"
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    locations = 'version_locations = ["%(here)s/one", "%(here)s/two"]\n'
    toml.write_text(toml.read_text().replace("[tool.alembic]\n", f"[tool.alembic]\n{locations}"))
    (first,) = write(made).files
    assert Path(first.path).parent == tmp_path / "one"
    Path(first.path).rename(tmp_path / "two" / "first.py")
    (second,) = write(made).files
    assert Path(second.path).parent == tmp_path / "two"
    assert second.down == (first.revision,)


def test_several_heads_need_a_choice(tmp_path: Path) -> None:
    made = project(tmp_path)
    (first,) = write(made).files
    made.alembic("revision", "--head", "base", "--rev-id", "aaaa1111", "--splice")
    with pytest.raises(UsageError, match=r"has 2 heads: .*; name the one to follow with --head"):
        write(made)
    assert len(made.scripts()) == 2
    (third,) = write(made, head=first.revision[:8]).files
    assert third.down == (first.revision,)
    with pytest.raises(UsageError, match="is not a head; the heads are"):
        write(made, head=first.revision)
    with pytest.raises(UsageError, match="Alembic: Can't locate revision"):
        write(made, head="ffff")


def test_hooks_run_and_failures_are_notes(tmp_path: Path) -> None:
    made = project(tmp_path)
    ini = made.folder / "alembic.ini"
    hook = tmp_path / "hook.py"
    hook.write_text(
        "import sys\nwith open(sys.argv[1], 'a') as f: f.write('# formatted\\n')\n"
        "print('no\\nway')\nsys.exit(len(sys.argv) - 2)\n"
    )
    command = f"exec\n{{0}}.executable = {sys.executable}\n{{0}}.options = {hook}"
    options = " REVISION_SCRIPT_FILENAME{1}\n"
    ini.write_text(
        ini.read_text().replace(
            "[post_write_hooks]\n",
            "[post_write_hooks]\nhooks = good, bad, none\n"
            + f"good.type = {command}{options}".format("good", "")
            + f"bad.type = {command}{options}".format("bad", " 1 2 3")
            + "none.type = nothing\n",
        )
    )
    written = write(made)
    (file,) = written.files
    assert Path(file.path).read_text().count("# formatted\n") == 2
    bad, none = written.notes
    assert bad == f"post-write hook bad failed on {file.path} with exit code 3: no way"
    assert "post-write hook none failed" in none
    assert file.revision in made.alembic("heads")


BROKEN = {
    "template without upgrades": ("${upgrades if upgrades else", "${", "leaves out a part"),
    "template that fails": ("${message}", "${1 / 0}", "Alembic: Template rendering failed"),
    "template that is no Python": ("def downgrade", "def down grade", "SyntaxError"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_nothing_is_written_if_a_revision_cannot_be_made(name: str, tmp_path: Path) -> None:
    old, new, message = BROKEN[name]
    made = project(tmp_path)
    template = made.folder / "migrations/script.py.mako"
    text = template.read_text()
    assert old in text
    template.write_text(text.replace(old, new))
    with pytest.raises(UsageError, match=f"^no revision was written: .*{message}"):
        write(made, TWO)
    assert not list(made.versions.iterdir())


def test_two_revisions_never_share_a_file(tmp_path: Path) -> None:
    made = project(tmp_path)
    configure(made, "file_template = same")
    ini = made.folder / "alembic.ini"
    ini.write_text(re.sub("(?m)^file_template = %%.*$", "", ini.read_text()))
    with pytest.raises(UsageError, match="have the same file"):
        write(made, TWO)
    write(made, ONE)
    with pytest.raises(UsageError, match="have the same file"):
        write(made, ONE)
    assert len(made.scripts()) == 1


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("raise ValueError('no\\nvalue')", UsageError, "ValueError: no value"),
        ("import sys; sys.exit('over')", UsageError, "ended the process"),
        ("import os; print('gone', flush=True); os._exit(0)", MigrationsError, "answer: gone"),
    ],
)
def test_a_revision_that_fails_stops_it(
    code: str, error: type[DriftError], message: str, tmp_path: Path
) -> None:
    made = project(tmp_path)
    (made.versions / "old.py").write_text(code)
    with pytest.raises(error, match=message):
        write(made)
    assert [path.name for path in made.scripts()] == ["old.py"]


def test_hostile_names_stay_data(tmp_path: Path) -> None:
    name = 'x""" + exit(1) #\n\r\u2028\x00{first} ${1/0} %(rev)s \\" \'; '
    hostile = Plan(
        target=name,
        steps=(
            step(
                name,
                Operation(sql=f"COMMENT ON TABLE t IS '{name}'"),
                remarks=(name,),
                table=("a", "a"),
            ),
            step(name, Operation(sql=f'ALTER TABLE "{name}" ADD x int'), table=(name, name)),
        ),
        irreversible=(name,),
    )
    made = project(tmp_path)
    first, second = write(made, hostile, message=name).files
    assert len(made.scripts()) == 2
    text = Path(second.path).read_text()
    assert f"The downgrade of revision {first.revision} undoes the whole plan" in text
    strings = [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert any(name in text for text in strings)
    assert "raise NotImplementedError(" in Path(first.path).read_text()


def test_a_plan_without_steps_writes_nothing(tmp_path: Path) -> None:
    made = project(tmp_path)
    with pytest.raises(UsageError, match="no step that can be run"):
        write(made, Plan(target="t", steps=()))
    assert not made.scripts()


def test_a_large_plan_is_one_process(tmp_path: Path) -> None:
    made = project(tmp_path)
    steps = tuple(
        step(f"Add {n}", Operation(sql=f"ALTER TABLE t{n} ADD x int"), table=("public", f"t{n}"))
        for n in range(60)
    )
    written = write(made, Plan(target="t", steps=steps))
    assert len(written.files) == 60
    assert len(made.scripts()) == 60


def test_the_template_may_lack_the_imports(tmp_path: Path) -> None:
    made = project(tmp_path)
    template = made.folder / "migrations/script.py.mako"
    template.write_text(template.read_text().replace("import sqlalchemy as sa\n", ""))
    files = write(made, plan("public")).files
    texts = [Path(file.path).read_text() for file in files]
    assert any("import sqlalchemy as sa\n" in text for text in texts)
    made.alembic("heads")
