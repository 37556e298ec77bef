"""The action has an input for each option of `drift check`, and the input reaches the option."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from drift.cli.check import check as command
from tests.actions.runner import ACTION, action, document
from tests.actions.steps import fake_python, perform

NO_INPUT = {
    "--format": "the log gets the text; `output` writes the other formats",
    "--help": "the guide explains the inputs",
}
"""Options without an input of their name, and why."""

NO_OPTION = {
    *("targets", "html", "json", "sarif", "junit", "sentry-dsn", "github-token"),
    *("working-directory", "python-version", "requirements", "packages"),
}
"""Inputs that are no option of `drift check`."""

COLOURS = "white black yellow blue green orange red purple gray-dark".split()


def options() -> dict[str, click.Option]:
    """Return the options of `drift check` that its help shows, by their names."""
    shown = [one for one in command.params if isinstance(one, click.Option) and not one.hidden] + [
        command.get_help_option(click.Context(command))
    ]
    return {max(one.opts, key=len): one for one in shown if one is not None}


def test_inputs_and_options_have_the_same_names() -> None:
    assert NO_INPUT.keys() <= options().keys()
    expected = {name.removeprefix("--") for name in options().keys() - NO_INPUT.keys()}
    assert expected | NO_OPTION == set(action()["inputs"])


def passed(folder: Path, **inputs: str) -> list[str]:
    """Return what the step passes to `drift check`."""
    environment = fake_python(folder)
    outcome = perform("check", folder, environment, inputs)
    assert outcome.code == 0, outcome.log
    lines = (folder / "calls").read_text().splitlines()
    return lines[lines.index("check") + 1 :]


@pytest.mark.parametrize("name", sorted(options().keys() - NO_INPUT.keys() - {"--database"}))
def test_an_input_reaches_its_option(name: str, shop: Path) -> None:
    option = options()[name]
    key = name.removeprefix("--").replace("-", "_")
    if option.is_flag:
        assert passed(shop, **{key: "true"}) == [name, "--"]
        for off in ("false", "", "yes"):
            (shop / "calls").unlink()
            assert passed(shop, **{key: off}) == ["--"]
    elif option.multiple and name != "--output":
        assert passed(shop, **{key: "a, b\nc*"}) == [f"{name}=a", f"{name}=b", f"{name}=c*", "--"]
    elif option.multiple:
        written = passed(shop, **{key: "csv=a b,c.csv\n\n  markdown=d.md"})
        assert written == ["--output=csv=a b,c.csv", "--output=markdown=d.md", "--"]
    else:
        assert passed(shop, **{key: "a b,c"}) == [f"{name}=a b,c", "--"]


def test_the_marketplace_accepts_the_action() -> None:
    metadata = document(ACTION)
    assert ACTION.name == "action.yml"
    assert metadata["branding"]["color"] in COLOURS
    assert metadata["branding"]["icon"] == "database"
    assert 0 < len(metadata["description"]) <= 125
    assert len(metadata["name"]) <= 50
