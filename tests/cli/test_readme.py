"""README shows what the commands really print."""

import re

import pytest

from tests.project.tree import ROOT

PAGE = (ROOT / "README.md").read_text("utf-8")
SUMMARY, STORY = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SCENARIO = ROOT / "scenarios" / "workspace-missing.yaml"
TRACED_DEVICE = "SRV-000006"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readme")


def test_the_example_of_readme_is_what_is_printed(command, folder):
    ended = command("run", SCENARIO, folder=folder)

    assert ended.code == 0
    assert ended.out == SUMMARY


def test_the_story_in_readme_is_what_is_printed(command, folder):
    """In this order, with the lines between them left out."""
    command("run", SCENARIO, folder=folder)
    ended = command("explain", "results/workspace-missing-7", TRACED_DEVICE, folder=folder)

    assert ended.code == 0
    before, after = STORY.split("...\n")
    assert ended.out.startswith(before)
    assert after in ended.out


def test_the_scenario_in_readme_has_the_lines_that_it_shows():
    """Its collections and its plan, word for word."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (shown,) = (block for block in blocks if "plan:" in block)
    lines = set(SCENARIO.read_text("utf-8").splitlines())
    items = [line for line in shown.splitlines() if line.startswith("  - {")]

    assert items
    assert [line for line in items if line not in lines] == []
