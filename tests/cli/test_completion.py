"""Shells complete commands, options and values by the script of `drift completion`."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import drift
from tests.programs import lacking
from tests.system.test_startup import HEAVY

CONFIG = """\
models: shop:metadata
binds: {reports: '${REPORTS}'}
targets:
  production: {database: '${PRODUCTION}'}
  staging: {database: '${STAGING}', binds: {audit: '${AUDIT}'}}
  "$(touch pwned)": {}
  "two words": {}
  "-v": {}
"""
PRODUCTION = ["production", "production.reports"]
TARGETS = [*PRODUCTION, "staging", "staging.audit"]
SOURCES = ["models", "models:", "migrations", "migrations@", "snapshot:", "sql:"]
CASES = {
    "dia": [],
    "che": ["check"],
    "s": ["show", "snapshot", "sources"],
    "check --require": ["--require-complete"],
    "check --fail-on ": ["error", "warning", "info"],
    "check ": TARGETS,
    "check p": PRODUCTION,
    "check production st": ["staging", "staging.audit"],
    "check -c other.yaml ": ["elsewhere"],
    "check -c nowhere.yaml ": [],
    "doctor st": ["staging", "staging.audit"],
    "plan prod": PRODUCTION,
    "show --target p": PRODUCTION,
    "diff m": SOURCES[:4],
    "diff models s": ["snapshot:", "sql:", "staging", "staging.audit"],
    "snapshot p": PRODUCTION,
    "check --expected sn": ["snapshot:"],
    "check --rule missing-c": ["missing-column", "missing-check"],
    "plan --rule missing-c": ["missing-column", "missing-check"],
    "rules missing-c": ["missing-column", "missing-check"],
    "help di": ["diff", "disabled-foreign-key"],
    "completion ": ["bash", "zsh", "fish"],
}
BROKEN = ["a: [", "", "targets: 7", "targets: [1, {2: 3}]", "{[1, 2]: 3}", "\x00", "&a [*a]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drift.yaml").write_text(CONFIG)
    (tmp_path / "other.yaml").write_text("targets: {elsewhere: {}}")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "drift").write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m drift "$@"\n'
    )
    (programs / "drift").chmod(0o755)
    return tmp_path


def completed(line: str, folder: Path) -> list[str]:
    """Return what drift answers to the script of bash, as `plain,VALUE` per line."""
    words = ["drift", *line.split(" ")]
    typed = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    done = drift(cwd=folder, env=os.environ | typed | {"_DRIFT_COMPLETE": "bash_complete"})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize("line", CASES)
def test_the_word_is_completed(line: str, folder: Path) -> None:
    assert completed(line, folder) == [f"plain,{value}" for value in CASES[line]]


@pytest.mark.parametrize("option", ["--config", "--targets-from", "--history"])
def test_the_shell_completes_paths(option: str, folder: Path) -> None:
    assert completed(f"check {option} dri", folder) == ["file,dri"]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_configuration_completes_no_target(text: str, folder: Path) -> None:
    (folder / "drift.yaml").write_text(text)
    assert completed("check p", folder) == []
    assert completed("diff s", folder) == ["plain,snapshot:", "plain,sql:"]
    (folder / "drift.yaml").unlink()
    (folder / "drift.yaml").mkdir()
    assert completed("check p", folder) == []


def test_completing_imports_nothing_heavy(folder: Path) -> None:
    code = (
        "import sys; from drift.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    typed = {"_DRIFT_COMPLETE": "bash_complete", "COMP_WORDS": "drift check p", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=os.environ | typed, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [*(f"plain,{name}" for name in PRODUCTION), "[]"]


def in_shell(shell: str, folder: Path, *script: str) -> list[str]:
    """Return the lines that a shell prints after it has read the script of `drift completion`."""
    program = shutil.which(shell) or lacking(f"{shell} is not installed")
    (folder / "script").write_text(drift("completion", shell).stdout)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program, "-c", "\n".join(script)], cwd=folder, env=os.environ | {"PATH": path},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.splitlines()


def test_bash_completes(folder: Path) -> None:
    script = ". ./script; COMP_WORDS=(drift {words}); COMP_CWORD={index}; _drift_completion drift"
    shown = 'printf "%s\\n" "${COMPREPLY[@]}"; complete -p drift'
    lines = in_shell("bash", folder, script.format(words="check p", index=2), shown)
    assert lines == [*PRODUCTION, "complete -o nosort -F _drift_completion drift"]
    assert in_shell("bash", folder, script.format(words="'$(touch pwned)'", index=1)) == []
    assert not (folder / "pwned").exists()


def test_zsh_completes(folder: Path) -> None:
    lines = in_shell(
        "zsh",
        folder,
        "compdef() { print -r -- registered $2 }",
        "compadd() { shift 4; print -rl -- ${(P)1} }",
        "source ./script",
        "words=(drift check p); CURRENT=3; _drift_completion",
    )
    assert lines == ["registered drift", *PRODUCTION]


def test_fish_completes(folder: Path) -> None:
    assert in_shell("fish", folder, "source ./script", 'complete -C "drift check p"') == PRODUCTION
