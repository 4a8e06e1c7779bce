"""Which presence a computer has where its table does not say, and which records are stale."""

import pytest

from sim.reference.assumptions import ASSUMPTIONS
from tests.fleet.tables import fleet_of

SURE = 4.5
"""Standard deviations: a correct draw fails one of these tests less than once in 100,000 seeds."""
MANY = 20_000


def value(name):
    return ASSUMPTIONS[name].value / 1_000_000


def drawn(cells, folder, *lines, many=MANY):
    """Return many devices whose table has the columns of *cells*, with the same in each row."""
    rows = "".join(f"PC-{n},{','.join(cells.values())}\n" for n in range(many))
    return fleet_of(f"name,{','.join(cells)}\n{rows}", folder, *lines).devices


def is_about(count, share, of=MANY):
    return abs(count / of - share) <= SURE * (share * (1 - share) / of) ** 0.5


LAPTOP = {"os": "windows-11-24h2", "chassis": "laptop", "client": "active"}
DESKTOP = {"os": "windows-11-24h2", "chassis": "desktop", "client": "active"}
SERVER = {"os": "server-2022", "client": "active"}


def test_laptops_keep_office_hours_but_for_the_few_that_are_rarely_on_or_never(tmp_path):
    presences = [device.presence for device in drawn(LAPTOP, tmp_path)]

    assert set(presences) == {"office", "rare", "off"}
    assert is_about(presences.count("off"), value("off_presence_share"))
    assert is_about(presences.count("rare"), value("rare_presence_share"))


def test_desktops_stay_on_at_night_as_often_as_assumed(tmp_path):
    presences = [device.presence for device in drawn(DESKTOP, tmp_path)]

    seldom = value("off_presence_share") + value("rare_presence_share")
    assert set(presences) == {"always_on", "office", "rare", "off"}
    assert is_about(presences.count("off"), value("off_presence_share"))
    assert is_about(presences.count("always_on"), (1 - seldom) * value("desktop_night_share"))


@pytest.mark.parametrize(
    "cells",
    [
        SERVER,
        {**SERVER, "chassis": "desktop"},
        {**DESKTOP, "chassis": "virtual"},
        {**DESKTOP, "chassis": "server"},
    ],
    ids=["server", "server under a desk", "virtual client", "client in a rack"],
)
def test_servers_and_virtual_computers_are_always_on_or_gone(cells, tmp_path):
    presences = [device.presence for device in drawn(cells, tmp_path)]

    assert set(presences) == {"always_on", "off"}
    assert is_about(presences.count("off"), 1 - value("server_on_share"))


@pytest.mark.parametrize("cells", [LAPTOP, DESKTOP, SERVER], ids=["laptop", "desktop", "server"])
def test_without_chance_every_computer_is_always_on(cells, tmp_path):
    devices = drawn(cells, tmp_path, "faults: none", many=2_000)

    assert {(device.presence, device.restart_pending) for device in devices} == {
        ("always_on", False)
    }


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("system", ["windows-11-24h2", "server-2022"])
def test_some_inactive_records_are_stale_duplicates_that_are_never_on(system, tmp_path):
    """As many of all records as assumed; nothing else is ever off here."""
    only = "assumptions: {off_presence_share: 0 %, server_on_share: 100 %}"
    devices = drawn({"os": system}, tmp_path, only)

    off = [device for device in devices if device.presence == "off"]

    assert {device.client for device in off} == {"inactive"}
    assert is_about(len(off), value("duplicate_share"))
    assert is_about(
        sum(device.client == "inactive" for device in devices), value("client_inactive_share")
    )


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("share", [0, 3, 5])
def test_there_are_no_more_duplicates_than_inactive_records(share, tmp_path):
    few = (
        f"assumptions: {{client_inactive_share: {share} %, duplicate_share: 5 %, "
        "off_presence_share: 0 %}"
    )
    devices = drawn({"os": "windows-11-24h2"}, tmp_path, few, many=4_000)

    assert {device.presence == "off" for device in devices if device.client == "inactive"} <= {True}
    assert {device.client for device in devices if device.presence == "off"} <= {"inactive"}


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("given", [{"client": "inactive"}, {"presence": "office"}], ids=["c", "p"])
def test_what_a_table_says_of_client_or_presence_makes_no_duplicate(given, tmp_path):
    always = (
        "assumptions: {client_inactive_share: 100 %, duplicate_share: 100 %, "
        "off_presence_share: 0 %}"
    )
    devices = drawn({"os": "windows-11-24h2", **given}, tmp_path, always, many=500)

    assert {device.client for device in devices} == {"inactive"}
    assert "off" not in {device.presence for device in devices}


@pytest.mark.rule("FLT-4")
@pytest.mark.parametrize(("system", "share"), [("server-2016", 100), ("windows-8.1", 0)])
def test_a_restart_is_pending_on_servers_alone(system, share, tmp_path):
    always = "assumptions: {restart_pending_share: 100 %}"
    devices = drawn({"os": system}, tmp_path, always, many=100)

    assert sum(device.restart_pending for device in devices) == share


@pytest.mark.rule("FLT-1")
def test_a_device_that_joins_during_the_run_is_new(tmp_path):
    """Its ConfigMgr client is active and up to date, and it is not a record without a computer."""
    worst = (
        "assumptions: {client_inactive_share: 100 %, old_client_share: 100 %, "
        "off_presence_share: 100 %, server_on_share: 0 %, duplicate_share: 100 %}"
    )
    rows = (
        "A,windows-11-24h2,2026-03-03\n"
        "B,server-2022,2026-03-02 00:00:01\n"
        "C,windows-11-24h2,2026-03-02\n"
        "D,server-2022,\n"
    )
    devices = fleet_of(f"name,os,joined_at\n{rows}", tmp_path, worst).devices

    for device in devices[:2]:
        assert (device.client, device.client_version) == ("active", "2403")
        assert device.presence in ("office", "always_on")
    for device in devices[2:]:
        assert (device.client, device.client_version) == ("inactive", "2203")
        assert device.presence == "off"
