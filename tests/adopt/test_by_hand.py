"""What drift leaves to a person: a reason, and the code to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.adopt.adopting import COLUMNS, MAPPED, STYLES, TABLES, Project, patches
from tests.versions import mapped

TOP = """\
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base, declared_attr
Base = declarative_base()
metadata = Base.metadata
"""
LOOP = (
    TOP
    + """
for name in ["a", "b"]:
    sa.Table(name, metadata, sa.Column("x", sa.Integer))
"""
)
FUNCTION = (
    TOP
    + """
def table(name):
    return sa.Table(name, metadata, sa.Column("x", sa.Integer))
a, b = table("a"), table("b")
"""
)
MIXIN = (
    TOP
    + """
class Mixin:
    id = sa.Column(sa.Integer, primary_key=True)
    x = sa.Column(sa.Integer)
class A(Mixin, Base):
    __tablename__ = "a"
class B(Mixin, Base):
    __tablename__ = "b"
"""
)
HELPER = (
    TOP
    + """
def number():
    return sa.Column(sa.Integer)
class A(Base):
    __tablename__ = "a"
    id = sa.Column(sa.Integer, primary_key=True)
    x = number()
class B(Base):
    __tablename__ = "b"
    id = sa.Column(sa.Integer, primary_key=True)
"""
)
DECLARED = (
    TOP
    + """
class A(Base):
    __tablename__ = "a"
    id = sa.Column(sa.Integer, primary_key=True)
    x = sa.Column(sa.Integer)
    @declared_attr
    def __table_args__(cls):
        return ({"info": {}},)
sa.Table("b", metadata, sa.Column("x", sa.Integer))
"""
)
INHERITED = (
    TOP
    + """
class Commented:
    __table_args__ = {"info": {}}
class A(Commented, Base):
    __tablename__ = "a"
    id = sa.Column(sa.Integer, primary_key=True)
    x = sa.Column(sa.Integer)
sa.Table("b", metadata, sa.Column("x", sa.Integer))
"""
)
USED = (
    TOP
    + """
class A(Base):
    __tablename__ = "a"
    id = sa.Column(sa.Integer, primary_key=True)
    x = sa.Column(sa.Integer)
    __mapper_args__ = {"eager_defaults": True}
    def twice(self):
        return self.x * 2
sa.Table("b", metadata, sa.Column("x", sa.Integer))
"""
)
TYPE = "ALTER TABLE a ALTER x TYPE bigint"
SHARED = "the column is not declared in the table itself"
CASES: dict[str, tuple[str, str, str, str]] = {
    "loop": (LOOP, "metadata", TYPE, "a loop makes the table"),
    "function": (FUNCTION, "metadata", TYPE, "a function makes the table"),
    "mixin": (MIXIN, "Base", TYPE, SHARED),
    "helper": (HELPER, "Base", TYPE, SHARED),
    "declared_attr": (DECLARED, "Base", "CREATE INDEX ix ON a (x)",
                      "`__table_args__` is neither a tuple nor a dict"),
    "inherited": (INHERITED, "Base", "CREATE INDEX ix ON a (x)",
                  "the class inherits the `__table_args__` of Commented"),
    "used": (USED, "Base", "ALTER TABLE a DROP x", "line 12 uses the column"),
    "unknown type": (USED, "Base", "ALTER TABLE a ADD p point", "SQLAlchemy has no type for point"),
    "type of a column": (USED, "Base", "ALTER TABLE a ALTER x TYPE point USING NULL",
                         "SQLAlchemy has no type for point"),
    "NO INHERIT": (USED, "Base", "ALTER TABLE a ADD CHECK (x > 0) NO INHERIT",
                   "SQLAlchemy has no words for an option"),
    "key of a class": (USED, "Base", "ALTER TABLE a DROP CONSTRAINT a_pkey",
                       "a mapped class needs a primary key"),
    "table dropped": (USED, "Base", "DROP TABLE a", "remove the model by hand"),
    "unused enum": (USED, "Base", "CREATE TYPE hue AS ENUM ('red')", "no model uses it"),
    "unused sequence": (USED, "Base", "CREATE SEQUENCE s START 5", "no model uses it"),
    "invalid index": (USED, "Base", "CREATE INDEX ix ON a (x); UPDATE pg_index SET indisvalid ="
                      " false WHERE indexrelid = 'ix'::regclass", "no model can declare an index"),
    "view": (USED, "Base", "DROP TABLE a; CREATE VIEW a AS SELECT 1 AS id, 2 AS x",
             "the database has a view in its place"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_reason_and_no_patch(case: str, tmp_path: Path, database: Any) -> None:
    text, base, sql, reason = CASES[case]
    project = Project(tmp_path, database, text, base)
    database.execute(sql)
    findings, adoption = project.adoption()
    assert adoption.patches == (), patches(adoption)
    assert {each.finding for each in adoption.by_hand} == {f.fingerprint for f in findings}
    assert reason in adoption.by_hand[0].reason


def test_the_code_to_write_is_shown(tmp_path: Path, database: Any) -> None:
    project = Project(tmp_path, database, MIXIN, "Base")
    database.execute("ALTER TABLE a ALTER x TYPE varchar(9)")
    _, adoption = project.adoption()
    (left,) = adoption.by_hand
    assert left.code == 'Column("x", String(9), nullable=True)'
    assert Path(left.file).name == "models.py"
    assert left.line == 8


EVIL = 'a\'"""\n*/ #{x}\\:y'


