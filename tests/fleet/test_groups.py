"""Faults that devices have in common are drawn by group, and keep their share of all devices."""

from collections import defaultdict
from datetime import date

import pytest

from sim.fleet.groups import COHORTS, GROUPED, group_key
from sim.reference.assumptions import ASSUMPTIONS
from tests.fleet.tables import fleet, fleet_of

SURE = 4.5
"""Standard deviations: a correct draw fails one of these tests less than once in 100,000 seeds."""

FAULTY = {
    "network_blocked_share": ("windows-11-24h2", lambda d: d.network == "blocked"),
    "network_streamlined_blocked_share": (
        "windows-11-24h2",
        lambda d: d.network_streamlined == "blocked",
    ),
    "not_fully_updated_share": ("server-2012-r2", lambda d: not d.fully_updated),
    "telemetry_update_missing_share": ("server-2012-r2", lambda d: not d.telemetry_update),
    "universal_crt_missing_share": ("server-2012-r2", lambda d: not d.universal_crt),
    "servicing_stack_missing_share": (
        "server-2016",
        lambda d: d.servicing_stack < date(2021, 9, 14),
    ),
    "cumulative_update_missing_share": (
        "server-2016",
        lambda d: d.cumulative_update < date(2018, 9, 20),
    ),
    "antivirus_outdated_share": ("server-2016", lambda d: d.antivirus == "outdated"),
    "antivirus_disabled_share": ("server-2016", lambda d: d.antivirus == "disabled"),
    "old_client_share": ("windows-11-24h2", lambda d: d.client_version == "2203"),
}
SYSTEMS = ("windows-11-24h2", "server-2012-r2", "server-2016")
KINDS = ("location", *COHORTS)
GROUPS = 2_000
EACH = 10
"""Devices in each group, of each system."""


def table(groups, each, systems=SYSTEMS, kinds=KINDS):
    """Return a table in which each group of each kind has the same devices."""
    rows = "".join(
        f"{system}/{group}/{n},{system}" + f",group {group}" * len(kinds) + "\n"
        for system in systems
        for group in range(groups)
        for n in range(each)
    )
    return f"{','.join(('name', 'os', *kinds))}\n{rows}"


def value(name):
    return ASSUMPTIONS[name].value / 1_000_000


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    """Return by system the devices of 2,000 groups, each a tuple of ten."""
    devices = fleet_of(table(GROUPS, EACH), tmp_path_factory.mktemp("grouped")).devices
    groups = defaultdict(list)
    for device in devices:
        groups[device.os, device.location].append(device)
    return {
        system: [tuple(group) for (os, _), group in groups.items() if os == system]
        for system in SYSTEMS
    }


def test_every_share_that_is_drawn_by_group_is_tested_here():
    assert set(FAULTY) == set(GROUPED)
    assert {grouping.kind for grouping in GROUPED.values()} == set(KINDS)


@pytest.mark.rule("FLT-2", "DWN-4", "DWN-5", "DWN-3")
@pytest.mark.parametrize("share", FAULTY)
def test_the_share_of_a_fault_drawn_by_group_is_the_assumed_one(share, grouped):
    """Of all devices, over many groups; the confidence reckons with the groups."""
    system, is_faulty = FAULTY[share]
    assumed, within = value(share), value(GROUPED[share].within)
    struck = assumed / within
    of_a_group = within**2 * struck * (1 - struck) + struck * within * (1 - within) / EACH

    faulty = sum(is_faulty(device) for group in grouped[system] for device in group)

    assert abs(faulty / (GROUPS * EACH) - assumed) <= SURE * (of_a_group / GROUPS) ** 0.5


@pytest.mark.parametrize("percent", [0, 100])
@pytest.mark.parametrize("share", FAULTY)
def test_an_overridden_share_of_none_or_all_is_exact(share, percent, tmp_path):
    system, is_faulty = FAULTY[share]
    others = "".join(f", {name}: 0 %" for name in FAULTY if name != share)
    assumed = f"assumptions: {{{share}: {percent} %{others}}}"

    devices = fleet_of(table(20, 3, (system,)), tmp_path, assumed).devices

    assert {is_faulty(device) for device in devices} == {percent == 100}


