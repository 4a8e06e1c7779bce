"""What a run reports besides its figures."""

from sim.report.page import plan_rows, render, report_data
from sim.run_folder.provenance import provenance
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text

SCENARIO = """\
format: 1
name: gated
start: 2026-03-02
horizon: 10 d
faults: none
fleet: {import: {file: fleet.csv}}
collections:
  - {name: All, members: managed}
  - {name: Pilot, members: "ring == 'pilot'"}
  - {name: Nobody, members: "ring == 'none'"}
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p}]
plan:
  - {name: pilot, at: 0 d, deploy: Onboard, to: [Pilot]}
  - name: everybody
    when: onboarded_pct{collection=Pilot} >= 90 for 24 h
    deploy: Onboard
    to: [All]
    otherwise: {after: 5 d, do: skip}
"""
FLEET = """\
name,os,network,ring,antivirsu
a,windows-11-24h2,,pilot,x
b,windows-11-24h2,blocked,pilot,x
"""


def run(tmp_path, *changes):
    (tmp_path / "fleet.csv").write_text(FLEET, "utf-8")
    return run_replication(load_text(SCENARIO, folder=tmp_path, overrides=changes))


def test_a_gate_that_did_not_open_is_explained_by_what_it_saw(tmp_path):
    reason = (
        "asked for onboarded_pct{collection='Pilot'} >= 90 for 1 d;"
        " onboarded_pct{collection='Pilot'} was 50"
    )
    result = run(tmp_path)
    assert result.notes[0] == f'The gate of the step "everybody" did not open: it {reason}.'
    (row,) = (row for row in plan_rows(result) if row.event == "gate_timed_out")
    assert row.why == reason
    assert "was 50" in render(report_data(result, None, provenance(result, "", 1)))


def test_a_gate_that_is_still_shut_at_the_end_is_explained_too(tmp_path):
    result = run(tmp_path, "plan[everybody].otherwise.after=20 d")
    assert result.notes[0].startswith('The gate of the step "everybody" did not open: it asked for')


def test_a_gate_without_data_says_so(tmp_path):
    result = run(tmp_path, "plan[everybody].when=onboarded_pct{collection=Nobody} >= 90")
    assert "was without data" in result.notes[0]


def test_a_gate_that_opened_needs_no_note_and_says_in_the_plan_what_it_saw(tmp_path):
    result = run(tmp_path, "plan[everybody].when=onboarded_pct{collection=Pilot} >= 50")
    assert not any("gate" in note for note in result.notes)
    (row,) = (row for row in plan_rows(result) if row.event == "gate_opened")
    assert row.why.endswith("onboarded_pct{collection='Pilot'} was 50")


def test_an_empty_collection_is_told(tmp_path):
    assert 'The collection "Nobody" has no members.' in run(tmp_path).notes


def test_a_label_that_looks_like_a_misspelt_trait_is_told(tmp_path):
    assert (
        'The column "antivirsu" of the fleet is kept as a label; did you mean "antivirus"?'
        " That trait is drawn."
    ) in run(tmp_path).notes
    assert not any("ring" in note for note in run(tmp_path).notes)


def test_a_location_that_reads_like_a_described_one_is_told(tmp_path):
    (tmp_path / "fleet.csv").write_text(
        "name,os,location,ring\na,server-2022,NewYork,x\nb,server-2022,Oslo,x\n", "utf-8"
    )
    text = SCENARIO + "locations: [{name: New York}]\n"

    told = run_replication(load_text(text, folder=tmp_path)).notes

    assert (
        '1 device is at "NewYork", which the scenario does not describe; did you mean "New York"?'
        in told
    )
    assert not any("Oslo" in note for note in told)


def test_devices_that_are_never_there_are_counted(tmp_path):
    (tmp_path / "fleet.csv").write_text(
        "name,os,ring,joined_at,retired_at\n"
        "a,server-2022,x,,\nb,server-2022,x,,2021-01-01\nc,server-2022,x,2030-01-01,\n"
        "d,server-2022,x,2026-03-05,2026-03-04\n",
        "utf-8",
    )

    run = run_replication(load_text(SCENARIO, folder=tmp_path))

    assert run.summary["devices"] == 1
    assert any(note.startswith("3 devices are left out: retired") for note in run.notes)
