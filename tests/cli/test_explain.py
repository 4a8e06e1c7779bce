"""`fleetsim explain`: one device's story, or one rule; `fleetsim rules`: all of them."""

import re

import pandas as pd
import pytest

from sim.reference.causes import CAUSE_TABLE, CAUSES
from sim.reference.rules import RULES
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import load_scenario
from sim.vocabulary import DEVICE_EVENTS
from tests.cli.commands import changed, contents, process, write

WITHOUT_CHANCE = changed(
    ("seed: 7", "seed: 7\nfaults: none"),
    ("generate: {devices: 30, mix: servers}", "import: {file: devices.csv}"),
    ("start: 2026-03-02 08:00", "start: 2026-03-27 08:00"),
)
TABLE = (
    "name,os,location,client\n"
    "New,windows-11-24h2,LON,\nOld,windows-8.1,,\nNobody,server-2022,,none\n"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return a folder with the finished run of three devices, over a change of the clocks."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "devices.csv").write_text(TABLE)
    write(folder, WITHOUT_CHANCE)
    ended = process("run", "s.yaml", "--out", "r", folder=folder)
    assert ended.code == 0, ended.err
    return folder


def story(folder, device, command):
    ended = command("explain", "r", device, folder=folder)
    assert (ended.code, ended.err) == (0, "")
    return ended.out.splitlines()


def test_a_story_begins_with_the_device_and_ends_with_what_became_of_it(told, command):
    lines = story(told, "Old", command)

    assert lines[:2] == [
        "Old: Windows 8.1, onboards by the Microsoft Monitoring Agent (MMA)",
        "Collections: All",
    ]
    end = lines.index(
        "At the end: Failed. Workspace ID or key missing (workspace_missing)  [MMA-2]"
    )
    assert lines[end + 1].startswith("What to do: Enter workspace ID and key in the policy")


def test_a_story_shows_every_event_of_the_log_in_order_with_its_rule(told, command):
    events = pd.read_parquet(told / "r" / "events.parquet")
    events = events[events["device"] == "New"]
    clock = SiteClock(load_scenario(told / "s.yaml").scenario.start, "Europe/London")

    lines = story(told, "new", command)

    told_lines = lines[4 : 4 + len(events)]
    for line, event in zip(told_lines, events.itertuples(), strict=True):
        assert f"{clock.datetime_at(event.time):%H:%M}" in line[:22]
        assert line.endswith(f"[{event.rule}]") == bool(event.rule)
    texts = [line[37:].rsplit("  [", 1)[0] for line in told_lines]
    assert texts == [
        "Becomes a member of the collection All",
        "Policy Onboard is deployed to it, through All",
        "Receives policy Onboard",
        "Evaluates policy Onboard",
        "Policy Onboard is applied",
        "Onboarded, with payload a",
        "Reports its state: the console shows it now",
        "The portal shows it now",
    ]


def test_a_story_follows_the_sites_clock_through_a_change_of_the_clocks(told, command):
    """From 29 March on London is an hour ahead: an evaluation a week later is an hour later."""
    times = [
        re.findall(r"(\d\d):(\d\d)", line)[:2]
        for line in story(told, "Old", command)
        if "Evaluates" in line
    ]

    (first, since), (second, since_then) = times
    assert int(second[0]) == int(first[0]) + 1
    assert second[1] == first[1]
    assert since_then == since


def test_a_story_names_the_rules_behind_it(told, command):
    lines = story(told, "Old", command)

    named = lines[lines.index("Rules (fleetsim explain ID says more):") + 1 :]
    ids = [line.split()[0] for line in named]
    assert {"MMA-1", "MMA-2"} <= set(ids)
    assert named == [f"  {id:<7} {RULES[id].title}" for id in ids]


def test_who_was_never_touched_has_a_short_story(told, command):
    lines = story(told, "Nobody", command)

    assert "Nothing happened to this device." in lines
    assert any(line.startswith("At the end: Not eligible. Not managed") for line in lines)


def test_every_event_of_the_vocabulary_has_a_sentence_of_its_own():
    from sim.text.events import event_sentence

    row = {"policy": "P", "payload": "L", "collection": "C", "cause": ""}
    sentences = {event_sentence({**row, "event": event}) for event in DEVICE_EVENTS}

    assert len(sentences) == len(DEVICE_EVENTS)
    assert not [text for text in sentences if "_" in text or "{" in text]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (
            ("r", "Nwe"),
            'no device "Nwe" in r; a name of devices.csv; did you mean "New"?',
        ),
        (("r", "zzzzzz"), 'no device "zzzzzz" in r; a name of devices.csv'),
        ((".", "New"), ". is not a run folder; a folder that fleetsim run wrote"),
        (("none", "New"), "none is not a run folder; a folder that fleetsim run wrote"),
        (("s.yaml", "New"), "s.yaml is not a run folder; a folder that fleetsim run wrote"),
        (("r",), "r is not a rule; for a device write: fleetsim explain r DEVICE"),
        (("MMA-22",), 'no rule "MMA-22"; did you mean "MMA-2"?'),
        (("zzz",), 'no rule "zzz"; `fleetsim rules` lists them all'),
        (
            ("workspace_mising",),
            'no rule, cause or check "workspace_mising"; did you mean "workspace_missing"?',
        ),
        (("LNT-2003",), 'no rule, cause or check "LNT-2003"; did you mean "LNT-203"?'),
    ],
)
def test_what_cannot_be_explained_is_reported_in_one_line(what, expected, told, command):
    ended = command("explain", *what, folder=told)

    assert (ended.code, ended.out, ended.problems) == (2, "", [expected])


