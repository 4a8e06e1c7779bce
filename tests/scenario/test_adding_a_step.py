"""A step that only this test knows: a class and what it does to the site are all that it takes."""

from typing import Annotated

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from sim.kernel.steps import Steps
from sim.runs.replication import event_table, run_replication
from sim.scenario.edits import plan_edits
from sim.scenario.loader import load_text
from sim.scenario.model import Scenario
from sim.scenario.rendering import to_yaml
from sim.scenario.schema import scenario_schema
from sim.scenario.steps import STEP_KINDS, Deploy, Step, Undeploy
from sim.scenario.values import CollectionNames, PolicyName
from tests.scenario.texts import changed, complaints

PLAN = """\
format: 1
name: A policy moves
start: 2026-03-02 08:00
horizon: 10 d
faults: none
site:
  administrators:
    - {name: full, roles: Full Administrator}
    - {name: protector, roles: Endpoint Protection Manager}
    - {name: reader, roles: Read-only Analyst}
fleet:
  generate: {devices: 20, mix: {windows-11-24h2: 100 %}}
collections:
  - {name: Laptops, members: chassis == 'laptop'}
  - {name: Desktops, members: chassis != 'laptop'}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a}
plan:
  - {name: first, at: 1 h, deploy: Onboard, to: Laptops}
  - {name: second, at: 2 d, move: Onboard, from: Laptops, to: Desktops, by: protector}
"""


@pytest.fixture(autouse=True)
def _move():
    """Declare the step `move`, then what it does to the site."""

    class Move(Step):
        """Withdraw a policy from collections and deploy it to others."""

        right = "policies"
        move: PolicyName
        from_: Annotated[CollectionNames, Field(alias="from")]
        to: CollectionNames

    def carry_out(steps, step, name, now):
        steps.carry_out(Undeploy(undeploy=step.move, from_=step.from_), name, now)
        steps.carry_out(Deploy(deploy=step.move, to=step.to), name, now)

    Steps.carry_out.register(Move, carry_out)
    Scenario.model_rebuild(force=True)  # the model was built before this test declared the step
    yield
    del STEP_KINDS["move"]
    Scenario.model_rebuild(force=True)


def rows(run, event):
    """Return the rows of one event, each with its second, collection, policy, cause and step."""
    return [
        (row["time"], row["collection"], row["policy"], row["cause"], row["step"])
        for row in event_table(run.log).to_pylist()
        if row["event"] == event
    ]


def test_it_is_carried_out_and_logged():
    """The run withdraws the policy, deploys it elsewhere, and logs the step with its policy."""
    run = run_replication(load_text(PLAN))
    at = 2 * 86_400

    assert rows(run, "step_done")[1] == (at, "", "Onboard", "", "second")
    assert {row[:3] for row in rows(run, "untargeted")} == {(at, "Laptops", "Onboard")}
    assert (at, "Desktops", "Onboard") in {row[:3] for row in rows(run, "targeted")}
    assert run.summary["onboarded"] == 20


def test_who_may_carry_it_out():
    """It needs the right that its class names."""
    run = run_replication(load_text(changed(("by: protector", "by: reader"), text=PLAN)))

    assert rows(run, "step_refused") == [(2 * 86_400, "", "Onboard", "role_missing", "second")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("move: Onboard,", "move: Onbord,",
         'plan[second].move: unknown policy "Onbord"; one of Onboard; did you mean "Onboard"?'),
        ("from: Laptops", "from: Labtops",
         'plan[second].from: unknown collection "Labtops"; one of Laptops, Desktops;'
         ' did you mean "Laptops"?'),
        ("from: Laptops", "form: Laptops", "plan[second].from: the key is missing"),
        ("move:", "moove:", 'did you mean "move"?'),
    ],
)  # fmt: skip
def test_mistakes_in_it_are_found(old, new, problem):
    """Names, keys and the verb are checked like those of any other step."""
    found = complaints(changed((old, new), text=PLAN))

    assert any(problem in one for one in found), found


def test_it_is_in_every_form_of_a_scenario():
    """The JSON Schema, the written form and the edits between two scenarios know it."""
    now = load_text(PLAN)
    scenario = now.scenario
    later = load_text(changed(("at: 2 d", "at: 3 d"), text=PLAN))

    assert scenario_schema()["$defs"]["Move"]["required"] == ["move", "from", "to"]
    assert load_text(to_yaml(scenario)).scenario == scenario
    assert Draft202012Validator(scenario_schema()).is_valid(
        scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    )
    assert [edit.words for edit in plan_edits(now, later)] == ["plan[second].at: 2 d -> 3 d"]
