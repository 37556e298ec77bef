"""Checks that projects have written by hand, beside the lines of drift that replace them.

    python -m tests.benchmarks.handwritten --checks FOLDER [--every N] [--details]

Each check sees every mutation of `tests/mutations` as drift does; `adapter.py` says what FOLDER
holds. A mutation counts as caught if the check says more than of the untouched database; a case
that changes nothing that matters counts as a false alarm if it says anything. The server is that of
`DRIFT_TEST_DSN`, or the bundled one.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter
from pathlib import Path

import psycopg

from tests.benchmarks.handwritten.adapter import Adapter, load_all
from tests.benchmarks.handwritten.run import Outcome, Runner
from tests.benchmarks.recall import applicable
from tests.mutations.case import Case
from tests.servers import running

Pairs = list[tuple[Outcome, Outcome]]


def main() -> None:
    """Print a row for each check."""
    arguments = _arguments()
    adapters = load_all(arguments.checks.resolve(), arguments.only)
    pairs: list[Pairs] = [[] for _ in adapters]
    with running() as dsn, psycopg.connect(dsn, autocommit=True) as admin:
        runner = Runner(admin, dsn)
        for case in applicable(admin.info.server_version)[:: arguments.every]:
            for row, pair in zip(pairs, runner.outcomes(case, adapters), strict=True):
                row.append(pair)
            if arguments.details:
                _print_case(case, adapters, [row[-1] for row in pairs])
    _print_table(adapters, pairs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hand-written checks beside drift.")
    parser.add_argument("--checks", type=Path, required=True, help="folder of folders of checks")
    parser.add_argument("--only", default="", help="part of the names of the folders to run")
    parser.add_argument("--every", type=int, default=1, help="run every N-th case only")
    parser.add_argument("--details", action="store_true", help="print a line for each case")
    return parser.parse_args()


def _print_case(case: Case, adapters: list[Adapter], pairs: Pairs) -> None:
    print(case.id)
    for adapter, (theirs, ours) in zip(adapters, pairs, strict=True):
        shown = "; ".join(theirs.messages)[:160]
        print(f"  {adapter.folder.name:<24} {theirs.verdict:<11} {ours.verdict:<11} {shown}")


def _print_table(adapters: list[Adapter], rows: list[Pairs]) -> None:
    print("| repository, path | runs | lines | caught | false alarms | ms per run | adapted |")
    print("|---|---|---|---|---|---|---|")
    for adapter, pairs in zip(adapters, rows, strict=True):
        print(
            f"| {adapter.repository} {adapter.path} | {adapter.runs} "
            f"| {adapter.before} → {adapter.after} "
            f"| {_share(pairs, 'caught', 'missed')} "
            f"| {_share(pairs, 'false alarm', 'silent')} "
            f"| {_milliseconds(pairs)} | {adapter.adapted} |"
        )


def _share(pairs: Pairs, counted: str, other: str) -> str:
    def of(side: int) -> str:
        counts = Counter(pair[side].verdict for pair in pairs)
        return f"{counts[counted]} of {counts[counted] + counts[other]}"

    return f"{of(0)} → {of(1)}"


def _milliseconds(pairs: Pairs) -> str:
    theirs, ours = (statistics.median(pair[side].seconds for pair in pairs) for side in (0, 1))
    return f"{1000 * theirs:.0f} → {1000 * ours:.0f} (× {theirs / ours:.1f})"


if __name__ == "__main__":
    main()