@pytest.mark.parametrize("share", FAULTY)
def test_groups_differ_far_more_than_devices_drawn_one_by_one_would(share, grouped):
    """The variance between groups is that of struck ones; one by one it would be below half.

    Of 2,000 groups so few are struck of the rarest fault that the variance is uncertain by a
    third: the bound is the half of what is right.
    """
    system, is_faulty = FAULTY[share]
    assumed, within = value(share), value(GROUPED[share].within)
    shares = [sum(map(is_faulty, group)) / EACH for group in grouped[system]]
    mean = sum(shares) / GROUPS

    observed = sum((one - mean) ** 2 for one in shares) / GROUPS

    one_by_one = assumed * (1 - assumed) / EACH
    struck = assumed / within
    right = within**2 * struck * (1 - struck) + struck * within * (1 - within) / EACH
    assert one_by_one < right / 2 < observed < right * 2


KIND_OF = {
    "network_blocked_share": "location",
    "network_streamlined_blocked_share": "location",
    "antivirus_disabled_share": "unit",
    "old_client_share": "client_upgrade_cohort",
}
"""All others are drawn by patch cohort."""


@pytest.mark.parametrize("share", FAULTY)
def test_a_fault_strikes_the_groups_of_its_own_kind(share, tmp_path):
    """Groups of that kind alone are named, and in a struck one everybody is struck."""
    system, is_faulty = FAULTY[share]
    others = "".join(f", {name}: 0 %" for name in FAULTY if name != share)
    assumed = f"assumptions: {{{share}: 50 %, {GROUPED[share].within}: 100 %{others}}}"
    text = table(40, 5, (system,), (KIND_OF.get(share, "patch_cohort"),))

    struck = defaultdict(set)
    for device in fleet_of(text, tmp_path, assumed).devices:
        struck[device.name.split("/")[1]].add(is_faulty(device))

    assert {len(answers) for answers in struck.values()} == {1}
    assert set().union(*struck.values()) == {True, False}


@pytest.mark.rule("FLT-2")
def test_a_location_is_blocked_as_a_whole_or_not_at_all(grouped):
    blocked = [
        sum(device.network == "blocked" for device in group) for group in grouped["windows-11-24h2"]
    ]

    assert sum(1 for number in blocked if number) < GROUPS / 10
    assert all(number == 0 or number >= 3 for number in blocked)


@pytest.mark.rule("FLT-2")
def test_everybody_at_a_blocked_location_is_blocked_when_that_is_assumed(tmp_path):
    whole = "assumptions: {network_blocked_share: 50 %, network_blocked_within_share: 100 %}"
    devices = fleet_of(table(40, 20, ("server-2022",)), tmp_path, whole).devices

    states = defaultdict(set)
    for device in devices:
        states[device.location].add(device.network)

    assert {len(state) for state in states.values()} == {1}
    assert len(set().union(*states.values())) == 2


@pytest.mark.rule("FLT-2")
def test_devices_without_a_location_are_blocked_one_by_one(tmp_path):
    """Ten thousand of them: as one place, none or nearly all would be."""
    rows = "".join(f"PC-{n},windows-11-24h2\n" for n in range(10_000))
    devices = fleet_of(f"name,os\n{rows}", tmp_path).devices

    share = value("network_blocked_share")
    blocked = sum(device.network == "blocked" for device in devices)

    assert abs(blocked / 10_000 - share) <= SURE * (share * (1 - share) / 10_000) ** 0.5


