"""Where a report goes: printed, written to files, sent to receivers; and the exit code of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec

from drift import actions, console, delivery, files, texts
from drift import outputs as outputs_
from drift.config import Settings
from drift.errors import UsageError
from drift.formats import Options, resolve
from drift.model import Report, Severity
from drift.outputs import Output
from drift.reporters.reporter import Context
from drift.stopping import Stopped
from drift.supervision import stage

Work: TypeAlias = Callable[[], None]
IN_SYNC, DRIFT, COULD_NOT_CHECK, NOT_DELIVERED = 0, 1, 2, 3


def exit_code(
    report: Report, level: Severity, *, exit_zero: bool = False, require_complete: bool = False
) -> int:
    """Return 2 where a target could not be checked, 1 for drift at `level` or worse, else 0."""
    if report.failures or (require_complete and any(incomplete(report))):
        return COULD_NOT_CHECK
    drifted = any(check.reaches(level) for check in report.checks)
    return DRIFT if drifted and not exit_zero else IN_SYNC


def incomplete(report: Report) -> Iterator[str]:
    """Yield an error for each target of which not everything could be read or compared."""
    for check in report.checks:
        if not check.complete:
            yield (
                f"{check.target}: not everything could be read or compared, which "
                "--require-complete asks for; the report's notes say what and why; try again, or "
                "leave the option out"
            )


class Publisher:
    """Takes what the command line says of a report's destinations, before there is a report."""

    def __init__(  # noqa: PLR0913 — one for each option
        self,
        *,
        format_: str,
        outputs: Sequence[str],
        reports: Sequence[str],
        settings: Settings,
        environment: Mapping[str, str],
        verbose: bool = False,
        own: bool = True,
    ) -> None:
        """Raise UsageError where an output or a receiver cannot even be tried.

        `environment` holds the receivers' settings. `own`: the report will be this run's, and not
        one that comes from outside.
        """
        self._format, self._files = outputs_.parse(outputs, format_)
        self._options = Options(
            verbose=verbose,
            links=actions.links(os.environ),
            folder=actions.folder(os.environ, Path.cwd()),
            root=actions.root(os.environ),
        )
        console.keep_secret(filter(None, delivery.secrets(settings, environment)))
        context = Context(
            settings=settings,
            environment=environment,
            options=self._options,
            own=own,
            hide=console.hide,
        )
        self._receivers = delivery.make(reports, context)
        self._told: delivery.Deliveries = []

    def start(self) -> None:
        """Tell the receivers that the checks begin."""
        self._told = delivery.start(self._receivers)

    def publish(
        self, report: Report, level: Severity, *, exit_zero: bool, require_complete: bool = False
    ) -> int:
        """Print, write and send the report; return the exit code: 2 beats 3 beats 1.

        Each is tried, whatever became of those before it. Raises BrokenPipeError at the end where
        nobody reads what is printed.
        """
        report = texts.kept(console.published(report))  # one that is merged may hold anything
        stage("publishing the report")
        closed, failed = False, []
        for name, work in self._writing(report):
            try:
                failed += [name] * (not _attempt(name, work))
            except BrokenPipeError:
                closed = True
        delivered = _tell(self._told + delivery.deliver(self._receivers, report))
        for problem in incomplete(report) if require_complete else ():
            console.error(problem)
        code = exit_code(report, level, exit_zero=exit_zero, require_complete=require_complete)
        if failed:
            code = COULD_NOT_CHECK
        elif not delivered and code != COULD_NOT_CHECK:
            code = NOT_DELIVERED
        if actions.present(os.environ):
            _attempt("outputs", lambda: actions.write_outputs(report, code, os.environ))
        if closed:
            raise BrokenPipeError
        return code

    def _print(self, report: Report) -> None:
        """Print the report; in a workflow, the text is followed by annotations of the models."""
        shown = msgspec.structs.replace(self._options, width=console.width(), color=console.color())
        if report.checks or self._format != "text":
            console.write(resolve(self._format)(report, shown))
        if self._format == "text" and actions.present(os.environ):
            console.write(resolve("annotations")(report, self._options))

    def _writing(self, report: Report) -> Iterator[tuple[str, Work]]:
        """Yield what prints, what writes each file, and the job's summary in a workflow."""
        yield "standard output", partial(self._print, report)
        for output in self._files:
            yield output.format, partial(_write, output, report, self._options)
        if actions.present(os.environ):
            yield "summary", partial(actions.write_summary, report, self._options, os.environ)


def _write(output: Output, report: Report, options: Options) -> None:
    text = resolve(output.format)(report, options)
    files.write_file(output.path, text, output.shown)


def _attempt(name: str, work: Work) -> bool:
    """Tell whether the work could be done; print why not. Raises BrokenPipeError."""
    try:
        work()
    except (BrokenPipeError, Stopped):
        raise
    except UsageError as problem:
        console.error(str(problem))
    except OSError as problem:
        console.error(f"{name}: {problem.strerror or problem}")
    except BaseException as problem:  # noqa: BLE001 — the other outputs must still be written
        console.internal_error(problem, name)
    else:
        return True
    return False


def _tell(deliveries: delivery.Deliveries) -> bool:
    """Print what became of each report; tell whether all arrived."""
    for name, one in deliveries:
        for text in one.notes:
            console.note(f"{name}: {text}")
        for text in one.problems:
            console.error(f"{name}: {text}")
    return not any(one.problems for _, one in deliveries)
