"""The page about baselines shows what the command really prints, and every key that there is."""

import re
from pathlib import Path

import pytest

from sim.baselines.tolerances import MeasureTolerance, ScenarioTolerances, TolerancesFile

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "baselines.md").read_text("utf-8")
PLAN = (ROOT / "scenarios" / "pilot.yaml").read_text("utf-8")
SETTINGS = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]
EXACT, TOLERANCES, PAIRED = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(
    ("shown", "settings", "replications", "edit"),
    [
        (EXACT, "format: 1\n", 1, ("key: present", "key: absent")),
        (TOLERANCES, SETTINGS, 1, ("for 24 h", "for 72 h")),
        (PAIRED, SETTINGS.replace("tolerances", "paired"), 5, ("for 24 h", "for 36 h")),
    ],
    ids=["exact", "tolerances", "paired"],
)
def test_the_page_shows_what_is_printed(shown, settings, replications, edit, command, tmp_path):
    text = PLAN.replace("seed: 11", f"seed: 11\nreplications: {replications}")
    assert edit[0] in text
    for folder in ("scenarios", "baselines"):
        (tmp_path / folder).mkdir()
    plan = tmp_path / "scenarios" / "pilot.yaml"
    (tmp_path / "baselines" / "tolerances.yaml").write_text(settings, "utf-8")
    plan.write_text(text, "utf-8")
    assert command("baseline", "save", "scenarios", "--jobs", 1, folder=tmp_path).code == 0
    plan.write_text(text.replace(*edit), "utf-8")

    options = ("--baseline", "baselines", "--jobs", 1)
    ended = command("check", "scenarios", *options, folder=tmp_path)

    assert shown in ended.out
    assert ended.code == (4 if "inconclusive" in shown else 3)


@pytest.mark.parametrize("model", [TolerancesFile, ScenarioTolerances, MeasureTolerance])
def test_the_page_names_every_key(model):
    for key in model.model_fields:
        assert re.search(rf"`(\w+[.\[\]]+)*(STEM\.)?{key}`", PAGE) or f"`{key}.STEM" in PAGE, key
