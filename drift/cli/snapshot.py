"""`drift snapshot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drift.cli import completing
from drift.cli.options import Filled, imported, shared, take
from drift.output import guard, terminal
from drift.process.exit_codes import IN_SYNC

if TYPE_CHECKING:
    from drift.sources.snapshot.shape_v1 import Snapshot

_EPILOG = """\b
Exit codes:
  0  written
  2  could not read the source, or could not write the file
"""


@click.command(epilog=_EPILOG)
@click.argument("source", required=False, metavar="[SOURCE]", shell_complete=completing.sources)
@click.option(
    "-o",
    "--output",
    cls=Filled,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write.  [default: standard output]",
)
@click.option(
    "--target",
    cls=Filled,
    shell_complete=completing.targets,
    metavar="TARGET",
    help="Target of the configuration whose models or migrations to write.",
)
@shared
@imported
def snapshot(**options: Any) -> None:
    """Write a schema to a file, for checks that import no models.

    SOURCE is one of those that `drift sources` lists; without it, it is the models, or the
    database of --database. The file is JSON with one object per line, to be kept in Git. A check
    with `--expected snapshot:FILE` has exactly the findings of a check with the models.

    \b
    Examples:
      drift snapshot -o schema.json
      drift snapshot models:app.models:Base -o schema.json
      drift snapshot production -o production.json
      drift check production --expected snapshot:schema.json
      git diff -I '"commit"' --exit-code schema.json    # is it up to date?
    """
    guard.finished(lambda: _run(**options))


def _run(*, source: str | None, output: Path | None, **options: Any) -> int:
    """Freeze the source and write the file; return the exit code."""
    from drift.check.selection import TargetOptions
    from drift.check.snapshot import freeze, selected
    from drift.formats.escape import visible_json
    from drift.output.files import write_file
    from drift.scratch import Scratch
    from drift.sources.snapshot.text import text

    asked = take(TargetOptions, options)
    reference, settings, target = selected(source, asked, options["target"])
    with Scratch(settings.scratch) as scratch:
        frozen = freeze(reference, target, bind=asked.bind, note=_note, scratch=scratch)
    document = visible_json(text(frozen))
    if output is None:
        terminal.write(document)
    else:
        write_file(output, document)
        terminal.note(f"wrote {output}: {_size(frozen)}")
    return IN_SYNC


def _note(text: str) -> None:
    """Print a sentence about the progress, with -v only."""
    if terminal.is_verbose():
        terminal.note(text)


def _size(frozen: Snapshot) -> str:
    from drift.formats.vocabulary import plural

    parts = (frozen.main, *frozen.binds.values())
    nouns = ("table", "column")
    counts = (sum(len(getattr(part.objects, noun)) for part in parts) for noun in nouns)
    return ", ".join(map(plural, counts, nouns))
