"""The page on the plugin: what it shows is what happens."""

import re

from tests.project.tree import ROOT

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs" / "pytest.md").read_text("utf-8")
PILOT = (ROOT / "scenarios" / "pilot.yaml").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _blocks(language):
    return [text for name, text in BLOCK.findall(PAGE) if name == language]


def test_the_failure_that_the_page_shows_is_what_pytest_prints(project, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    warning = PILOT.index("  - expr: failed_pct")
    project.plan(PILOT[:warning].replace("85) <= 14 d", "85) <= 5 d"), "pilot.yaml")
    (shown,) = _blocks("text")
    _, *expected = shown.splitlines()

    printed = project.run("plans").outlines

    begin = printed.index(expected[0])
    assert printed[begin : begin + len(expected)] == expected


def test_the_example_of_the_fixture_runs(project):
    project.plan(PILOT, "pilot.yaml")
    (example,) = _blocks("python")
    project.write("test_pilot.py", example)

    project.run("test_pilot.py").assert_outcomes(passed=2)


def test_the_settings_that_the_page_shows_opt_in(project):
    (project.path / "pytest.ini").unlink()
    (project.path / "tests").mkdir()
    (settings,) = _blocks("toml")
    project.write("pyproject.toml", settings)
    project.plan(PILOT, "pilot.yaml")

    project.run().assert_outcomes(passed=3)
