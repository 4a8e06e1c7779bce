"""A device's story: sentences by rule, waits, gaps, what repeats, the device's own wall clock."""

import pytest

from sim.run_folder.archive import write_run
from sim.run_folder.story import story
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.text.events import event_sentence, folded, gap_text, story_lines
from sim.units import DAY, HOUR

SCENARIO = """\
format: 1
name: told
start: 2026-03-27 08:00
horizon: 20 d
faults: none
site: {time_zone: Europe/London}
locations: [{name: TYO, time_zone: Asia/Tokyo}, {name: HERE}]
fleet: {import: {file: devices.csv}}
collections: [{name: All, members: managed}]
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p, workspace: {id: present, key: present}}]
plan: [{at: 4 d 09:00, deploy: Onboard, to: [All]}]
"""
TABLE = """\
name,os,location,dotnet
Far,windows-11-24h2,TYO,true
Near,windows-11-24h2,HERE,true
Old,windows-8.1,,false
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    (folder / "devices.csv").write_text(TABLE)
    write_run(run_replication(load_text(SCENARIO, folder=folder)), folder / "r")
    return folder / "r"


def row(event, **words):
    return {"event": event, "cause": "", "rule": "", "step": "", **words}


def test_a_story_is_told_by_the_wall_clock_of_the_devices_own_location(told):
    (far,) = [line for line in story(told, "Far") if "is deployed to it" in line]
    (near,) = [line for line in story(told, "Near") if "is deployed to it" in line]

    assert far.startswith("Tue 31 Mar 2026 17:00     4 d 00:00")
    assert near.startswith("Tue 31 Mar 2026 09:00     4 d 00:00")
    assert any(line.startswith("When (Asia/Tokyo)") for line in story(told, "Far"))


def test_a_day_has_its_date_once_and_days_without_an_event_are_told(told):
    lines = story(told, "Near")
    gap = next(place for place, line in enumerate(lines) if line.endswith("... 4 d later"))
    after = lines[gap + 1 :]

    assert after[0].startswith("Tue 31 Mar 2026 09:00")
    assert after[1].startswith(" " * 16)
    assert "Receives policy Onboard" in after[1]


def test_what_repeats_every_day_is_told_once_and_counted(told):
    lines = story(told, "Old")
    counted = [line.strip() for line in lines if "more times" in line]

    assert len(counted) == 2
    assert counted[0].startswith("... the same 5 more times, until ")
    assert sum("fails: .NET too old for MMA" in line for line in lines) < 8


def test_a_round_is_folded_from_the_fourth_time_on_and_nothing_is_lost():
    fails = [row("install_started", time=1), row("install_failed", time=2, cause="install_failed")]
    last = {**fails[1], "time": 9}
    other = row("restarted", time=10)

    assert [again for _, again in folded([*fails * 3, other])] == [0] * 7
    shown = list(folded([*fails * 3, fails[0], last, other]))
    assert shown == [(fails[0], 0), (fails[1], 0), (last, 3), (other, 0)]


@pytest.mark.parametrize(
    ("event", "rule", "text"),
    [
        ("active_again", "FLT-1", "The ConfigMgr client is active again"),
        ("active_again", "MON-3", "The computer is in contact again"),
        ("went_inactive", "OFF-3", "The portal shows it as inactive from now on"),
        ("remediated", "FLT-1", "The ConfigMgr client is repaired"),
        ("restarted", "FLT-4", "Restarts: no restart is pending any more"),
    ],
)
def test_an_event_is_told_by_its_rule_and_what_is_over_is_no_cause(event, rule, text):
    over = "" if event == "went_inactive" else "client_inactive"

    assert event_sentence(row(event, rule=rule, cause=over)) == text


@pytest.mark.rule("DWN-9")
def test_a_patch_is_told_with_its_step():
    told = event_sentence(row("remediated", rule="DWN-9", step="rollup"))

    assert told == "The step rollup of the plan changes a trait"


@pytest.mark.rule("DWN-9", "FLT-1")
def test_a_repair_by_the_support_desk_names_the_desk():
    fixed = row("remediated", rule="DWN-9", cause="network_blocked")
    assert event_sentence(fixed).startswith("The support desk fixes it: ")
    assert event_sentence(fixed).endswith(" (network_blocked)")

    client = row("remediated", rule="FLT-1", cause="client_broken", time=3)
    ticket = row("ticket_taken", rule="FLT-1", cause="client_broken", time=2)
    device = {"name": "PC", "os": "windows-11-24h2", "route": "config_file", "location": ""}
    device |= {"collections": "", "status": "onboarded", "cause": "", "rule": ""}
    scenario = load_text(SCENARIO).scenario
    assert any("desk fixes it" in line for line in story_lines(scenario, device, [ticket, client]))
    assert not any("desk fixes it" in line for line in story_lines(scenario, device, [client]))


def test_a_story_is_wrapped_at_the_width_of_the_terminal_and_loses_no_word(told):
    whole, narrow = story(told, "Old"), story(told, "Old", 80)

    assert max(map(len, narrow)) <= 80 < max(map(len, whole))
    assert " ".join(narrow).split() == " ".join(whole).split()


@pytest.mark.parametrize(
    ("event", "cause", "text"),
    [
        (
            "content_downloaded",
            "awaiting_maintenance_window",
            "Has downloaded the agent's installer; waits for a maintenance window"
            " (awaiting_maintenance_window)",
        ),
        (
            "joined",
            "awaiting_collection",
            "Joins the fleet; waits for its collection's evaluation (awaiting_collection)",
        ),
    ],
)
def test_what_a_device_waits_for_follows_what_it_did(event, cause, text):
    assert event_sentence(row(event, cause=cause)) == text


def test_gaps_are_told_from_two_days_on():
    assert gap_text(2 * DAY + 5 * HOUR + 59) == "2 d 5 h later"
    assert gap_text(2 * DAY - 1) == ""
