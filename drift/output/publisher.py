"""Prints a report, writes it to files, sends it to receivers, and returns the exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from drift import redaction, texts
from drift.config import Settings
from drift.errors import UsageError
from drift.formats import CONTINUED, Options, resolve
from drift.kinds import RULES
from drift.model import Severity
from drift.output import destinations, files, github_actions, guard, terminal
from drift.output.destinations import Output
from drift.output.exit_code import exit_code, incomplete, ineffective
from drift.process.child import stage
from drift.process.exit_codes import COULD_NOT_CHECK, NOT_DELIVERED
from drift.process.signals import Stopped
from drift.report.report import Report
from drift.reporters import credentials, delivery
from drift.reporters.interface import Context

if TYPE_CHECKING:
    from drift.history import History

Work: TypeAlias = Callable[[], None]


class PublishOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options for the destinations of a report, and for the exit code.

    `outputs` are texts FORMAT=PATH, `reports` names of reporters; `fail_on` None: as configured.
    `summary`, `tables`, `rules` and `cause` filter the printed text, and nothing else.
    """

    format: str = "text"
    outputs: Sequence[str] = ()
    reports: Sequence[str] = ()
    fail_on: str | None = None
    exit_zero: bool = False
    require_complete: bool = False
    strict_ignores: bool = False
    verbose: bool = False
    summary: bool = False
    tables: Sequence[str] = ()
    rules: Sequence[str] = ()
    cause: Sequence[str] = ()
    history: Path | None = None


class Publisher:
    """Knows the destinations of a report before there is one, so that errors come early."""

    def __init__(
        self,
        options: PublishOptions,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        own: bool = True,
    ) -> None:
        """Raise UsageError if an output cannot be written, or a receiver lacks its settings.

        A history that cannot be read or extended is an error, too.

        `environment` holds the receivers' settings. `own`: this run makes the report; it was not
        read from a file.
        """
        self._asked = options
        self._level = Severity(options.fail_on or settings.fail_on or Severity.WARNING)
        self._strict = options.strict_ignores or settings.strict_ignores
        self._format, self._files = destinations.parse(options.outputs, options.format)
        _require_known_rules(options.rules)
        self._history = _history(options, settings)
        filters = options.summary or options.tables or options.rules or options.cause
        if self._format != "text" and filters:
            raise UsageError("--summary, --table, --rule and --cause need --format text")
        self._options = Options(
            verbose=options.verbose,
            links=github_actions.links(os.environ),
            folder=github_actions.folder(os.environ, Path.cwd()),
            root=github_actions.root(os.environ),
            code_scanning=github_actions.present(os.environ),
        )
        redaction.remember(filter(None, credentials.secrets(settings, environment)))
        context = Context(
            settings=settings,
            environment=environment,
            options=self._options,
            own=own,
            hide=redaction.known().text,
        )
        self._receivers = delivery.make(options.reports, context)
        self._started: delivery.Deliveries = []

    def start(self) -> None:
        """Notify the receivers that the checks begin."""
        self._started = delivery.start(self._receivers)

    def publish(self, report: Report) -> int:
        """Print, write and send the report; return the exit code: 2 beats 3 beats 1.

        Each destination is tried, even if those before it failed. Raises BrokenPipeError at the end
        if the reader of standard output has gone.
        """
        # a merged report and a history may hold anything, and no secret may get into a history
        report = _harmless(report)
        if self._history:
            report = _harmless(self._history.aged(report))
        stage("publishing the report")
        closed, failed = False, []
        for name, work in self._writing(report):
            try:
                failed += [name] * (not _attempt(name, work))
            except BrokenPipeError:
                closed = True
        sent = delivery.deliver(self._receivers, report)
        delivered = _print_deliveries(self._started + sent)
        if self._history and not self._record(self._history, report, sent, delivered=delivered):
            failed.append("history")
        code = self._exit_code(report)
        if failed:
            code = COULD_NOT_CHECK
        elif not delivered and code != COULD_NOT_CHECK:
            code = NOT_DELIVERED
        if github_actions.present(os.environ):
            _attempt("outputs", lambda: github_actions.write_outputs(report, code, os.environ))
        if closed:
            raise BrokenPipeError
        return code

    def _exit_code(self, report: Report) -> int:
        """Return the exit code of the findings; print the other reasons for it."""
        require_complete = self._asked.require_complete
        for problem in incomplete(report) if require_complete else ():
            terminal.error(problem)
        for problem in ineffective(report) if self._strict else ():
            terminal.error(problem)
        return exit_code(
            report,
            self._level,
            exit_zero=self._asked.exit_zero,
            require_complete=require_complete,
            strict_ignores=self._strict,
        )

    def _record(
        self, history: History, report: Report, sent: delivery.Deliveries, *, delivered: bool
    ) -> bool:
        """Add the run to the history, and return whether that succeeded.

        A finding that a receiver gets only once must still be new after a delivery that failed or
        was skipped.
        """
        for text in history.notes:
            terminal.note(text)
        relying = {name for name, reporter in self._receivers if reporter.relies_on_history}
        if relying and not delivered:
            terminal.note("the history was left unchanged, so that the next run notifies again")
            return True
        if relying.intersection(name for name, outcome in sent if outcome.skipped):
            terminal.note("the history was left unchanged, so that a later run can notify")
            return True
        return _attempt("history", lambda: history.record(report))

    def _print(self, report: Report) -> None:
        """Print the report; in a GitHub workflow, annotations follow the text."""
        shown = msgspec.structs.replace(
            self._options,
            width=terminal.width(),
            color=terminal.color(),
            summary=self._asked.summary,
            tables=tuple(self._asked.tables),
            rules=tuple(self._asked.rules),
            causes=tuple(self._asked.cause),
        )
        if report.checks or self._format != "text":
            terminal.write(resolve(self._format)(report, shown))
        if self._format == "text" and github_actions.present(os.environ):
            terminal.write(resolve("annotations")(report, self._options))

    def _writing(self, report: Report) -> Iterator[tuple[str, Work]]:
        """Yield the name and the work of each destination: standard output, files, job summary."""
        yield "standard output", partial(self._print, report)
        for output in self._files:
            yield output.format, partial(_write, output, report, self._options)
        if github_actions.present(os.environ):
            yield (
                "summary",
                partial(github_actions.write_summary, report, self._options, os.environ),
            )


