"""`drift demo`, from any folder."""

from __future__ import annotations

from typing import Any


def test_files_are_shown_from_the_package_on(run: Any) -> None:
    done = run("demo", COLUMNS="200")
    assert done.returncode == 1, done
    assert "\n  drift/demo/models/user.py\n" in done.stdout
    assert "/drift/demo/models" not in done.stdout
    assert "drift demo --plan prints the steps that close the differences\n" in done.stdout
