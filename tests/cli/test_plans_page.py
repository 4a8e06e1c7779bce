"""The page about plans says what is true: its examples are read, and every step is on it."""

import re
from pathlib import Path

import pytest

from sim.scenario.steps import STEP_KINDS
from tests.scenario.texts import complaints

PAGE = (Path(__file__).parents[2] / "docs" / "plans.md").read_text("utf-8")
FRAME = """\
format: 1
name: Base
start: 2026-03-02 00:00
horizon: 60 d
fleet: {generate: {devices: 20}}
collections:
  - {name: Servers, members: managed}
"""


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_each_example_is_part_of_a_scenario_that_can_be_read(example):
    assert complaints(FRAME + example) == []


def test_every_step_is_on_the_page():
    assert [verb for verb in STEP_KINDS if f"`{verb}:" not in PAGE] == []


@pytest.mark.rule("CON-5")
def test_the_reimaged_computer_of_the_page_is_accepted(command, tmp_path):
    (tmp_path / "fleet.csv").write_text(re.search(r"```csv\n(.*?)```", PAGE, re.DOTALL)[1])
    text = FRAME.replace("{generate: {devices: 20}}", "{import: {file: fleet.csv}}")
    (tmp_path / "s.yaml").write_text(text)

    assert command("run", "s.yaml", "--out", "r", folder=tmp_path).code == 0
    assert "Computer 2 of this name" in command("explain", "r", "PC-01", folder=tmp_path).out
