"""Labels of gates and expectations are checked against the fleet's table."""

import pytest

from sim.errors import UnusableInput
from sim.runs.preparation import prepare
from sim.scenario.loader import load_scenario
from tests.scenario.texts import changed

SCENARIO = """\
format: 1
name: Imported
start: 2026-03-02 08:00
horizon: 10 d
fleet: {import: {file: devices.csv}}
locations: [{name: ROME}]
collections: [{name: All, members: managed}]
packages: [{name: onboarding-a, payload: a, organization: contoso}]
policies: [{name: Onboard, package: onboarding-a}]
plan:
  - {name: all, at: 1 d, deploy: Onboard, to: [All]}
  - {name: move, at: 2 d, patch: {location: OSLO}, on: [All], within: 1 d}
expect: ["EXPECTED"]
"""
DEVICES = """\
name,os,location,onboarded,organization,payload
pc-1,windows-11-24h2,PARIS,true,contoso,old
pc-2,windows-11-24h2,,false,,
"""


def refused(tmp_path, expectation, *changes):
    (tmp_path / "devices.csv").write_text(DEVICES, "utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(changed(("EXPECTED", expectation), *changes, text=SCENARIO), "utf-8")
    try:
        prepare(load_scenario(path))
    except UnusableInput as error:
        return [str(one).removeprefix(f"{path}:") for one in error.problems]
    return []


@pytest.mark.parametrize("place", ["PARIS", "ROME", "OSLO"])
def test_a_place_of_the_table_of_the_scenario_or_of_a_patch_is_known(place, tmp_path):
    assert refused(tmp_path, f"coverage_pct{{location={place}}} at end > 1") == []


@pytest.mark.parametrize("payload", ["a", "old"])
def test_a_payload_of_the_table_or_of_a_package_is_known(payload, tmp_path):
    assert refused(tmp_path, f"payload_in_use{{payload={payload}}} at end > 1") == []


@pytest.mark.parametrize(
    "expectation",
    [
        "coverage_pct{location=PARS} at end > 1",
        "probability (time to (coverage_pct{location!=PARS} > 1) - 1 d < 9 d) > 0.9",
        "p90 of (max of failed{location=PARS} from 1 d to 2 d) < 3 or failed at end < 2",
    ],
)
def test_a_place_without_devices_has_a_suggestion_and_its_line(expectation, tmp_path):
    assert refused(tmp_path, expectation) == [
        '13: expect[0]: unknown location "PARS"; one of OSLO, PARIS, ROME; did you mean "PARIS"?'
    ]


def test_what_gates_and_expectations_name_wrongly_is_told_at_once(tmp_path):
    gate = 'when: "failed{location=PAARIS} < 1", otherwise: {after: 3 d, do: skip}, deploy'
    told = refused(tmp_path, "payload_in_use{payload=olt} at end > 1", ("at: 1 d, deploy", gate))

    assert told == [
        '11: plan[all].when: unknown location "PAARIS"; one of OSLO, PARIS, ROME;'
        ' did you mean "PARIS"?',
        '13: expect[0]: unknown payload "olt"; one of a, old; did you mean "old"?',
    ]
