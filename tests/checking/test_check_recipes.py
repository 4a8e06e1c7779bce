"""What the page about CI tells to paste is valid and calls what there is."""

import io
import re

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from sim.cli import fleetsim
from sim.cli.console import (
    FAILED,
    INCONCLUSIVE,
    INTERNAL,
    INTERRUPTED,
    NO_BASELINE,
    PASSED,
    REGRESSION,
    UNUSABLE,
)
from tests.project.tree import ROOT

PAGE = (ROOT / "docs/ci.md").read_text("utf-8")
RECIPES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = sorted(set(re.findall(r"\bfleetsim (?:check|lint) [^`\n]*", "".join(RECIPES))))


def test_there_is_a_recipe_for_each_of_the_two():
    github, azure = (YAML(typ="safe").load(io.StringIO(recipe)) for recipe in RECIPES)

    assert {"check"} == set(github["jobs"])
    assert {"linux", "windows"} == set(azure["strategy"]["matrix"])
    for steps in (github["jobs"]["check"]["steps"], azure["steps"]):
        assert any("fleetsim check" in str(step) for step in steps)
        assert any("fleetsim lint" in str(step) for step in steps)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_recipe_is_one_of_the_command(command):
    _, name, *words = command.split()
    told = CliRunner().invoke(fleetsim, [name, "--help"]).output

    assert [word for word in words if word.startswith("--") and word not in told] == []


def test_the_table_of_exit_codes_is_complete():
    (table,) = re.findall(r"^\| code \|.*?\n\n", PAGE, re.DOTALL | re.MULTILINE)

    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == [
        PASSED, FAILED, UNUSABLE, REGRESSION, INCONCLUSIVE, NO_BASELINE, INTERNAL, INTERRUPTED,
    ]  # fmt: skip


def test_what_the_page_names_in_the_repository_exists():
    assert (ROOT / "sim/checking/check.schema.json").is_file()
    assert "sim/checking/check.schema.json" in PAGE