@pytest.mark.parametrize("within", ["0 %", "1 %", "3 %"])
def test_a_share_as_large_as_the_one_within_strikes_one_by_one(within, tmp_path):
    assumed = f"assumptions: {{network_blocked_within_share: {within}}}"
    rows = "".join(f"PC-{n},windows-11-24h2,LON\n" for n in range(10_000))
    devices = fleet_of(f"name,os,location\n{rows}", tmp_path, assumed).devices

    share = value("network_blocked_share")
    blocked = sum(device.network == "blocked" for device in devices)

    assert abs(blocked / 10_000 - share) <= SURE * (share * (1 - share) / 10_000) ** 0.5


@pytest.mark.rule("DWN-5")
@pytest.mark.parametrize("kinds", [(), ("patch_cohort",)])
def test_who_says_no_patch_cohort_is_put_into_a_numbered_one(kinds, tmp_path):
    """Of one cohort alone everybody is behind or nobody, whichever way the table is silent."""
    alone = (
        "assumptions: {patch_cohort_count: 1, servicing_stack_missing_share: 50 %, "
        "patch_within_share: 100 %}"
    )
    text = table(1, 50, ("server-2016",), kinds).replace(",group 0", ",")

    stacks = {
        frozenset(
            device.servicing_stack
            for device in fleet_of(text, tmp_path, alone, f"seed: {seed}").devices
        )
        for seed in range(20)
    }

    assert {len(of_a_fleet) for of_a_fleet in stacks} == {1}
    assert len(stacks) == 2


def test_the_shares_hold_over_many_seeds_where_the_fleet_names_no_groups(tmp_path):
    """The few numbered cohorts of one fleet may all be behind, or none; over seeds it evens out."""
    seeds, share = 400, value("old_client_share")
    text = "name,os\n" + "".join(f"PC-{n},windows-11-24h2\n" for n in range(40))
    behind = [
        sum(
            device.client_version == "2203"
            for device in fleet_of(text, tmp_path, f"seed: {seed}").devices
        )
        / 40
        for seed in range(seeds)
    ]

    mean = sum(behind) / seeds
    variance = sum((one - mean) ** 2 for one in behind) / seeds

    assert abs(mean - share) <= SURE * (variance / seeds) ** 0.5
    assert variance > 1.5 * share * (1 - share) / 40


def test_exclusive_faults_of_different_groups_fill_up_to_the_whole(tmp_path):
    """Each of the three is one of all devices, though a device has only one."""
    thirds = (
        "antivirus_disabled_share: 50 %, antivirus_outdated_share: 30 %, "
        "antivirus_not_installed_share: 20 %"
    )
    devices = fleet_of(
        table(1_000, 5, ("server-2016",)), tmp_path, f"assumptions: {{{thirds}}}"
    ).devices

    states = [device.antivirus for device in devices]

    assert "enabled" not in states
    for state, share in (("disabled", 0.5), ("outdated", 0.3), ("not_installed", 0.2)):
        assert abs(states.count(state) / 5_000 - share) <= SURE * (0.25 / 1_000) ** 0.5


def test_a_fleet_made_up_shares_its_luck_by_the_labels_it_shows():
    """Its patch cohorts are either behind or not at all: read from the label, as people would."""
    behind = "assumptions: {servicing_stack_missing_share: 50 %, patch_within_share: 100 %}"
    devices = fleet("generate: {devices: 2000, mix: {server-2016: 100 %}}", behind).devices

    stacks = defaultdict(set)
    for device in devices:
        stacks[device.labels[2]].add(device.servicing_stack)

    assert {len(of_cohort) for of_cohort in stacks.values()} == {1}
    assert len(set().union(*stacks.values())) == 2


def test_groups_of_one_name_but_different_kinds_have_different_luck():
    assert len({group_key(kind, "London") for kind in KINDS}) == len(KINDS)
    assert group_key("unit", "LONDON") == group_key("unit", "London")


def test_what_one_group_meets_does_not_depend_on_who_else_is_there(tmp_path):
    few = fleet_of(table(10, 3), tmp_path).devices
    many = {device.name: device for device in fleet_of(table(30, 3), tmp_path).devices}

    assert [many[device.name] for device in few] == list(few)