@pytest.mark.parametrize("file", ["devices.parquet", "events.parquet"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text", "folder"])
def test_a_damaged_run_folder_is_reported_with_the_file(file, damage, run_folder, command):
    path = run_folder / file
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        kept = {"empty": b"", "cut": content[: len(content) // 2], "text": b"no table"}
        path.write_bytes(kept[damage])

    ended = command("explain", run_folder, "SRV-000001", folder=run_folder)

    assert (ended.code, ended.out) == (2, "")
    assert ended.problems == [
        f"{path} is missing or damaged; a whole run folder; run the scenario again"
    ]


def test_a_run_folder_whose_scenario_is_lost_is_reported(run_folder, command):
    (run_folder / "scenario.yaml").unlink()

    ended = command("explain", run_folder, "SRV-000001", folder=run_folder)

    assert ended.code == 2
    assert ended.problems == [f"{run_folder / 'scenario.yaml'}: there is no such file"]


def test_explaining_changes_nothing(told, command):
    before = contents(told)

    story(told, "New", command)

    assert contents(told) == before


@pytest.mark.parametrize("id", ["MMA-2", "mma-2", "Mma-2"])
def test_a_rule_is_explained_whatever_the_case(id, command, tmp_path):
    ended = command("explain", id, folder=tmp_path)

    lines = ended.out.splitlines()
    assert lines[0] == f"MMA-2  {RULES['MMA-2'].title}"
    assert " ".join(lines[2:-2]) == RULES["MMA-2"].text
    assert lines[-1].startswith("Basis: page. Where: ")


@pytest.mark.parametrize("id", RULES)
def test_every_rule_can_be_explained_and_names_its_switch(id, command, tmp_path):
    ended = command("explain", id, folder=tmp_path)

    assert ended.code == 0
    assert all(len(line) <= 100 for line in ended.out.splitlines())
    switch = RULES[id].switch
    assert ("A scenario can change it under rules: " in ended.out) == bool(switch)


def test_a_cause_is_explained_with_its_remedy_and_its_rule(command, tmp_path):
    ended = command("explain", "Workspace_Missing", folder=tmp_path)

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "workspace_missing  Workspace ID or key missing",
        "",
        "What to do: Enter workspace ID and key in the policy, or choose the MDE client in the",
        "client settings of Server 2012 R2 and 2016, with site and client at 2207 or later.",
        "Look at: ATPHandler.log, on the device.",
        "",
        "A cause by rule MMA-2: MMA needs workspace ID and key.",
    ]


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_of_the_results_can_be_explained(cause, command, tmp_path):
    ended = command("explain", cause, folder=tmp_path)

    entry, said = CAUSE_TABLE[cause], " ".join(ended.out.split())
    assert ended.code == 0
    assert said.startswith(f"{cause} {entry.title} What to do: {entry.remedy} ")
    assert (f"If it lasts: {entry.if_it_lasts} " in said) == bool(entry.if_it_lasts)
    assert said.endswith(f"A cause by rule {entry.rule}: {RULES[entry.rule].title}.")
    assert all(len(line) <= 100 for line in ended.out.splitlines())


def test_the_table_of_rules_has_a_line_for_each_rule(command, tmp_path):
    lines = command("rules", folder=tmp_path).out.splitlines()

    assert [line.split()[0] for line in lines] == list(RULES)
    for line, rule in zip(lines, RULES.values(), strict=True):
        assert rule.basis in line
        assert line.endswith(rule.title)


def test_a_check_of_lint_is_reported_by_its_id(command, tmp_path):
    ended = command("explain", "lnt-203", folder=tmp_path)

    assert ended.code == 0
    assert ended.out.startswith(
        "LNT-203  A gate is unlikely to open\n\nIt stays closed in the rehearsal"
    )
    assert "docs/lint.md" in ended.out
