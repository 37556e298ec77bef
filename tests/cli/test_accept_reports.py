"""`drift accept --from`: the lists that entries go to, and what no entry can tell apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from drift.model import ObjectRef, Severity
from drift.report.finding import Finding, fingerprint
from drift.report.json_v1 import encode
from drift.report.report import Report
from tests.cli.messages import one_message
from tests.report.examples import check, finding

SECRET = "tr0ub4dor"
FLAT = "models: a:b\n"
MANY = "models: a:b\ntargets:\n  one: {database: x}\n  two: {database: y}\n"
ONE = "models: a:b\ntargets:\n  one: {database: x}\n"
OWN = "models: a:b\ntargets:\n  one: {database: x, ignore: []}\n"
BINDS = "models: a:b\nbinds: {logs: z}\ntargets:\n  one: {database: x}\n  two: {database: y}\n"


def made(target: str, name: str = "a", **more: Any) -> Finding:
    ref = more.pop("object", ObjectRef("column", "public", "users", name))
    number = more.pop("number", 0)
    value = fingerprint(target, "extra-column", ref, number)
    return finding(rule="extra-column", object=ref, fingerprint=value, **more)


def report(folder: Path, **targets: list[Finding]) -> None:
    checks = tuple(check(*items, target=name.replace("__", ".")) for name, items in targets.items())
    (folder / "report.json").write_bytes(encode(Report(checks=checks)))


def accept(run: Any, *arguments: str) -> Any:
    return run("accept", *arguments, "--from", "report.json", "--reason", "known")


def lists(folder: Path) -> dict[str, int]:
    """Return the number of entries in each list of the configuration."""
    config = yaml.safe_load((folder / "drift.yaml").read_text())
    sections = {"": config, **config.get("targets", {})}
    return {
        name: len(section["ignore"]) for name, section in sections.items() if "ignore" in section
    }


@pytest.mark.parametrize(
    ("text", "targets", "expected"),
    [
        (FLAT, ["default"], {"": 1}),
        (MANY, ["one", "two"], {"": 1}),
        (MANY, ["one"], {"one": 1}),
        (ONE, ["one"], {"": 1}),
        (OWN, ["one"], {"one": 1}),
        (BINDS, ["one", "two", "one.logs", "two.logs"], {"": 1}),
        (BINDS, ["one", "two"], {"one": 1, "two": 1}),
        (BINDS, ["one.logs"], {"one": 1}),
        (FLAT, ["listed", "elsewhere"], {"": 1}),
        (MANY, ["listed"], {"": 1}),
    ],
    ids=[
        "no targets", "all targets", "one of two", "the only one", "the only one has a list",
        "all binds", "no bind", "one bind", "listed elsewhere", "listed, and targets",
    ],
)  # fmt: skip
def test_an_entry_is_shared_if_all_targets_have_the_difference(
    run: Any, tmp_path: Path, text: str, targets: list[str], expected: dict[str, int]
) -> None:
    (tmp_path / "drift.yaml").write_text(text)
    report(tmp_path, **{name.replace(".", "__"): [made(name)] for name in targets})
    outcome = accept(run, "--all")
    assert outcome.returncode == 0, outcome.stderr
    assert lists(tmp_path) == expected
    again = accept(run, "--all")
    assert again.stdout.startswith("nothing to accept: ")


def test_equal_rules_and_objects_are_accepted_together_or_not_at_all(
    run: Any, tmp_path: Path
) -> None:
    (tmp_path / "drift.yaml").write_text(FLAT)
    first, second = made("default"), made("default", number=1)
    report(tmp_path, default=[first, second])
    one_message(
        accept(run, first.fingerprint),
        f"no entry can tell the chosen differences from {second.fingerprint}",
        "extra-column on public.users.a; accept those, too",
    )
    assert (tmp_path / "drift.yaml").read_text() == FLAT
    both = accept(run, first.fingerprint, second.fingerprint)
    assert both.returncode == 0
    assert lists(tmp_path) == {"": 1}


def test_a_bind_without_the_difference_keeps_its_own(run: Any, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text(BINDS)
    items = {name: made(name.replace("__", ".")) for name in ("one", "one__logs", "two")}
    report(tmp_path, **{name: [item] for name, item in items.items()})
    one_message(accept(run, items["one"].fingerprint), items["one__logs"].fingerprint)


@pytest.mark.parametrize(
    ("total", "objects"),
    [(2, ["tenant_*"]), (3, ["tenant_1", "tenant_2"])],
    ids=["all", "two of three"],
)
def test_a_difference_of_all_schemas_is_one_entry(
    run: Any, tmp_path: Path, total: int, objects: list[str]
) -> None:
    (tmp_path / "drift.yaml").write_text(f"{FLAT}schemas: tenant_*\n")
    ref = ObjectRef("column", "tenant_*", "users", "a*b")
    item = made("default", object=ref, schemas=("tenant_1", "tenant_2"))
    checked = check(item, target="default", compared={"schemas": total})
    (tmp_path / "report.json").write_bytes(encode(Report(checks=(checked,))))
    assert accept(run, item.fingerprint).returncode == 0
    entries = yaml.safe_load((tmp_path / "drift.yaml").read_text())["ignore"]
    assert [entry["object"] for entry in entries] == [f"{name}.users.a[*]b" for name in objects]


@pytest.mark.parametrize("way", [("b" * 16,), ("--rule", "unreadable-*"), ("--rule", "*")])
def test_a_remark_is_accepted_if_its_fingerprint_or_its_rule_is_named(
    run: Any, tmp_path: Path, way: tuple[str, ...]
) -> None:
    (tmp_path / "drift.yaml").write_text(FLAT)
    ref = ObjectRef("table", "public", "locked", "locked")
    remark = finding(
        rule="unreadable-table", severity=Severity.INFO, object=ref, fingerprint="b" * 16
    )
    report(tmp_path, default=[made("default"), remark])
    assert accept(run, "--all").returncode == 0
    assert "public.locked" not in (tmp_path / "drift.yaml").read_text()
    assert accept(run, *way).returncode == 0
    assert "public.locked" in (tmp_path / "drift.yaml").read_text()


@pytest.mark.parametrize("way", [("--dry-run",), ()])
def test_no_secret_of_the_file_is_printed(run: Any, tmp_path: Path, way: tuple[str, ...]) -> None:
    (tmp_path / "drift.yaml").write_text(
        f"models: a:b\nsentry: {{dsn: https://{SECRET}9@sentry.example/1}}\ntargets:\n"
        f"  one: {{database: 'postgresql://me:{SECRET}@localhost/shop'}}\n"
        f"  two: {{database: 'host=localhost password={SECRET}'}}\n"
    )
    report(tmp_path, one=[made("one")], two=[made("two", "b")])
    outcome = accept(run, "--all", *way)
    assert outcome.returncode == 0, outcome.stderr
    assert SECRET not in outcome.stdout + outcome.stderr
    assert ("+  one: {database" in outcome.stdout) is bool(way)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "models: a:b\ntargets:\n  one: &x {database: a}\n  two: *x\n",
            "drift.yaml:3: targets.one",
        ),
        ("ignore: &i []\nmodels: a:b\ntargets: {one: {ignore: *i}, two: {}}\n", "drift.yaml:3: "),
    ],
)
def test_a_shared_list_is_refused_with_its_line(
    run: Any, tmp_path: Path, text: str, line: str
) -> None:
    (tmp_path / "drift.yaml").write_text(text)
    report(tmp_path, one=[made("one")])
    one_message(accept(run, "--all"), line)
    assert (tmp_path / "drift.yaml").read_text() == text
