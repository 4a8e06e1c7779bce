"""The page about lint shows what the command really prints."""

import json
import re

from sim.lint.catalogue import CHECKS
from tests.project.tree import ROOT

PAGE = (ROOT / "docs" / "lint.md").read_text("utf-8")
SHOWN = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])


def _shortens(shown, whole):
    """Whether *shown* is *whole*, where "..." stands for the rest of a text or of a list."""
    if isinstance(shown, dict):
        return shown.keys() == whole.keys() and all(_shortens(shown[k], whole[k]) for k in shown)
    if isinstance(shown, list) and shown[-1] == "...":
        return len(whole) >= len(shown) and _shortens(shown[:-1], whole[: len(shown) - 1])
    if isinstance(shown, list):
        return len(shown) == len(whole) and all(map(_shortens, shown, whole))
    if isinstance(shown, str) and shown.endswith("..."):
        return whole.startswith(shown.removesuffix("..."))
    return shown == whole


def test_the_json_on_the_page_is_what_is_printed(command, tmp_path):
    """Of the findings the page shows one, whole but for the texts that end in dots."""
    options = ("--format", "json", "--out", tmp_path)
    ended = command("lint", "scenarios/pilot.yaml", *options, folder=ROOT)
    (scenario,) = SHOWN["scenarios"]
    (finding,) = scenario.pop("findings")
    (whole,) = json.loads(ended.out)["scenarios"]
    findings = whole.pop("findings")

    assert scenario == whole
    assert any(_shortens(finding, each) for each in findings)


def test_the_table_on_the_page_lists_every_check_as_it_is():
    """Id, severity, title and rule; the last column explains it in the page's words."""
    rows = re.findall(r"^\| (LNT-\d+) \| (\w+) \| (.*?) \| (\S+) \|", PAGE, re.MULTILINE)

    assert rows == [
        (check.id, check.severity, check.title, check.rule or "–") for check in CHECKS.values()
    ]
