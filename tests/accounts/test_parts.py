"""Onboarding in parts of the fleet: which parts there are, and that each counts only its own."""

import math

import pytest

from sim.accounts.parts import MAX_PARTS, divisions, family_of
from sim.reference.systems import OPERATING_SYSTEMS
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from tests.measures.handmade import HORIZON, Handmade, device


def cut(log, collections=()):
    return {one.by: one for one in divisions(log.tally(), collections, HORIZON)}


def two_systems():
    log = Handmade(
        device("A", os="windows-11-24h2"),
        device("B", os="windows-11-23h2", location="PAR"),
        device("C", os="server-2022", location="PAR"),
    )
    return log.target(0, "A", "B", "C").onboard(500, "A").onboard(600, "C")


def test_releases_of_one_family_count_together():
    division = cut(two_systems())["os"]

    rows = [(part.name, part.eligible, part.onboarded, part.waiting) for part in division.parts]
    assert rows == [("Windows 11", 2, 1, 1), ("Server 2022", 1, 1, 0)]
    assert division.whole.eligible == 3


def test_a_part_counts_onboarded_devices_that_fell_silent_as_onboarded_but_not_as_protected():
    windows, server = cut(two_systems().log(700, "C", "went_inactive", rule="MON-3"))["os"].parts

    assert (windows.onboarded, windows.protected) == (1, 1)
    assert (server.onboarded, server.protected) == (1, 0)


def test_a_part_covers_its_own_devices_over_time():
    windows, server = cut(two_systems())["os"].parts
    instants = cut(two_systems())["os"].instants

    covered = dict(zip(instants, windows.coverage, strict=True))
    assert (covered[500], covered[HORIZON]) == (0, 50)
    assert instants[0] == 0
    assert instants[-1] == HORIZON
    assert (windows.reached, server.reached) == (None, 600)


def test_locations_stand_the_biggest_first():
    division = cut(two_systems())["location"]

    assert [(part.name, part.eligible) for part in division.parts] == [("PAR", 2), ("LON", 1)]


def test_the_smaller_locations_count_together_and_no_device_is_lost():
    names = [f"L{n:02d}" for n in range(12)]
    devices = [device(f"{name}-{n}", location=name) for name in names for n in range(2)]
    devices.append(device("first", location="L11"))
    log = Handmade(*devices).onboard(10, "first", "L00-0", "L05-0")
    parts = cut(log)["location"].parts

    assert len(parts) == MAX_PARTS
    assert [parts[0].name, parts[-1].name] == ["L11", "5 other locations"]
    assert sum(part.eligible for part in parts) == len(devices)
    assert sum(part.onboarded for part in parts) == 3


def test_the_rarer_systems_count_together():
    systems = [name for name in OPERATING_SYSTEMS if name.startswith(("server", "windows-1"))]
    log = Handmade(*(device(name, os=name) for name in systems))
    parts = cut(log)["os"].parts

    assert len(parts) == MAX_PARTS
    assert parts[-1].name == "Others"
    assert sum(part.eligible for part in parts) == len(systems)


def test_what_is_never_eligible_makes_no_part():
    log = Handmade(device("A"), device("B", os="windows-7", ineligible_cause="os_not_supported"))

    assert cut(log) == {}


def test_collections_may_overlap_and_too_many_are_counted():
    log = two_systems()
    for name, collection in (("A", "All"), ("B", "All"), ("A", "Some")):
        log.log(0, name, "member_added", collection=collection)
    division = cut(log, ("All", "Some"))["collection"]

    assert [(part.name, part.eligible) for part in division.parts] == [("All", 2), ("Some", 1)]
    assert cut(log, ("All", *("Some",) * MAX_PARTS))["collection"].left_out == 1


def test_a_part_without_a_device_has_no_coverage():
    log = Handmade(device("A"), device("B")).log(500, "A", "member_added", collection="All")
    (part,) = cut(log, ("All",))["collection"].parts

    assert math.isnan(part.coverage[0])
    assert part.coverage[-1] == 0


def test_the_whole_reaches_its_level_when_the_summary_says_so():
    text = """\
format: 1
name: whole
start: 2026-03-02
horizon: 3 d
faults: none
fleet: {generate: {devices: 40, mix: enterprise-2026}}
collections: [{name: All, members: managed}]
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p, workspace: {id: present, key: present}}]
plan: [{at: 0 d, deploy: Onboard, to: [All]}]
"""
    run = run_replication(load_text(text))
    found = divisions(run.tally, ["All"], run.prepared.scenario.horizon)

    assert {one.whole.reached for one in found} == {run.summary["time_to"]["90"]}
    assert all(one.whole.onboarded == run.summary["onboarded"] for one in found)


@pytest.mark.parametrize("system", OPERATING_SYSTEMS)
def test_every_system_has_a_family_that_people_know(system):
    assert family_of(system).split()[0] in ("Windows", "Server")
