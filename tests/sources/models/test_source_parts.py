"""A file is divided between its top-level statements: a class is read from its own part."""

import ast
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from drift.sources.models.source_file import ClassStatement, SourceFile
from drift.sources.models.source_parts import Part, parts

PLAIN = """import x
class Car(Base):
    id = key()
class Bus(Base):
    id = key()
    name: str
    name = key()
class Car2: pass
"""

TEXTS = '''"""The module.

class Car(Base):
    id = key()
"""
@decorated(
    1,
)

# a comment
@decorated
class Car(Base):
    """A car

class Car(Base):
    other = 1
@decorated
"""
    id = key()
@decorated
def make():
    class Car:
        size = 1
SOURCE = """
class Car(Base):
    pass
"""
OTHER = 'x\\
class Car(Base):\\
    pass'
class\\
  Car: kind = 1
'''

MORE = """matrix = a \\
@ b
product = (a
@ b)
if new:
    class Car:
        id = key()
        class Wheel:
            size = key()
else:
    class Car:
        class Wheel: size = 2
@dataclass
class Bus:
    '''class Car'''
class ﬁle: a = "class x:"  # class Car(
class Col·lecció[T]: b = 1
async def run():
    match x:
        case 1:
            class Car: pass
"""


BACKSLASHES = """# below C:\\
@decorated
class Car: id = key()
\\
@decorated
class Bus: id = key()
"""

FORM_FEED = "x = 1\n\f@decorated\nclass Car: id = key()\n"

QUOTES_IN_F_STRINGS = """class Car: id = key()
plain = f"{names["Car"]}" + f"{names.replace("'", "")}"
code = f\'\'\'{"\'\'\'"}
class Car: other = 1
def make(): pass
\'\'\'
"""


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    parse = ast.parse

    def noted(text: str, *others: Any) -> ast.Module:
        texts.append(text)
        tree: ast.Module = parse(text, *others)
        return tree

    monkeypatch.setattr("ast.parse", noted)
    return texts


def facts(statements: list[ClassStatement]) -> list[Any]:
    names = (each.attributes for each in statements)
    return [
        (each.line, each.first_line, each.table_name, each.is_table, own)
        for each, own in zip(statements, names, strict=True)
    ]


@pytest.mark.parametrize("text", [PLAIN, TEXTS, MORE, "\n" + TEXTS, BACKSLASHES, FORM_FEED])
def test_a_class_has_the_same_lines_as_in_the_whole_file(text: str, tmp_path: Path) -> None:
    if sys.version_info < (3, 12):
        text = text.replace("[T]", "")
    path = tmp_path / "models.py"
    path.write_text(text)
    whole = SourceFile(path).classes

    assert whole
    for name, statements in whole.items():
        assert facts(SourceFile(path).statements(name)) == facts(statements), name
    assert SourceFile(path).statements("Absent") == []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="f-strings hold no quotes of their own")
@pytest.mark.parametrize("start", [0, QUOTES_IN_F_STRINGS.index("code")])
def test_a_class_in_an_f_string_with_quotes_is_none(start: int, tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text(QUOTES_IN_F_STRINGS[start:])
    whole = SourceFile(path).classes.get("Car", [])

    assert facts(SourceFile(path).statements("Car")) == facts(whole)


def test_a_part_with_many_classes_is_parsed_once(tmp_path: Path, parsed: list[str]) -> None:
    path = tmp_path / "models.py"
    path.write_text("def make():\n" + "".join(f"    class C{n}: pass\n" for n in range(9)))
    file = SourceFile(path)

    assert all(len(file.statements(f"make.<locals>.C{n}")) == 1 for n in range(9))
    assert len(parsed) == 1


@pytest.mark.parametrize("text", [
    '"""' + '\n\\"""' * 20_000,
    'x = \\\n"""a"""' + '\\"' * 30_000,
])  # fmt: skip
def test_strings_without_an_end_take_linear_time(text: str) -> None:
    began = time.process_time()
    assert parts(text) == [Part(0, text)]
    assert time.process_time() - began < 5  # in quadratic time 14 and 41 s


def test_a_long_chain_in_the_body_of_a_class_is_read(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    chain = "".join(f"    elif x == {n}: id = key()\n" for n in range(1_500))
    path.write_text(f"class Car:\n    if x: id = key()\n{chain}class Bus: pass\n")

    [car] = SourceFile(path).statements("Car")

    assert car.attributes == {"id": 1_502}


def test_only_the_parts_that_mention_the_class_are_parsed(
    tmp_path: Path, parsed: list[str]
) -> None:
    path = tmp_path / "models.py"
    path.write_text(PLAIN)
    file = SourceFile(path)
    [bus] = file.statements("Bus")
    [same] = file.statements("Bus")

    assert facts([bus]) == [(4, 4, None, False, {"id": 5, "name": 7})]
    assert same is bus
    assert parsed == ["class Bus(Base):\n    id = key()\n    name: str\n    name = key()"]


def test_a_part_that_is_a_fragment_is_read_with_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text("x = (a\n@b)\n@decorated\nclass Car: pass\n")
    assert facts(SourceFile(path).statements("Car")) == [(4, 3, None, False, {})]
