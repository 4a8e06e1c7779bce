"""The shipped scenarios: each opens with its question, runs, and meets its own expectations."""

import json
import re
from pathlib import Path

import pytest

from sim.cli import exit_code
from sim.reference.rules import RULES
from sim.scenario.loader import load_scenario

FOLDER = Path(__file__).parents[2] / "scenarios"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
README = FOLDER.parent / "README.md"
INDEX = FOLDER / "README.md"

every_scenario = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)


@every_scenario
def test_a_file_opens_with_its_question(path):
    """As a comment in a planner's words, and again in the field that the report shows."""
    lines = path.read_text("utf-8").splitlines()
    shows = next(n for n, line in enumerate(lines) if line.startswith("# Shows: "))
    comment = " ".join(line.lstrip("# ") for line in lines[:shows])

    assert comment.startswith("The planner's question: ")
    assert comment.endswith("?")
    assert load_scenario(path).scenario.question.endswith("?")


@every_scenario
def test_a_file_says_which_rules_it_shows(path):
    """Each once, and under the ids by which they can be asked for."""
    (line,) = re.findall(r"^# Shows: (.+)$", path.read_text("utf-8"), re.MULTILINE)
    rules = line.split(", ")

    assert len(rules) == len(set(rules))
    assert set(rules) <= set(RULES)


@every_scenario
def test_it_runs_and_meets_its_expectations(path, tmp_path, monkeypatch, capsys):
    """From a folder of its own: nothing in it depends on where one stands."""
    monkeypatch.chdir(tmp_path)
    code = exit_code(["run", str(path), "--out", "run"])
    shown = capsys.readouterr()
    assert code == 0, shown.err

    found = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["expectations"]
    expected = load_scenario(path).scenario.expect
    assert expected
    for expectation, judged in zip(expected, found, strict=True):
        assert judged["outcome"] == "passed" or expectation.severity != "error", judged


def test_the_index_names_every_scenario():
    text = INDEX.read_text("utf-8")

    assert [path.name for path in SHIPPED if f"]({path.name})" not in text] == []


def test_every_scenario_that_readme_or_index_names_is_there():
    named = re.findall(r"\]\(scenarios/(\S+?)\)", README.read_text("utf-8"))
    named += re.findall(r"\]\((\S+?)\)", INDEX.read_text("utf-8"))

    assert named
    assert [name for name in named if not (FOLDER / name).exists()] == []
