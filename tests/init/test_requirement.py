"""The workflow installs the very version of drift that wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.init.project import drift_requirement


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        (
            '{"url": "https://github.com/acme/drift.git", "vcs_info": {"vcs": "git", '
            f'"commit_id": "{"a" * 40}"}}}}',
            f'"sqlalchemy-drift @ git+https://github.com/acme/drift.git@{"a" * 40}"',
        ),
        (
            '{"url": "https://me:secret@x.com/d.git", "vcs_info": {"commit_id": "%s"}}'
            % ("a" * 40),
            "sqlalchemy-drift==",
        ),
        ('{"url": "file:///home/me/drift", "dir_info": {}}', "sqlalchemy-drift=="),
        (None, "sqlalchemy-drift=="),
    ],
)
def test_drift_is_pinned_to_its_own_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str | None, requirement: str
) -> None:
    installed = tmp_path / "sqlalchemy_drift-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: sqlalchemy-drift\nVersion: 1\n")
    if origin:
        (installed / "direct_url.json").write_text(origin)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert drift_requirement().startswith(requirement)
