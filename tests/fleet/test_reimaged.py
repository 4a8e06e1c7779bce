"""Several computers of one name, one after the other: a computer that was reimaged (CON-5)."""

from datetime import datetime

import pytest

import sim
from sim.comparison.folders import compare_folders
from sim.errors import UnusableInput
from sim.fleet.device import record_keys, record_order
from sim.fleet.streams import device_key

HEADER = "name,os,onboarded,payload,joined_at,retired_at\n"
OLD = "PC-01,windows-10-22h2,true,a,,2026-03-10\n"
MIDDLE = "pc-01,windows-11-23h2,,,2026-03-10 12:00,2026-03-20\n"
NEW = "PC-01,windows-11-24h2,,,2026-03-20,\n"
OTHER = "PC-02,windows-10-22h2,true,a,,\n"

PLAN = """
format: 1
name: Reimaged
start: 2026-03-02 00:00
horizon: 250 d
faults: FAULTS
fleet: {import: {file: fleet.csv}}
collections: [{name: All, members: managed}]
packages: [{name: a, payload: a, organization: contoso, method: configuration_manager}]
policies: [{name: Onboard, kind: onboarding, package: a}]
plan: [{at: 1 d, deploy: Onboard, to: [All]}]
"""


def ran(folder, *rows, faults="none"):
    """Run the scenario over a fleet."""
    (folder / "fleet.csv").write_text(HEADER + "".join(rows))
    (folder / "plan.yaml").write_text(PLAN.replace("FAULTS", faults))
    return sim.run(folder / "plan.yaml")


def problems(folder, *rows):
    """Return the problems of a fleet."""
    with pytest.raises(UnusableInput) as error:
        ran(folder, *rows)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.rule("CON-5")
def test_console_and_portal_know_each_computer_of_a_name_as_another_device(tmp_path):
    """The console loses a computer when it retires; the portal lists it for 180 days more."""
    result = ran(tmp_path, OLD, NEW, OTHER, MIDDLE)

    for expectation in (
        "console.onboarded at 8 d == 1",
        "console.onboarded at 30 d == 2",
        "portal.onboarded at 8 d == 2",
        "portal.onboarded at 30 d == 4",
        "portal.inactive at 30 d == 2",
        "portal.onboarded at end == 2",
    ):
        result.assert_expectation(expectation)


def test_times_that_overlap_are_refused_with_both_lines(tmp_path):
    """The old computer stays, so the name would mean two devices at once."""
    stays = OLD.replace("2026-03-10", "")

    assert problems(tmp_path, OTHER, stays, NEW) == [
        f'{tmp_path / "fleet.csv"}:4: name: the name "PC-01" is already on line 3; each name once'
        " (upper and lower case are the same), or a computer that joins when the earlier one of"
        " its name has retired"
    ]
    assert len(problems(tmp_path, MIDDLE, NEW.replace("03-20", "03-19"))) == 1
    assert len(problems(tmp_path, OLD, OLD)) == 1


@pytest.mark.parametrize("rows", [(OLD, NEW), (NEW, OLD)])
def test_the_first_computer_has_the_draws_of_its_name_and_the_next_its_own(tmp_path, rows):
    """A computer that follows changes no draw of the first, wherever it stands in the table."""
    alone = ran(tmp_path, OLD, OTHER, faults="drawn")
    both = ran(tmp_path, *rows, OTHER, faults="drawn")

    assert both.story("PC-01").startswith(alone.story("PC-01"))
    assert both.story("PC-02") == alone.story("PC-02")
    keys = record_keys([("PC-01", None), ("PC-01", datetime(2026, 3, 20))])
    assert keys[0] == device_key("PC-01") != keys[1]


def test_a_first_computer_that_retired_before_the_run_still_counts_as_the_first(tmp_path):
    """The second has the key of a second one, although the first takes no part."""
    gone = OLD.replace("2026-03-10", "2026-02-01")
    joined = NEW.replace("2026-03-20", "2026-02-01")

    fleet = ran(tmp_path, gone, joined).first.prepared.fleet

    assert fleet.names == ("PC-01",)
    assert fleet.keys[0] != device_key("PC-01")


def test_computers_of_one_name_stand_in_order_of_time_whatever_their_spelling():
    """The spelling of the first one decides where they stand in the fleet."""
    early, late = datetime(2026, 3, 1), datetime(2026, 3, 2)
    records = [("b", late), ("a", None), ("B", early), ("C", None)]

    assert [records[number] for number in record_order(records)] == [
        ("B", early),
        ("b", late),
        ("C", None),
        ("a", None),
    ]


def test_the_story_of_a_name_tells_each_computer_apart_in_memory_and_from_a_folder(tmp_path):
    """Rows of the portal about a computer that has left belong to that computer."""
    result = ran(tmp_path, OLD, MIDDLE, NEW, OTHER)
    saved = sim.open_run(result.save(tmp_path / "run"))
    parts = result.story("pc-01").split("of this name, another device to console and portal:")

    assert saved.story("PC-01") == result.story("PC-01")
    assert [part.count("Joins the fleet") for part in parts] == [0, 1, 1]
    assert [part.count("The portal drops its record") for part in parts] == [1, 1, 0]
    assert [part.count("Retires") for part in parts] == [1, 1, 0]


def test_two_runs_pair_the_computers_of_a_name_in_their_order(tmp_path):
    """A saved run equals itself; without the last computer only that one differs."""
    ran(tmp_path, OLD, MIDDLE, OTHER).save(tmp_path / "fewer")
    ran(tmp_path, OLD, MIDDLE, NEW, OTHER).save(tmp_path / "whole")

    def pairs(*folders):
        places = tuple(tmp_path / folder for folder in folders)
        return compare_folders(places, folders).devices

    assert pairs("whole", "whole").is_same
    assert pairs("fewer", "whole").only_b == ("PC-01",)
    assert pairs("fewer", "whole").in_both == 3


def test_a_saved_run_with_a_reimaged_computer_runs_again_with_the_same_events(tmp_path):
    """The fleet of the folder keeps the order and the times of its records."""
    result = ran(tmp_path, OLD, MIDDLE, NEW, OTHER, faults="drawn")
    result.save(tmp_path / "run")

    again = sim.run(tmp_path / "run" / "scenario.yaml")

    assert again.first.log.digest == result.first.log.digest
