"""The folders of a project: of its models, its manifest and its workflows."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from drift.config import yaml_source
from drift.errors import UsageError
from drift.init.project import installation


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Folders: `root` of the command, `project` with its manifest, `home` that models come from.

    `config` is the configuration to write, `repository` the folder with the workflows.
    """

    root: Path
    home: Path
    project: Path
    repository: Path
    config: Path

    @property
    def path(self) -> tuple[str, ...]:
        """The folders to write as `path:`, since the models are not in the configuration's."""
        own = yaml_source.project_of(self.config)
        if self.home == own:
            return ()
        below = own.is_relative_to(self.repository)
        return (Path(os.path.relpath(self.home, own)).as_posix() if below else str(self.home),)

    @property
    def env_files(self) -> tuple[str, ...]:
        """The file `.env` of the command's folder, from the configuration's project on."""
        own = yaml_source.project_of(self.config)
        return (Path(os.path.relpath(self.root / ".env", own)).as_posix(),)

    @property
    def option(self) -> str:
        """The argument of `-c` in a workflow; "" if drift finds the configuration by itself."""
        is_usual = self.config.name in {Path(name).name for name in yaml_source.NAMES}
        if is_usual and yaml_source.find(self.project, written=self.config) == self.config:
            return ""
        return shlex.quote(Path(os.path.relpath(self.config, self.project)).as_posix())


def layout_of(root: Path, home: Path, config: Path) -> Layout:
    """Return the folders, with the configuration that is there already, or the one to write."""
    wanted = Path(os.path.abspath(root / config))  # noqa: PTH100 — without `..`, links as typed
    usual = wanted in [root / name for name in yaml_source.NAMES]
    if usual and not _existing(root) and not installation(root).known:
        _require_none_above(root)
    return Layout(
        root=root,
        home=home,
        project=project_folder(home, root),
        repository=repository(root),
        config=(_existing(root) or wanted) if usual else wanted,
    )


def _require_none_above(root: Path) -> None:
    """Raise UsageError if a folder that is no service has its repository's configuration."""
    above = yaml_source.find(root.parent)
    if above and above.is_relative_to(repository(root)):
        raise UsageError(
            f"{above} is the configuration of this folder, too; run drift init in its folder, or "
            "name another file with -c"
        )


def _existing(root: Path) -> Path | None:
    """Return the configuration that `drift check` would find here, and not another one."""
    return next((root / name for name in yaml_source.NAMES if (root / name).exists()), None)


def project_folder(home: Path, root: Path) -> Path:
    """Return the folder with the manifest of the models: their own folder, or one above it."""
    folders = [home, *home.parents]
    inside = folders[: folders.index(root) + 1] if root in folders else [root]
    return next((folder for folder in inside if installation(folder).known), root)


def repository(root: Path) -> Path:
    """Return the top of the Git repository, which holds workflows; without one, the root."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def home_of(module: str, root: Path) -> Path:
    """Return the folder that a module is imported from: the project's, or one within it."""
    top = module.partition(".")[0]
    for folder in (root, root / "src", *_inner(root)):
        if (folder / f"{top}.py").is_file() or any((folder / top).glob("*.py")):
            return folder
    return root


def _inner(root: Path) -> Iterator[Path]:
    for pattern in ("*", "*/*"):
        yield from sorted(
            path for path in root.glob(pattern) if path.is_dir() and not path.name.startswith(".")
        )
