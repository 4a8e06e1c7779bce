"""What a run is about: coverage, or what the plan brings if all devices are onboarded."""

import pytest

from sim.accounts.headline import headline
from sim.scenario.loader import load_text
from tests.measures.handmade import Handmade, device

HEAD = """\
format: 1
name: about
start: 2026-03-02
horizon: 1000 s
fleet: {generate: {devices: 4}}
collections: [{name: All, members: managed}]
client_settings: [{name: Agent, collection: All, priority: 1, downlevel_client: mma}]
packages:
  - {name: p, payload: a, organization: contoso}
  - {name: q, payload: b, organization: contoso}
  - {name: same, payload: a, organization: contoso, method: group_policy}
  - {name: script, payload: b, organization: contoso, method: group_policy}
  - {name: bye, kind: offboarding, organization: contoso}
policies:
  - {name: First, package: p}
  - {name: Leave, kind: offboarding, package: bye}
plan:
  - {name: a, at: 1 h, deploy: First, to: [All]}
"""
UPDATE = "  - {name: u, at: 2 h, update: First, package: q}\n"
SCRIPT = "  - {name: s, at: 2 h, run_script: script, on: [All]}\n"
SAME = "  - {name: o, at: 3 h, run_script: same, on: [All]}\n"
LEAVE = "  - {name: l, at: 3 h, deploy: Leave, to: [All]}\n"
AGENT = "  - {name: g, at: 3 h, set_client_setting: Agent, downlevel_client: mde_client}\n"


def old(name, **changes):
    return device(name, onboarded=True, payload="a", **changes)


def fleet():
    return Handmade(*(old(name) for name in "ABCD"))


def about(*steps, log=None):
    scenario = load_text((HEAD + "".join(steps)).replace("1000 s", "1 d")).scenario
    scenario = scenario.model_copy(update={"horizon": 1_000})
    return headline(scenario, (log or fleet()).tally())


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((UPDATE,), ("payload", "b")),
        ((SCRIPT,), ("payload", "b")),
        ((SCRIPT, SAME), ("payload", "b")),
        ((SCRIPT, LEAVE), ("offboarding", "")),
        ((LEAVE,), ("offboarding", "")),
        ((SCRIPT, AGENT), ("mde_client", "")),
    ],
)
def test_a_fleet_that_is_onboarded_is_about_what_the_plan_brings_last(steps, told):
    found = about(*steps)

    assert (found["about"], found.get("payload", "")) == told


def test_a_plan_that_brings_nothing_new_is_about_coverage():
    assert about() is None
    assert about(SAME) is None


def test_as_long_as_devices_are_left_to_onboard_it_is_about_coverage():
    log = Handmade(*(old(name) for name in "ABC"), device("D"))

    assert about(SCRIPT, log=log) is None


def test_a_payload_is_measured_by_the_onboarded_devices_that_use_it():
    log = fleet()
    for time, name in ((100, "A"), (200, "B"), (300, "C")):
        log.log(time, name, "payload_received", payload="b")
        log.log(time + 50, name, "payload_applied", payload="b")
    found = about(SCRIPT, log=log)

    assert (found["devices"], found["of"], found["percent"]) == (3, 4, 75)
    assert found["time_to"] == {"50": 250, "90": None, "95": None}
    assert found == {
        "about": "payload",
        "payload": "b",
        "devices": 3,
        "of": 4,
        "percent": 75,
        "time_to": {"50": 250, "90": None, "95": None},
    }


def test_devices_that_are_not_eligible_count_on_neither_side():
    outside = old("E", ineligible_cause="os_not_supported")
    log = Handmade(*(old(name) for name in "ABCD"), outside)
    log.log(100, "A", "payload_applied", payload="b").log(100, "E", "payload_applied", payload="b")
    found = about(SCRIPT, log=log)

    assert (found["devices"], found["of"]) == (1, 4)


def test_offboarding_is_measured_by_all_eligible_devices():
    log = fleet()
    log.target(10, "A", "B", policy="Leave")
    log.log(500, "A", "offboarded", policy="Leave").log(600, "B", "offboarded", policy="Leave")
    found = about(LEAVE, log=log)

    assert (found["devices"], found["of"], found["time_to"]["50"]) == (2, 4, 600)
    assert "payload" not in found


def test_the_mde_client_is_measured_by_the_servers_that_can_take_it():
    log = Handmade(
        old("A", os="server-2016", agent="mma"),
        old("B", os="server-2012-r2", agent="mma"),
        old("C", os="windows-8.1", level="down_level", agent="mma"),
        old("D"),
        old("E", os="server-2016", agent="mde_client", ineligible_cause="not_managed"),
    )
    log.log(400, "A", "agent_installed", rule="DWN-2")
    found = about(AGENT, log=log)

    assert (found["devices"], found["of"], found["time_to"]) == (
        1,
        2,
        {"50": 400, "90": None, "95": None},
    )
