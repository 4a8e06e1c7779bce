"""Empty traits are drawn from the assumptions, keyed by seed and name; given ones never are."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest

from sim.reference.assumptions import ASSUMPTIONS
from sim.runs.preparation import assumed_values, build_fleet
from sim.scenario.loader import load_text
from tests.fleet.tables import device_of, fleet, fleet_of

SURE = 4.5
"""Standard deviations: a correct draw fails one of these tests less than once in 100,000 seeds."""


GIVEN = {
    "edition": ("Pro", "pro"),
    "chassis": ("Virtual", "virtual"),
    "location": ("Plant 7", "Plant 7"),
    "managed_by": ("co-managed", "co_managed"),
    "client": ("broken", "broken"),
    "client_version": ("5.00.9128", "5.00.9128"),
    "presence": ("always on", "always_on"),
    "agent": ("mma", "mma"),
    "onboarded": ("yes", True),
    "sensor_running": ("0", False),
    "last_contact": ("2026-02-01T10:30", datetime(2026, 2, 1, 10, 30)),
    "fully_updated": ("FALSE", False),
    "telemetry_update": ("no", False),
    "universal_crt": ("false", False),
    "servicing_stack": ("2021-09-14", date(2021, 9, 14)),
    "cumulative_update": ("2018-09-20 00:00:00", date(2018, 9, 20)),
    "antivirus": ("Not installed", "not_installed"),
    "dotnet": ("1", True),
    "clock_ok": ("False", False),
    "network": ("blocked", "blocked"),
    "restart_pending": ("true", True),
    "joined_at": ("2026-03-05", datetime(2026, 3, 5)),
    "retired_at": ("2026-03-06 17:00", datetime(2026, 3, 6, 17)),
    "product_type": ("domain controller", "domain_controller"),
}


@pytest.mark.parametrize("trait", GIVEN)
def test_a_given_trait_is_read_and_never_drawn(trait, tmp_path):
    """The assumptions say the opposite with certainty, and the table wins."""
    written, value = GIVEN[trait]
    shares = "assumptions: {" + ", ".join(f"{name}: 100 %" for name in _shares()) + "}"

    assert getattr(device_of({trait: written}, tmp_path, shares), trait) == value


def _shares():
    return [name for name, entry in ASSUMPTIONS.items() if entry.unit == "share"]


@pytest.mark.parametrize(
    ("written", "value"), [("true", True), ("no", False), ("2026-10-13", date(2026, 10, 13))]
)
def test_extended_updates_are_a_truth_or_the_day_they_end(written, value, tmp_path):
    assert device_of({"esu": written}, tmp_path).esu == value


def test_what_is_onboarded_without_saying_where_is_onboarded_here(tmp_path):
    lines = ("packages: [{name: p, payload: a, organization: contoso}]",)

    here = device_of({"onboarded": "true"}, tmp_path, *lines)
    elsewhere = device_of(
        {"onboarded": "true", "organization": "fabrikam", "payload": "z"}, tmp_path, *lines
    )
    never = device_of({}, tmp_path, *lines)

    assert (here.organization, here.payload) == ("contoso", "a")
    assert (elsewhere.organization, elsewhere.payload) == ("fabrikam", "z")
    assert (never.onboarded, never.organization, never.payload) == (False, "", "")


@pytest.mark.parametrize("share", [None, 0, 100])
def test_without_chance_every_empty_trait_is_faultless(share, tmp_path):
    """Whatever the assumptions say of the shares of faults."""
    no_faults = ("laptop_share", "virtual_server_share")
    shares = [f"{name}: {share} %" for name in _shares() if name not in no_faults]
    assumed = f"assumptions: {{{', '.join(shares)}}}" if share is not None else ""
    rows = "".join(
        f"{system}-{n},{system}\n"
        for system in ("windows-10-22h2", "windows-8.1", "server-2012-r2", "server-2016")
        for n in range(300)
    )

    devices = fleet_of(f"name,os\n{rows}", tmp_path, "faults: none", assumed).devices

    faultless = {
        "client": "active",
        "client_version": "2403",
        "presence": "always_on",
        "agent": "none",
        "agent_version": "",
        "onboarded": False,
        "sensor_running": True,
        "fully_updated": True,
        "telemetry_update": True,
        "universal_crt": True,
        "antivirus": "enabled",
        "dotnet": True,
        "clock_ok": True,
        "network": "ok",
        "restart_pending": False,
        "managed_by": "configmgr",
    }
    assert {name: {getattr(d, name) for d in devices} for name in faultless} == {
        name: {value} for name, value in faultless.items()
    }
    assert {d.edition for d in devices} == {"enterprise", "standard"}
    assert all(d.servicing_stack >= date(2021, 9, 14) for d in devices)
    assert all(d.cumulative_update >= date(2018, 9, 20) for d in devices)


DRAWN = [  # device by device; what is drawn by group is in test_groups
    ("laptop_share", "windows-11-24h2", lambda d: d.chassis == "laptop"),
    ("virtual_server_share", "server-2019", lambda d: d.chassis == "virtual"),
    ("domain_controller_share", "server-2019", lambda d: d.product_type == "domain_controller"),
    ("pro_share", "windows-11-24h2", lambda d: d.edition == "pro"),
    ("ltsc_share", "windows-10-21h2", lambda d: d.edition == "ltsc"),
    ("esu_share", "windows-10-22h2", lambda d: d.esu is True),
    ("co_managed_share", "windows-11-24h2", lambda d: d.managed_by == "co_managed"),
    ("intune_only_share", "windows-10-22h2", lambda d: d.managed_by == "intune"),
    ("client_inactive_share", "windows-11-24h2", lambda d: d.client == "inactive"),
    ("client_broken_share", "windows-11-24h2", lambda d: d.client == "broken"),
    ("mma_present_share", "windows-8.1", lambda d: d.agent == "mma"),
    ("mde_client_present_share", "server-2016", lambda d: "mde_client" in d.agent),
    ("antivirus_not_installed_share", "server-2016", lambda d: d.antivirus == "not_installed"),
    ("dotnet_missing_share", "windows-8.1", lambda d: not d.dotnet),
    ("clock_skew_share", "windows-11-24h2", lambda d: not d.clock_ok),
    ("network_blocked_share", "windows-11-24h2", lambda d: d.network == "blocked"),
    ("restart_pending_share", "server-2022", lambda d: d.restart_pending),
]
SYSTEMS = sorted({system for _, system, _ in DRAWN})
EACH = 4_000


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Return 4,000 devices of each system with traits as assumed."""
    rows = "".join(f"{system}/{n},{system}\n" for system in SYSTEMS for n in range(EACH))
    devices = fleet_of(f"name,os\n{rows}", tmp_path_factory.mktemp("drawn")).devices
    return {system: [d for d in devices if d.os == system] for system in SYSTEMS}


