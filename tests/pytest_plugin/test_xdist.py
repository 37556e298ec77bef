"""The check is made once for all workers."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import Project

CONFTEST = """
    import os
    import pytest

    @pytest.fixture(scope="session")
    def drift_database():
        with open("made", "a") as file:
            print("made", file=file)
        return os.environ["SHOP_DATABASE"]
"""
CHECKS = {"load": 1, "loadscope": 1, "worksteal": 1, "loadgroup": 1, "each": 2}


@pytest.mark.parametrize(("dist", "checks"), CHECKS.items())
def test_each_way_to_distribute(project: Project, dist: str, checks: int) -> None:
    project.write("conftest.py", CONFTEST)
    project.database.execute("ALTER TABLE users ADD more int")
    arguments = ("--tx", "2*popen", "--dist", dist)
    result = project.run("--drift", "-p", "xdist", *arguments, "-v")
    result.assert_outcomes(failed=checks, passed=3 * checks)
    assert (project.pytester.path / "made").read_text().count("made") == checks
    output = result.stdout.str()
    assert "FAILED drift::public.users" in output
    assert output.count("extra-column  warning") == checks
    assert "Traceback" not in output


def test_a_check_that_cannot_be_made(project: Project) -> None:
    project.write(
        "conftest.py", CONFTEST.replace('os.environ["SHOP_DATABASE"]', "'postgresql:///no'")
    )
    result = project.run("--drift", "-n", "2")
    result.assert_outcomes(errors=3, passed=1)
    assert (project.pytester.path / "made").read_text().count("made") == 1
    assert "drift: error" not in result.stdout.str()


def test_a_worker_that_dies_leaves_the_check_to_another(project: Project) -> None:
    project.write(
        "conftest.py",
        """
        import os
        import pytest

        @pytest.fixture(scope="session")
        def drift_database():
            if not os.path.exists("died"):
                open("died", "w").close()
                os._exit(1)
            return os.environ["SHOP_DATABASE"]
        """,
    )
    result = project.run("--drift", "-n", "2")
    result.assert_outcomes(failed=1, passed=3)


def test_models_that_cannot_be_imported(project: Project) -> None:
    project.write("shop.py", "raise RuntimeError")
    result = project.run("--drift", "-n", "2")
    result.assert_outcomes(errors=1, passed=1)  # xdist runs all that was collected
    result.stdout.fnmatch_lines(["*ERROR collecting drift*", "*RuntimeError*"])


def test_a_name(project: Project) -> None:
    project.run("drift::public.users", "-n", "2").assert_outcomes(passed=1)
