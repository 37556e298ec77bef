"""Files of revisions, by Alembic's own ScriptDirectory: names, ids, template, hooks.

All files are made in a folder of their own, read again, and then moved to their place: if one of
them fails, none is written.
"""

from __future__ import annotations

import ast
import contextlib
import secrets
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alembic
import msgspec
from alembic import config as alembic_config
from alembic.script import ScriptDirectory
from alembic.util import CommandError, rev_id

from drift.revisions.child import Answer, File, Job, Text
from drift.revisions.hooks import run_hooks

OLDEST = (1, 16)
"""The version of Alembic that brought `if_exists` for constraints."""
FIRST = "{first}"


class Refused(Exception):  # noqa: N818 — the answer to a job
    """Nothing was written; the message is for the user."""


class Files:
    """Writes the revisions of a job."""

    def __init__(self, job: Job) -> None:
        """Read the configuration and the revisions that exist. Raises Refused."""
        version = tuple(int(part) for part in alembic.__version__.split(".")[:2])
        if version < OLDEST:
            raise Refused(
                f"Alembic {alembic.__version__} is too old for the revisions of a plan; "
                "install alembic 1.16 or later"
            )
        self._job = job
        self._config = _config(job)
        self._script: Any = ScriptDirectory.from_config(self._config)
        self._hooks, self._script.hooks = self._script.hooks, []

    def write(self) -> Answer:
        """Write all files, and run the hooks on them."""
        with _refusing():
            heads = list(self._script.get_heads())
        head = self._head(heads)
        versions = self._versions(head)
        folder = versions / f".drift-{secrets.token_hex(6)}"
        try:
            files = [*self._made(folder, versions, head)]
            moved = _move(files, folder, versions)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return Answer(files=tuple(moved), hooks=tuple(run_hooks(moved, self._hooks)))

    def _head(self, heads: list[str]) -> str:
        """Return the revision to follow; "base" for the first one of a project."""
        if self._job.first and heads:
            raise Refused(
                f"the project has revisions already (the last: {', '.join(sorted(heads))}); a "
                "baseline is for a project without any; use --alembic"
            )
        if self._job.head:
            with _refusing():
                head = self._script.get_revision(self._job.head)
            if head is None or head.revision not in heads:
                raise Refused(
                    f"revision {self._job.head} is not a head; the heads are "
                    f"{', '.join(sorted(heads)) or 'none'}"
                )
            return str(head.revision)
        if len(heads) > 1:
            raise Refused(
                f"the project has {len(heads)} heads: {', '.join(sorted(heads))}; name the one to "
                "follow with --head REVISION, or merge them with `alembic merge heads`"
            )
        return heads[0] if heads else "base"

    def _versions(self, head: str) -> Path:
        """Return the folder of the new files: that of the revision that they follow."""
        locations = [Path(each) for each in self._script._version_locations]
        if head == "base" or len(locations) == 1:
            locations[0].mkdir(parents=True, exist_ok=True)
            return locations[0]
        path = Path(self._script.get_revision(head).path)
        return next((each for each in locations if each in path.parents), locations[0])

    def _made(self, folder: Path, versions: Path, head: str) -> Iterator[File]:
        """Yield the files in the folder of our own."""
        named = self._script._rev_path

        def elsewhere(path: Any, *rest: Any) -> Path:
            return folder / Path(named(path, *rest)).relative_to(Path(path))

        self._script._rev_path = elsewhere
        template = (Path(self._script.dir) / "script.py.mako").read_text(errors="replace")
        first = ""
        for text in self._job.revisions:
            revision = self._new_id()
            first = first or revision
            downgrade = (
                text.downgrade if revision == first else text.downgrade.replace(FIRST, first)
            )
            with _refusing():
                made = self._script.generate_revision(
                    revision, text.message, head=head, version_path=versions, config=self._config,
                    upgrades=text.upgrade, downgrades=downgrade,
                    imports="\n".join(_imports(text, template)),
                )  # fmt: skip
            down = () if head == "base" else (head,)
            _verify(Path(made.path), text, downgrade)
            yield File(path=str(made.path), revision=revision, down=down, message=text.message)
            head = revision

    def _new_id(self) -> str:
        """Return an id that no revision begins with."""
        while True:
            revision = str(rev_id())
            known = [item.revision for item in self._script.walk_revisions()]
            if not any(each.startswith(revision[:4]) for each in known):
                return revision


def _config(job: Job) -> Any:
    options: dict[str, Any] = {"ini_section": job.section}
    if job.toml is not None:
        options["toml_file"] = job.toml
    config: Any = alembic_config.Config(job.ini, **options)
    if config.get_alembic_option("script_location") is None:
        config.set_main_option("script_location", job.script.replace("%", "%%"))
    return config


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except CommandError as problem:
        raise Refused(f"Alembic: {problem}") from None


def _imports(text: Text, template: str) -> list[str]:
    """Return the imports that the template does not have."""
    needed = [
        line for line in ("import sqlalchemy as sa",) if "sa." in text.upgrade + text.downgrade
    ]
    return [line for line in dict.fromkeys((*needed, *text.imports)) if line not in template]


def _verify(path: Path, text: Text, downgrade: str) -> None:
    """Refuse a file from the template if a statement of the plan is not in it."""
    source = path.read_text(encoding="utf-8", errors="replace")
    made = ast.dump(ast.parse(source))
    for part in (*text.imports, text.upgrade, downgrade):
        for statement in ast.parse(_dedented(part)).body:
            if ast.dump(statement) not in made:
                raise Refused(
                    "script.py.mako of the project leaves out a part of the revision: it must "
                    "have ${imports}, ${upgrades} and ${downgrades}, as Alembic's own has them"
                )


def _dedented(text: str) -> str:
    """Return lines of a function, whose first one has no indent, as a module."""
    return textwrap.dedent(f"    {text}") if "\n" in text else text


def _move(files: list[File], folder: Path, versions: Path) -> list[File]:
    """Move the files to their place; none of them stays there if one cannot be moved."""
    moved: list[File] = []
    targets = [versions / Path(file.path).relative_to(folder) for file in files]
    _refuse_existing(targets)
    try:
        for file, target in zip(files, targets, strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            Path(file.path).replace(target)
            moved.append(msgspec.structs.replace(file, path=str(target)))
    except BaseException:
        for file in moved:
            Path(file.path).unlink(missing_ok=True)
        raise
    return moved


def _refuse_existing(targets: list[Path]) -> None:
    """Refuse to replace a file, or to give two revisions the same one."""
    for number, target in enumerate(targets):
        if target.exists() or target in targets[:number]:
            raise Refused(
                f"two revisions have the same file, {target}; use %(rev)s in file_template"
            )
