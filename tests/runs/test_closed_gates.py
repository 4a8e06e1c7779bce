"""Gates that did not open are reported, with the number of replications."""

from sim.runs.experiment import replicate
from sim.runs.notes import gate_notes
from sim.runs.preparation import prepare
from sim.scenario.loader import load_text

SCENARIO = """\
format: 1
name: A gate that luck opens
start: 2026-03-02 00:00
horizon: 6 d
seed: 3
replications: 8
fleet: {generate: {devices: 60, mix: enterprise-2026}}
collections:
  - {name: All, members: managed}
  - {name: Pilot, limit_to: All, sample: 30 %}
packages: [{name: onboarding-a, payload: a, organization: contoso}]
policies: [{name: Onboard, package: onboarding-a}]
plan:
  - {name: pilot, at: 1 h, deploy: Onboard, to: [Pilot]}
  - name: everybody
    when: onboarded_pct{collection='Pilot'} >= GOAL
    deploy: Onboard
    to: [All]
    otherwise: {after: 3 d, do: stop}
"""


def experiment(goal):
    loaded = load_text(SCENARIO.replace("GOAL", str(goal)))
    return replicate(prepare(loaded))


def opened(found):
    """Return the replications in which everybody was targeted, by their figures alone."""
    return [one.number for one in found.results if one.summary["not_targeted"] == 0]


def test_a_gate_that_luck_opens_is_told_with_how_often_it_did_not():
    found = next(
        one for one in map(experiment, range(40, 100, 2)) if 0 < len(opened(one)) < len(one.results)
    )
    shut = [one.number for one in found.results if one.number not in opened(found)]

    note = found.notes[0]
    assert note.startswith(
        f'The gate of the step "everybody" did not open in {len(shut)} of 8 replications:'
        f" in replication {shut[0]} it asked for onboarded_pct{{collection='Pilot'}} >= "
    )
    assert "; onboarded_pct{collection='Pilot'} was " in note


def test_a_gate_that_always_opens_has_no_note():
    assert not any("gate" in note for note in experiment(1).notes)


def test_of_one_replication_no_number_is_shown():
    assert list(gate_notes([{"a": "asked for x"}, {}])) == [
        'The gate of the step "a" did not open in 1 of 2 replications: in replication 1 it asked'
        " for x."
    ]
    assert list(gate_notes([{"a": "asked for x"}])) == [
        'The gate of the step "a" did not open: it asked for x.'
    ]
