"""The commands of a contributor: `nox` lists and runs them; CI runs the same."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.default_venv_backend = "uv|venv"
nox.options.reuse_existing_virtualenvs = True
nox.needs_version = ">=2024.4.15"

SQLALCHEMY = ["1.4.54", "2.0.0", "2.0.*", "2.1.*"]


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and the import floors; `nox -s lint -- --fix` corrects what it can."""
    session.install("-e", ".[test]")
    fix = ["--fix"] if "--fix" in session.posargs else []
    session.run("ruff", "check", *fix, ".")
    session.run("ruff", "format", *([] if fix else ["--check"]), ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; what follows -- goes to pytest: `nox -s tests -- tests/kinds -n 0`."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def programs(session: nox.Session) -> None:
    """Install the programs that tests need and pip does not bring: npm packages, Bugsink."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.programs")


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests and require the branch coverage that pyproject.toml states."""
    session.install("-e", ".[test]")
    session.run("pytest", "--cov", *session.posargs)


@nox.session
@nox.parametrize("version", SQLALCHEMY)
def sqlalchemy(session: nox.Session, version: str) -> None:
    """Run the tests on an older or newer SQLAlchemy."""
    session.install("-e", ".[test]")
    alembic = "alembic<1.20" if version.startswith("1.") else "alembic"  # 1.20 needs SQLAlchemy 2
    session.install(f"sqlalchemy=={version}", alembic)
    session.run("pytest", *session.posargs)


@nox.session
def second_server(session: nox.Session) -> None:
    """Run the tests that touch SQL on the newest PostgreSQL that the system has installed."""
    session.install("-e", ".[test]")
    session.run("python", ".ci/second_server.py")


@nox.session
def wheel(session: nox.Session) -> None:
    """Run the tests of the sdist on the installed wheel; `-- tests/kinds` for a part of them."""
    session.install("build", "uv")
    session.run("python", "-m", "tests.packaging", "--", *session.posargs)


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    """Do the same on the oldest versions of everything that drift requires."""
    session.install("build", "uv")
    session.run("python", "-m", "tests.packaging", "--oldest", "--", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure speed beside other tools; `-- --help` shows the choices."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)


@nox.session
def recall(session: nox.Session) -> None:
    """Count what is found and what is a false alarm, beside Alembic."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "tests.benchmarks.recall", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Regenerate requirements-dev.txt with the newest versions."""
    session.install("uv")
    session.run(
        "uv", "pip", "compile", "pyproject.toml", "--extra=dev", "--universal", "--upgrade",
        "--python-version=3.11", "--generate-hashes", "--no-emit-index-url", "--no-header",
        "--output-file=requirements-dev.txt", "--quiet",
    )  # fmt: skip


@nox.session
def resolve(session: nox.Session) -> None:
    """Show that drift resolves beside applications that pin much."""
    session.install("uv")
    session.run("python", ".ci/resolve.py", *session.posargs)