def _harmless(report: Report) -> Report:
    """Return the report without secrets, and with every text cut to its maximum length."""
    return texts.safe(report, redaction.known().text)


def _require_known_rules(patterns: Sequence[str]) -> None:
    """Raise UsageError if no rule matches a pattern: a mistyped one would hide all findings."""
    for pattern in patterns:
        if not any(fnmatchcase(rule, pattern) for rule in RULES):
            from drift.formats.listing import unknown_rule

            raise UsageError(f"--rule: {unknown_rule(pattern)}")


def _history(options: PublishOptions, settings: Settings) -> History | None:
    """Open the history, if there is one. Raises UsageError if `notify: new` lacks it."""
    path = options.history or settings.history
    if path is None:
        for name in filter(settings.notifies_new, options.reports):
            raise UsageError(
                f"notify: new for {name} needs the findings of earlier runs; add --history FILE, "
                "or history: FILE to the configuration"
            )
        return None
    from drift.history import History

    return History(Path(os.path.abspath(path)), str(path))  # noqa: PTH100 — links stay


def _write(output: Output, report: Report, options: Options) -> None:
    if output.format in CONTINUED:
        options = msgspec.structs.replace(options, previous=files.previous(output.path))
    text = resolve(output.format)(report, options)
    files.write_file(output.path, text, output.shown)


def _attempt(name: str, work: Work) -> bool:
    """Do the work and return whether it succeeded; print the reason if not.

    Raises BrokenPipeError.
    """
    try:
        work()
    except (BrokenPipeError, Stopped):
        raise
    except UsageError as problem:
        terminal.error(str(problem))
    except OSError as problem:
        terminal.error(f"{name}: {problem.strerror or problem}")
    except BaseException as problem:  # noqa: BLE001 — the other outputs must still be written
        guard.print_problem(problem, name)
    else:
        return True
    return False


def _print_deliveries(deliveries: delivery.Deliveries) -> bool:
    """Print the outcome of each delivery; return whether all succeeded."""
    for name, outcome in deliveries:
        for text in outcome.notes:
            terminal.note(f"{name}: {text}")
        for text in outcome.problems:
            terminal.error(f"{name}: {text}")
    return not any(outcome.problems for _, outcome in deliveries)
