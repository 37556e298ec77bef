"""The recorder leaves SQLAlchemy and the models as they are."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import threading
import warnings
from typing import Any

import pytest
import sqlalchemy as sa

from drift.sources.models.recorder import recorded, recording

METHODS = [(sa.Table, "__init__"), (sa.Column, "__init__"), (sa.Column, "_copy")]


def methods() -> list[object]:
    return [vars(owner)[name] for owner, name in METHODS]


def line() -> int:
    """Return the caller's line."""
    frame = inspect.currentframe()
    assert frame
    assert frame.f_back
    return frame.f_back.f_lineno


def test_sqlalchemy_is_restored_at_the_end() -> None:
    before = methods()
    with recording():
        assert all(now is not then for now, then in zip(methods(), before, strict=True))
    assert methods() == before


def test_sqlalchemy_is_restored_if_the_models_raise() -> None:
    before = methods()
    with pytest.raises(KeyboardInterrupt), recording():
        raise KeyboardInterrupt
    assert methods() == before


def test_recordings_within_each_other_and_in_threads_leave_nothing_behind() -> None:
    before = methods()

    def record() -> None:
        for _ in range(50):
            with recording(), recording():
                sa.Column("id", sa.Integer)

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert methods() == before


def test_no_lock_is_held_while_the_models_are_imported() -> None:
    """eventlet replaces the RLocks of the process in that time: a held one was never released."""

    def record() -> None:
        with recording():
            pass

    with recording():
        thread = threading.Thread(target=record, daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()


def test_a_patch_of_the_models_own_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sa.Column, "__init__", sa.Column.__init__)  # restored after the test
    with recording():
        recorder: Any = sa.Column.__init__

        def patched(self: Any, *args: Any, **kwargs: Any) -> None:
            recorder(self, *args, **kwargs)

        monkeypatch.setattr(sa.Column, "__init__", patched)
    assert vars(sa.Column)["__init__"] is patched
    assert sa.Column("id", sa.Integer).name == "id"


def test_warnings_of_sqlalchemy_name_the_line_of_the_models() -> None:
    def warned() -> list[tuple[str, int, str]]:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            columns = sa.Column("id", sa.Integer, primary_key=True), sa.Column("k", sa.Integer)
            sa.Table("t", sa.MetaData(), *columns, sa.PrimaryKeyConstraint("k"))
        return [(w.filename, w.lineno, str(w.message)) for w in seen]

    plain = warned()
    assert [(file, "not matching" in text) for file, _, text in plain] == [(__file__, True)]
    with recording():
        assert warned() == plain


def test_what_is_made_outside_of_a_recording_has_no_line() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer))
    assert (recorded(table), recorded(table.c.id)) == (None, None)


def test_the_first_call_declares_a_table_that_is_extended() -> None:
    metadata = sa.MetaData()
    with recording():
        table, first = sa.Table("t", metadata), line()
        sa.Table("t", metadata, sa.Column("id", sa.Integer), extend_existing=True)
    assert recorded(table) == (__file__, first)
    assert recorded(table.c.id) == (__file__, first + 1)


def test_copies_keep_the_line_of_the_original() -> None:
    with recording():
        table, first = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer)), line()
        copied = table.to_metadata(sa.MetaData())
    assert recorded(copied.c.id) == (__file__, first)


@pytest.mark.parametrize("protocol", [0, pickle.HIGHEST_PROTOCOL])
def test_metadata_can_be_pickled_and_read_without_drift(protocol: int) -> None:
    metadata = sa.MetaData()
    with recording():
        sa.Table("t", metadata, sa.Column("id", sa.Integer))
    data = pickle.dumps(metadata, protocol)
    code = (
        "import pickle, sys; m = pickle.loads(sys.stdin.buffer.read())\n"
        "assert [c.name for c in m.tables['t'].c] == ['id']; assert 'drift' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], input=data, check=True)
    assert copy.copy(metadata.tables["t"].c.id).name == "id"


def test_signatures_stay_as_they_are() -> None:
    before = [inspect.signature(method) for method in methods()]  # type: ignore[arg-type]
    with recording():
        assert [inspect.signature(method) for method in methods()] == before  # type: ignore[arg-type]


def test_a_module_of_many_lines_has_the_right_ones() -> None:
    source = "import sqlalchemy as sa\nm = sa.MetaData()\n" + "".join(
        f"sa.Table('t{n}', m,\n  sa.Column('a', sa.Integer),\n\n  sa.Column('b', sa.Integer))\n"
        for n in range(300)
    )
    names: dict[str, sa.MetaData] = {}
    with recording():
        exec(compile(source, "/shop/models.py", "exec"), names)
    for number, table in enumerate(names["m"].tables.values()):
        first = 3 + 4 * number
        assert recorded(table) == ("/shop/models.py", first)
        lines = [recorded(column) for column in table.columns]
        assert lines == [("/shop/models.py", first + 1), ("/shop/models.py", first + 3)]
