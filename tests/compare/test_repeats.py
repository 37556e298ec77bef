"""A constraint that the database has more often than the models declare it says nothing new."""

from __future__ import annotations

import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.system.checking import brief, check


def test_a_repeated_foreign_key_or_check_is_info(database: Database) -> None:
    metadata = sa.MetaData()
    sa.Table("a", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "b",
        metadata,
        sa.Column("a_id", sa.ForeignKey("a.id")),
        sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0")),
    )
    create_all(metadata, database.url)
    database.execute(
        "ALTER TABLE b ADD CONSTRAINT again FOREIGN KEY (a_id) REFERENCES a (id), "
        "ADD CONSTRAINT other FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE"
    )
    findings = check(database.url, metadata).findings
    assert brief(findings) == [
        "info extra-foreign-key public.b.b_a_id_fkey",  # "again" is taken for the declared one
        "warning extra-foreign-key public.b.other",
    ]
    [repeat] = [finding for finding in findings if finding.object.name == "b_a_id_fkey"]
    assert "no model declares it" not in repeat.message
    assert repeat.message.endswith("; it repeats a foreign key of the models, which exists as well")
