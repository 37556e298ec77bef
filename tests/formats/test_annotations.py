"""Workflow commands, read back as the runner reads them."""

from __future__ import annotations

from drift.formats import Options, resolve
from drift.model import Location, Severity
from drift.report.report import Failure, Report
from tests.report.examples import HOSTILE, check, finding, many, report

render = resolve("annotations")


def read(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return command, properties and message of each line, unescaped as the runner does it."""
    found = []
    for line in text.splitlines():
        assert line.startswith("::")
        head, _, message = line[2:].partition("::")
        command, _, words = head.partition(" ")
        pairs = dict(word.split("=", 1) for word in words.split(",") if word)
        found.append((command, {k: _plain(v) for k, v in pairs.items()}, _plain(message)))
    return found


def _plain(text: str) -> str:
    for code, character in (("0D", "\r"), ("0A", "\n"), ("3A", ":"), ("2C", ","), ("25", "%")):
        text = text.replace(f"%{code}", character)
    return text


def test_a_finding_is_shown_at_the_models_line() -> None:
    [(command, properties, message)] = read(render(report(finding()), Options(folder="src/")))
    assert command == "error"
    assert properties == {"file": "src/app/models.py", "line": "14", "title": "missing-column"}
    assert message.startswith("public.users.role: column role (text NOT NULL) is declared")
    assert message.endswith("Every SELECT by the model fails.")


def test_severities_are_the_runners_levels_the_worst_first() -> None:
    findings = [finding(severity=level) for level in reversed(Severity)]
    levels = [command for command, _, _ in read(render(report(*findings), Options()))]
    assert levels == ["error", "warning", "notice"]


def test_the_tenth_of_a_level_counts_the_rest() -> None:
    ten = [finding(f"c{number}") for number in range(10)]
    assert len(read(render(report(*ten), Options()))) == 10
    lines = read(render(report(*ten, finding("more")), Options()))
    assert len(lines) == 10
    assert lines[-1] == ("error", {}, "2 more errors: see the report")
    assert len(read(render(report(*many(3_000)), Options()))) == 30


def test_a_target_that_could_not_be_checked_is_an_error() -> None:
    failed = Report(checks=(), failures=(Failure(target="shop", reason="no answer"),))
    [(command, _, message)] = read(render(failed, Options()))
    assert (command, message) == ("error", "shop could not be checked: no answer")


def test_several_targets_are_told_apart() -> None:
    other = check(finding(impact="Inserts fail."), target="staging")
    one, two = read(render(Report(checks=(check(finding()), other)), Options()))
    assert one[2].startswith("production: public.users.role: ")
    assert two[2].startswith("staging: public.users.role: ")


def test_a_line_has_one_command_for_all_databases_with_its_difference() -> None:
    checks = tuple(check(finding(), finding("own"), target=f"customer-{n}") for n in range(40))
    role, own = read(render(Report(checks=checks), Options()))
    assert role[2].startswith("customer-0 and 39 others: public.users.role: ")
    assert own[2].startswith("customer-0 and 39 others: public.users.own: ")
    twice = Report(checks=(check(finding(), finding()), check(finding(), target="b")))
    both, alone = read(render(twice, Options()))
    assert both[2].startswith("production and b: ")
    assert alone[2].startswith("production: ")


def test_what_is_in_sync_says_nothing() -> None:
    assert render(report(), Options()) == ""


def test_a_file_outside_of_the_repository_is_not_pointed_at() -> None:
    for file in ("/usr/lib/models.py", "../other/models.py", "C:\\models.py"):
        [(_, properties, _)] = read(render(report(finding(location=Location(file, 3))), Options()))
        assert properties == {"title": "missing-column"}


def test_a_file_beside_the_working_directory_is_found_in_the_repository() -> None:
    place = Location("/home/runner/work/libs/models.py", 3)
    options = Options(folder="services/shop/", root="/home/runner/work/")
    [(_, properties, _)] = read(render(report(finding(location=place)), options))
    assert properties["file"] == "libs/models.py"
    above = Location("/home/runner/work/../other/models.py", 3)
    [(_, properties, _)] = read(render(report(finding(location=above)), options))
    assert "file" not in properties


def test_no_name_can_end_its_line_or_its_property() -> None:
    place = Location(f"app/{HOSTILE},line=1::x.py", 2)
    one = finding(HOSTILE, HOSTILE, rule=f"{HOSTILE},a=b:", message=HOSTILE, location=place)
    [(command, properties, message)] = read(render(report(one), Options()))
    assert command == "error"
    assert set(properties) == {"file", "line", "title"}
    assert properties["line"] == "2"
    assert "\\x0a" in message