@pytest.mark.parametrize("style", STYLES)
def test_names_of_the_database_stay_data(style: str, tmp_path: Path, database: Any) -> None:
    """A name with quotes, newlines and code in it becomes a literal, whatever declares it."""
    project = Project(tmp_path, database, *STYLES[style])
    quoted, literal = '"' + EVIL.replace('"', '""') + '"', "'" + EVIL.replace("'", "''") + "'"
    database.execute(
        f"ALTER TABLE thing ADD {quoted} text DEFAULT {literal};"
        f'COMMENT ON COLUMN thing.{quoted} IS {literal}; CREATE INDEX "i{quoted[1:]}'
        f" ON thing ({quoted} text_pattern_ops, lower({quoted}));"
        f"ALTER TABLE thing ADD CONSTRAINT {quoted} CHECK ({quoted} <> {literal})"
    )
    _, adoption = project.adoption()
    assert adoption.by_hand == ()
    project.write(adoption)
    assert project.check() == []


def test_files_that_cannot_be_changed(tmp_path: Path, database: Any) -> None:
    project = Project(tmp_path, database, COLUMNS, "Base")
    database.execute("ALTER TABLE thing ALTER name TYPE varchar(80)")
    project.file.write_text("(")
    _, adoption = project.adoption()
    assert "cannot be parsed" in adoption.by_hand[0].reason
    project.file.write_text("x = 1\r")
    _, adoption = project.adoption()
    assert "line endings" in adoption.by_hand[0].reason
    for codec in ("no-such", "hex"):
        project.file.write_text(f"# coding: {codec}\n")
        _, adoption = project.adoption()
        assert "cannot be read" in adoption.by_hand[0].reason
    project.file.write_text("x = 1\n")
    _, adoption = project.adoption()
    assert "no class and no Table()" in adoption.by_hand[0].reason


CONVENTIONS = MAPPED.replace(
    "    pass\n",
    """    metadata = MetaData(naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s", "ix": "ix_%(column_0_label)s"
    })
""",
).replace("    Index,\n", "    Index,\n    MetaData,\n", 1)


@mapped
def test_a_naming_convention_does_not_change_a_live_name(tmp_path: Path, database: Any) -> None:
    project = Project(tmp_path, database, CONVENTIONS, "Base")
    database.execute(
        "ALTER TABLE thing ADD CONSTRAINT odd CHECK (n < 9);"
        "ALTER TABLE thing RENAME CONSTRAINT ck_thing_ck_n TO other"
    )
    _, adoption = project.adoption()
    assert adoption.by_hand == ()
    assert 'name=conv("odd")' in patches(adoption)
    project.write(adoption)
    assert project.check() == []


@mapped
def test_optional_stays_in_use(tmp_path: Path, database: Any) -> None:
    text = MAPPED.replace("from typing import Any", "from typing import Any, Optional")
    for name in ("int", "str", "Decimal", "dict[str, Any]"):
        text = text.replace(f"Mapped[{name} | None]", f"Mapped[Optional[{name}]]")
    project = Project(tmp_path, database, text, "Base")
    database.execute(
        "ALTER TABLE thing ALTER name DROP NOT NULL; ALTER TABLE thing ADD m uuid;"
        "ALTER TABLE thing ALTER note SET NOT NULL"
    )
    _, adoption = project.adoption()
    added = [line for line in patches(adoption).split("\n") if line.startswith("+")]
    assert [line.strip("+ ").partition(" = ")[0] for line in added if "Mapped" in line] == [
        "name: Mapped[Optional[str]]",
        "note: Mapped[str]",
        "m: Mapped[Optional[UUID]]",
    ]
    project.write(adoption)
    assert project.check() == []


def test_sequences_and_domains(tmp_path: Path, database: Any) -> None:
    text = TABLES.replace("Identity, Index", "Identity, Index, Sequence") + (
        'Sequence("s", metadata=metadata, start=5)\nSequence("gone", metadata=metadata)\n'
    )
    project = Project(tmp_path, database, text, "metadata")
    database.execute("ALTER SEQUENCE s INCREMENT 7 START 6; DROP SEQUENCE gone")
    _, adoption = project.adoption()
    assert adoption.by_hand == ()
    assert '+Sequence("s", metadata=metadata, start=6, increment=7)' in patches(adoption)
    project.write(adoption)
    assert project.check() == []
