"""Lint as a whole: shipped scenarios, findings that do not depend on how a file is written."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cli.init import starter
from sim.lint.linting import lint, lint_file
from sim.scenario.loader import load_text
from tests.lint.plans import plans
from tests.project.tree import ROOT
from tests.properties.generated import cases

SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_has_no_errors(path):
    assert [one for one in lint_file(path, {}).findings if one.severity == "error"] == []


def test_the_starter_has_no_errors(tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text(starter(), "utf-8")

    assert [one for one in lint_file(path, {}).findings if one.severity == "error"] == []


def said(findings):
    """Return findings without what depends on where they stand in the file."""
    return sorted((one.id, one.what, one.advice, one.rule, one.devices) for one in findings)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_comment_moves_lines_and_changes_no_finding(path):
    source = path.read_text("utf-8")
    as_is = lint(load_text(source, "s.yaml", path.parent), {})
    commented = lint(load_text("# a comment\n\n" + source, "s.yaml", path.parent), {})

    assert said(commented) == said(as_is)
    assert [one.line - 2 for one in commented] == [one.line for one in as_is]


LISTS = ("collections", "policies", "locations", "client_settings", "maintenance_windows")


@settings(max_examples=30, deadline=None)
@given(st.one_of(plans(), cases()), st.randoms(use_true_random=False))
def test_the_order_of_lists_changes_no_finding(case, chosen):
    shuffled = dict(case.scenario)
    for section in LISTS:
        shuffled[section] = chosen.sample(shuffled[section], len(shuffled[section]))

    assert said(_linted(shuffled, case.fleet)) == said(_linted(case.scenario, case.fleet))


@settings(max_examples=40, deadline=None)
@given(st.one_of(plans(), cases()))
def test_findings_name_devices_of_the_fleet_and_come_in_the_order_of_the_file(case):
    findings = _linted(case.scenario, case.fleet)
    names = {line.split(",")[0] for line in case.fleet.splitlines()[1:]}

    assert [one.line for one in findings] == sorted(one.line for one in findings)
    assert all(one.what and one.advice for one in findings)
    assert {name for one in findings for name in one.devices} <= names


def _linted(scenario, fleet):
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.csv").write_text(fleet, "utf-8")
        return lint(load_text(json.dumps(scenario), "scenario.yaml", Path(folder)), {})


def test_the_same_scenario_gives_the_same_findings_again():
    path = SHIPPED[0]

    assert lint_file(path, {}) == lint_file(path, {})
