"""The date under P90 is shown with the dates between which it lies."""

from pathlib import Path

import pytest

from sim.runs.experiment import replicate
from sim.runs.preparation import prepare
from sim.scenario.loader import load_text
from sim.text.numbers import since_start_text
from sim.text.summary import p90_interval

SCENARIO = """\
format: 1
name: Office computers
start: 2026-03-02 00:00
horizon: HORIZON
seed: 3
fleet: {generate: {devices: 40, mix: enterprise-2026}}
collections: [{name: All, members: managed}]
packages: [{name: onboarding-a, payload: a, organization: contoso}]
policies: [{name: Onboard, package: onboarding-a, workspace: {id: present, key: present}}]
plan: [{name: all, at: 1 h, deploy: Onboard, to: [All]}]
replications: NUMBER
"""


def experiment(number, horizon="40 d"):
    text = SCENARIO.replace("NUMBER", str(number)).replace("HORIZON", horizon)
    loaded = load_text(text)
    return replicate(prepare(loaded))


@pytest.mark.parametrize(("number", "lower", "upper"), [(10, 6, None), (40, 31, 39)])
def test_the_range_is_that_of_order_statistics(number, lower, upper):
    """By a table of the binomial law: of 40 values the 32nd and the 40th, of 10 the 7th."""
    found = experiment(number)
    level = next(
        level for level in ("95", "90", "50") if found.summary["time_to"][level]["p90"] is not None
    )
    times = sorted(
        one.summary["time_to"][level]
        for one in found.results
        if one.summary["time_to"][level] is not None
    )
    told = p90_interval(found)

    assert told.startswith(f"The P90 of {level} % lies ")
    assert f"{since_start_text(times[lower])} (" in told
    if upper is None or upper >= len(times):
        assert "or later; more replications narrow it" in told
    else:
        assert f" and {since_start_text(times[upper])} (" in told
    assert told.endswith("(95 % confidence).")


def test_of_a_plan_that_takes_devices_away_it_is_the_date_of_that():
    plan = Path("scenarios/offboarding-before-a-move.yaml").read_text("utf-8")
    small = plan.replace("devices: 1000", "devices: 40").split("expect:")[0]
    loaded = load_text(f"{small}replications: 12\n")
    found = replicate(prepare(loaded))
    times = sorted(one.summary["headline"]["time_to"]["50"] for one in found.results)

    assert found.summary["headline"]["about"] == "offboarding"
    assert 0 < times[0] < times[-1]
    assert p90_interval(found).startswith(f"The P90 of 50 % lies at {since_start_text(times[7])} (")


def test_few_replications_or_none_that_arrive_promise_nothing():
    assert p90_interval(experiment(9)) == ""
    assert p90_interval(experiment(10, horizon="2 h")) == ""
