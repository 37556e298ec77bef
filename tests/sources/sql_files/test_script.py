"""SQL files are split as psql splits them."""

from __future__ import annotations

import pytest

from drift.errors import DriftError
from drift.sources.sql_files.script import statements


def texts(text: str) -> list[tuple[str, int]]:
    return [(item.text, item.line) for item in statements(text, "x.sql")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("-- nothing\n/* here */ ; ;", []),
        ("SELECT 1;\nSELECT 2", [("SELECT 1", 1), ("SELECT 2", 2)]),
        ("-- a;\n\nSELECT ';'; SELECT \";\"", [("SELECT ';'", 3), ('SELECT ";"', 3)]),
        ("SELECT 'it''s;'", [("SELECT 'it''s;'", 1)]),
        (r"SELECT E'\';'; SELECT '\'", [(r"SELECT E'\';'", 1), (r"SELECT '\'", 1)]),
        ("SELECT $$;$$; SELECT $a$ $$;$b$ $a$", [
            ("SELECT $$;$$", 1), ("SELECT $a$ $$;$b$ $a$", 1)]),
        ("SELECT a$b$c; SELECT $1", [("SELECT a$b$c", 1), ("SELECT $1", 1)]),
        ("/* a /* ; */ ; */ SELECT 1 /* ; */", [("SELECT 1 /* ; */", 1)]),
        (
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
            [("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", 1), ("SELECT 3", 1)],
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; "
            "BEGIN; COMMIT",
            [
                ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; "
                 "END", 1),
                ("BEGIN", 1),
                ("COMMIT", 1),
            ],
        ),
        (
            "COPY t (a) FROM stdin;\n1;'\n\\N\n\\.\n\nSELECT 1",
            [("SELECT 1", 6)],
        ),
        ("\\restrict a'b\nSELECT 1;\n\\unrestrict a'b", [
            ("\\restrict a'b", 1), ("SELECT 1", 2), ("\\unrestrict a'b", 3)]),
    ],
)  # fmt: skip
def test_a_file_is_split_as_psql_splits_it(text: str, expected: list[tuple[str, int]]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1;\n SELECT 'a", "x.sql:2: the text that begins with ' has no end"),
        ("SELECT $a$ $b$", "x.sql:1: the text that begins with $a$ has no end"),
        ("\n/* /* */", "x.sql:2: the comment that begins with /* has no end"),
        ("SELECT 1 \\gexec\n", "x.sql:1: psql's \\gexec is not supported here"),
    ],
)
def test_text_without_an_end_is_an_error(text: str, expected: str) -> None:
    with pytest.raises(DriftError) as raised:
        texts(text)
    assert str(raised.value) == expected