@pytest.mark.parametrize(("assumption", "system", "holds"), DRAWN, ids=[d[0] for d in DRAWN])
def test_the_share_of_a_drawn_trait_is_the_assumed_one(assumption, system, holds, drawn):
    share = ASSUMPTIONS[assumption].value / 1_000_000
    spread = SURE * (share * (1 - share) / EACH) ** 0.5

    assert abs(sum(map(holds, drawn[system])) / EACH - share) <= spread


@pytest.mark.parametrize("share", [0, 100])
@pytest.mark.parametrize(("assumption", "system", "holds"), DRAWN, ids=[d[0] for d in DRAWN])
def test_an_overridden_assumption_is_what_is_drawn(assumption, system, holds, share, tmp_path):
    lines = [f"{assumption}: {share} %"]
    if share:
        lines += [f"{name}: 0 %" for name in _rivals(assumption)]
    table = "name,os\n" + "".join(f"PC-{n},{system}\n" for n in range(50))

    devices = fleet_of(table, tmp_path, f"assumptions: {{{', '.join(lines)}}}").devices

    assert {bool(holds(device)) for device in devices} == {bool(share)}


def _rivals(assumption):
    """Return the shares that would leave *assumption* no room: a device has only one of them."""
    families = (
        ("client_inactive_share", "client_broken_share"),
        ("intune_only_share", "co_managed_share"),
        ("ltsc_share", "pro_share"),
        ("antivirus_not_installed_share", "antivirus_disabled_share", "antivirus_outdated_share"),
    )
    return [
        name for family in families if assumption in family for name in family if name != assumption
    ]


def test_an_agent_that_is_there_is_old_as_often_as_assumed(tmp_path):
    table = "name,os\n" + "".join(f"PC-{n},windows-8.1\n" for n in range(EACH))
    devices = fleet_of(table, tmp_path, "assumptions: {mma_present_share: 100 %}").devices

    versions = Counter(device.agent_version for device in devices)

    share = ASSUMPTIONS["agent_outdated_share"].value / 1_000_000
    assert set(versions) == {"10.20.18011", "10.20.18069"}
    spread = SURE * (share * (1 - share) / EACH) ** 0.5
    assert abs(versions["10.20.18011"] / EACH - share) <= spread


def test_an_old_client_is_never_newer_than_the_site(tmp_path):
    always = "assumptions: {old_client_share: 100 %}"

    assert device_of({}, tmp_path, always, 'site: {version: "2107"}').client_version == "2107"
    assert device_of({}, tmp_path, always).client_version == "2203"


def test_a_device_keeps_its_traits_whoever_else_is_there(tmp_path):
    rows = [f"PC-{n:03d},{SYSTEMS[n % len(SYSTEMS)]}\n" for n in range(200)]

    whole = {d.name: d for d in fleet_of("name,os\n" + "".join(rows), tmp_path).devices}
    part = fleet_of("name,os\n" + "".join(reversed(rows[50:150:3])), tmp_path).devices

    assert [whole[device.name] for device in part] == list(part)


def test_the_case_of_a_name_and_other_columns_decide_nothing(tmp_path):
    one = device_of({"name": "Pc-77"}, tmp_path)
    two = device_of({"name": "pC-77", "note": "x", "location": "LON"}, tmp_path)

    assert replace(two, name=one.name, labels=(), location="") == one


def test_another_seed_draws_other_traits():
    one, other = (
        [d.client for d in fleet("generate: {devices: 500}", f"seed: {seed}").devices]
        for seed in (1, 2)
    )

    assert one != other


@pytest.mark.parametrize(
    ("system", "agent"),
    [
        ("windows-8.1", "mma"),
        ("server-2012-r2", "mde_client"),
        ("server-2016", "mde_client"),
        ("windows-11-24h2", "none"),
    ],
)
def test_a_device_onboarded_before_the_start_has_the_agent_it_needs(system, agent, tmp_path):
    text = f"name,os,onboarded\na,{system},true\n"
    (tmp_path / "fleet.csv").write_text(text, "utf-8")
    source = (
        "format: 1\nname: x\nstart: 2026-03-02\nhorizon: 1 d\nfaults: none\n"
        "fleet: {import: {file: fleet.csv}}\n"
    )
    scenario = load_text(source).scenario
    (device,) = build_fleet(scenario, tmp_path, assumed_values(scenario)).devices
    assert device.agent == agent
