"""What stands in the way: prerequisites, registration, organizations, files that expire."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.causes import CAUSES
from sim.reference.decisions import Decision
from sim.reference.gates import (
    organization_gate,
    payload_gate,
    registration_refusals,
    removes_mma,
    restart_rule,
)
from sim.units import DAY, HOUR
from tests.reference.devices import faultless
from tests.reference.first_refusals import install_gates, offboarding_gate, registration_gates
from tests.reference.test_platforms import IDS


def cause(decision):
    """Return why a gate refuses, or an empty text when it lets pass."""
    return decision.cause if decision else ""


@pytest.mark.rule("DWN-4")
@pytest.mark.parametrize(
    ("fully_updated", "telemetry", "runtime", "expected"),
    [
        (True, True, True, ""),
        (True, False, True, ""),
        (True, True, False, ""),
        (True, False, False, ""),
        (False, True, True, ""),
        (False, False, True, "prerequisite_telemetry"),
        (False, True, False, "prerequisite_universal_crt"),
        (False, False, False, "prerequisite_telemetry"),
    ],
)
def test_prerequisites_of_server_2012_r2(fully_updated, telemetry, runtime, expected):
    """A fully updated server needs nothing more; another needs both updates."""
    device = faultless(
        os="server-2012-r2",
        fully_updated=fully_updated,
        telemetry_update=telemetry,
        universal_crt=runtime,
        servicing_stack=None,
        cumulative_update=None,
        antivirus="not_installed",
        dotnet=False,
    )
    refusal = install_gates(device, "mde_client")

    assert cause(refusal) == expected
    assert refusal is None or refusal.rule == "DWN-4"


STACKS = [(None, False), (date(2021, 9, 13), False), (date(2021, 9, 14), True)]
UPDATES = [(None, False), (date(2018, 9, 19), False), (date(2018, 9, 20), True)]
ANTIVIRUS = ["enabled", "disabled", "outdated", "not_installed"]


@pytest.mark.rule("DWN-5")
@pytest.mark.parametrize(
    ("stack", "update", "antivirus"), list(product(STACKS, UPDATES, ANTIVIRUS)), ids=str
)
def test_prerequisites_of_server_2016(stack, update, antivirus):
    """Each of the three is a cause of its own; the days named are themselves good enough."""
    device = faultless(
        os="server-2016",
        servicing_stack=stack[0],
        cumulative_update=update[0],
        antivirus=antivirus,
        fully_updated=False,
        telemetry_update=False,
        universal_crt=False,
    )
    if not stack[1]:
        expected = "prerequisite_servicing_stack"
    elif not update[1]:
        expected = "prerequisite_cumulative_update"
    elif antivirus == "enabled":
        expected = ""
    else:
        expected = "antivirus_" + antivirus
    refusal = install_gates(device, "mde_client")

    assert cause(refusal) == expected
    assert refusal is None or (refusal.rule, refusal.agent) == ("DWN-5", "mde_client")


@pytest.mark.rule("DWN-9")
def test_what_was_missing_can_be_fixed():
    """The same server passes once the missing update is there."""
    before = faultless(os="server-2016", servicing_stack=None)
    after = faultless(os="server-2016", servicing_stack=date(2026, 3, 1))

    assert install_gates(before, "mde_client").refused
    assert install_gates(after, "mde_client") is None


@pytest.mark.rule("FLT-4")
@pytest.mark.parametrize("os", ["server-2012-r2", "server-2016"])
@pytest.mark.parametrize("route", ["mde_client", "mma"])
def test_a_pending_restart_blocks_installers(os, route):
    """A server that waits for a restart installs no agent."""
    refusal = install_gates(faultless(os=os, restart_pending=True), route)

    assert refusal == Decision("FLT-4", route, route, "restart_pending")


@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize("os", ["windows-8.1", "server-2012-r2", "server-2016"])
def test_an_old_dotnet_blocks_mma(os):
    """Without a recent .NET the MMA installer fails, whatever the MDE client would need."""
    device = faultless(os=os, dotnet=False, fully_updated=False, telemetry_update=False)

    assert install_gates(device, "mma") == Decision("FLT-5", "mma", "mma", "dotnet_missing")
    assert cause(install_gates(faultless(os=os), "mma")) == ""


@pytest.mark.rule("UPL-1")
@pytest.mark.parametrize("route", ["config_file", "none"])
def test_the_configuration_file_has_no_installer(route):
    """Nothing that blocks an installer blocks the configuration file."""
    device = faultless(restart_pending=True, dotnet=False, antivirus="disabled")

    assert install_gates(device, route) is None


@pytest.mark.rule("DWN-11")
def test_an_installer_defect_fails_the_new_agent_alone():
    """It comes after a pending restart; MMA has an installer of its own."""
    device = faultless(os="server-2012-r2", fully_updated=True, installer_defect=True)

    assert install_gates(device, "mde_client") == Decision(
        "DWN-11", "mde_client", "mde_client", "installer_defect"
    )
    assert install_gates(device, "mma") is None
    pending = replace(device, restart_pending=True)
    assert cause(install_gates(pending, "mde_client")) == "restart_pending"


@pytest.mark.rule("DWN-10")
@pytest.mark.rule("DWN-11")
@pytest.mark.parametrize(
    ("os", "before", "new", "rule"),
    [
        ("server-2016", {"antivirus": "not_installed"}, {"antivirus": "enabled"}, "DWN-10"),
        ("server-2016", {"antivirus": "disabled"}, {"antivirus": "enabled"}, "DWN-10"),
        ("server-2016", {"antivirus": "disabled"}, {"antivirus": "outdated"}, "DWN-10"),
        ("server-2016", {"antivirus": "disabled"}, {"antivirus": "not_installed"}, ""),
        ("server-2016", {"antivirus": "outdated"}, {"antivirus": "enabled"}, ""),
        ("server-2019", {"antivirus": "disabled"}, {"antivirus": "enabled"}, ""),
        ("server-2016", {"antivirus": "disabled"}, {"servicing_stack": date(2026, 1, 1)}, ""),
        ("windows-8.1", {"dotnet": False}, {"dotnet": True}, "DWN-10"),
        ("server-2012-r2", {"installer_defect": True}, {"installer_defect": False}, "DWN-11"),
        ("server-2012-r2", {"installer_defect": False}, {"installer_defect": True}, ""),
    ],
)
def test_which_repairs_count_from_the_next_restart(os, before, new, rule):
    assert restart_rule(faultless(os=os, **before), new) == rule


@pytest.mark.rule("UPL-4")
@pytest.mark.parametrize("route", ["config_file", "mde_client", "mma"])
def test_a_disabled_early_launch_driver_keeps_the_service_from_starting(route):
    """On every route, before the path to the service is even tried."""
    device = faultless(elam_driver="disabled", network="blocked")

    found = registration_gates(device, route, "present", mma_is_outdated=False)
    assert (cause(found), found.rule) == ("elam_driver_disabled", "UPL-4")


@pytest.mark.rule("UPL-5")
@pytest.mark.parametrize(
    ("os", "expected"),
    [("windows-11-24h2", "sensor_missing"), ("server-2022", "sensor_missing"),
     ("server-2016", ""), ("server-2012-r2", ""), ("windows-8.1", "")],
)  # fmt: skip
def test_the_sensor_belongs_to_up_level_systems(os, expected):
    """On the others it comes with the MDE client."""
    device = faultless(os=os, sensor="absent")

    assert cause(registration_gates(device, "config_file", "present", False)) == expected


@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize("connectivity", ["standard", "streamlined"])
@pytest.mark.parametrize("route", ["config_file", "mde_client", "mma"])
def test_a_streamlined_package_has_a_path_of_its_own_off_the_mma_route(connectivity, route):
    own = faultless(network_streamlined="blocked")
    usual = faultless(network="blocked")
    is_own = connectivity == "streamlined" and route != "mma"

    for device, is_blocked in ((own, is_own), (usual, not is_own)):
        found = [each.cause for each in registration_refusals(device, route, False, connectivity)]
        assert found == (["network_blocked"] if is_blocked else [])


def test_of_several_obstacles_the_first_counts():
    """Of several obstacles to an install the first in the vocabulary's order is told."""
    server = faultless(os="server-2016", antivirus="outdated", restart_pending=True)
    client = faultless(os="windows-8.1", dotnet=False, restart_pending=True)

    assert cause(install_gates(server, "mde_client")) == "antivirus_outdated"
    assert cause(install_gates(client, "mma")) == "dotnet_missing"


@pytest.mark.rule("MMA-4")
@pytest.mark.rule("MMA-5")
@pytest.mark.rule("FLT-2")
@pytest.mark.rule("FLT-5")
@pytest.mark.parametrize(
    ("workspace", "old", "clock_ok", "network", "expected"),
    [
        ("present", False, True, "ok", None),
        ("swapped", True, False, "blocked", ("MMA-4", "workspace_swapped")),
        ("wrong", True, False, "blocked", ("MMA-4", "workspace_wrong")),
        ("present", True, False, "blocked", ("MMA-5", "agent_outdated")),
        ("present", False, False, "blocked", ("FLT-5", "clock_skew")),
        ("present", False, True, "blocked", ("FLT-2", "network_blocked")),
    ],
)
def test_registration_over_mma(workspace, old, clock_ok, network, expected):
    """MMA registers with good values, a recent agent, a right clock and an open path."""
    device = faultless(os="windows-8.1", clock_ok=clock_ok, network=network)
    refusal = registration_gates(device, "mma", workspace, old)

    assert (refusal and (refusal.rule, refusal.cause)) == expected


@pytest.mark.rule("MMA-7")
@pytest.mark.rule("FLT-2")
@pytest.mark.parametrize("route", ["config_file", "mde_client"])
@pytest.mark.parametrize("workspace", ["present", "missing", "swapped", "wrong"])
def test_registration_off_the_mma_route(route, workspace):
    """Off the MMA route only the network path matters."""
    open_path = faultless(clock_ok=False, network="ok")
    blocked = faultless(clock_ok=False, network="blocked")

    assert registration_gates(open_path, route, workspace, True) is None
    assert registration_gates(blocked, route, workspace, True) == Decision(
        "FLT-2", route, cause="network_blocked"
    )


@pytest.mark.rule("UPD-7")
@pytest.mark.parametrize(
    ("current", "new", "refused"),
    [
        (None, "contoso", False),
        ("", "contoso", False),
        ("contoso", "contoso", False),
        ("fabrikam", "contoso", True),
        ("fabrikam", None, True),
    ],
)
def test_a_device_of_another_organization(current, new, refused):
    """A device onboarded elsewhere is not moved by a payload."""
    refusal = organization_gate(current, new)

    assert refusal == (Decision("UPD-7", cause="other_organization") if refused else None)


@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize("os", IDS)
def test_streamlined_packages(os):
    """Streamlined connectivity is not for Windows 10 1607 to 1803 in place."""
    in_place = payload_gate(os, "config_file", connectivity="streamlined", onboarded=True)
    excluded = ("windows-10-1607", "windows-10-1703", "windows-10-1709", "windows-10-1803")

    assert cause(in_place) == ("payload_not_eligible" if os in excluded else "")
    assert payload_gate(os, "config_file", connectivity="streamlined", onboarded=False) is None
    assert payload_gate(os, "config_file", connectivity="standard", onboarded=True) is None


@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize("os", ["windows-8.1", "server-2012-r2", "server-2016"])
def test_streamlined_packages_do_not_move_mma_devices_and_do_not_hinder_new_ones(os):
    """A first onboarding on the MMA route uses the workspace values, whatever the file says."""
    refusal = payload_gate(os, "mma", connectivity="streamlined", onboarded=True)

    assert refusal == Decision("UPD-8", cause="payload_not_eligible")
    assert payload_gate(os, "mma", connectivity="streamlined", onboarded=False) is None
    assert payload_gate(os, "mma", connectivity="standard", onboarded=True) is None


def apply_file(**changes):
    """Apply a valid offboarding file with the *changes*."""
    circumstances = {
        "package_org": "contoso",
        "device_org": "contoso",
        "downloaded": date(2026, 2, 20),
        "on": date(2026, 3, 2),
        "validity": 30 * DAY,
        "systems": "windows_10_11",
        "os": "windows-11-24h2",
    }
    return offboarding_gate(**(circumstances | changes))


@pytest.mark.rule("OFF-2")
@pytest.mark.parametrize(
    ("validity", "on", "expired"),
    [
        (30 * DAY, "2026-02-20", False),
        (30 * DAY, "2026-03-22", False),
        (30 * DAY, "2026-03-23", True),
        (7 * DAY, "2026-02-27", False),
        (7 * DAY, "2026-02-28", True),
        (36 * HOUR, "2026-02-21", False),
        (36 * HOUR, "2026-02-22", True),
        (0, "2026-02-20", False),
        (0, "2026-02-21", True),
    ],
)
def test_offboarding_files_expire(validity, on, expired):
    """A file works through the end of its last day; parts of a day do not count."""
    refusal = apply_file(validity=validity, on=date.fromisoformat(on))

    assert refusal == (Decision("OFF-2", cause="offboarding_expired") if expired else None)


@pytest.mark.rule("OFF-4")
@pytest.mark.parametrize("device_org", ["fabrikam", None])
def test_files_of_another_organization(device_org):
    """A device refuses a file of another organization, before it looks at the date."""
    refusal = apply_file(device_org=device_org, on=date(2030, 1, 1))

    assert refusal == Decision("OFF-4", cause="other_organization")


SERVED = {
    "windows_10_11": set(IDS),
    "windows_7_8_1": {"windows-7", "windows-8.1"},
    "server_2008_r2_2012_r2_2016": {"server-2008-r2", "server-2012-r2", "server-2016"},
    "server_1803_2019_2022": {
        "server-sac-1803",
        "server-sac-1809",
        "server-sac-1903",
        "server-sac-1909",
        "server-sac-2004",
        "server-sac-20h2",
        "server-2019",
        "server-2022",
        "server-23h2",
        "server-2025",
    },
}


@pytest.mark.rule("OFF-5")
@pytest.mark.parametrize("systems", SERVED)
@pytest.mark.parametrize("os", IDS)
def test_an_offboarding_file_serves_its_systems(systems, os):
    """Only the file of Windows 10 and 11 serves all; another serves what it was made for."""
    expected = None if os in SERVED[systems] else Decision("OFF-5", cause="payload_not_eligible")

    assert apply_file(systems=systems, os=os) == expected
    assert removes_mma(systems) is (systems == "windows_10_11")


def test_an_unknown_choice_serves_nothing():
    """A choice that the portal does not have serves no system."""
    assert cause(apply_file(systems="solaris")) == "payload_not_eligible"


FAULTS = st.builds(
    faultless,
    os=st.sampled_from(["windows-8.1", "server-2012-r2", "server-2016", "windows-11-24h2"]),
    fully_updated=st.booleans(),
    telemetry_update=st.booleans(),
    universal_crt=st.booleans(),
    servicing_stack=st.none() | st.dates(),
    cumulative_update=st.none() | st.dates(),
    antivirus=st.sampled_from(ANTIVIRUS),
    dotnet=st.booleans(),
    clock_ok=st.booleans(),
    network=st.sampled_from(["ok", "blocked"]),
    restart_pending=st.booleans(),
)


@given(FAULTS, st.sampled_from(["config_file", "mde_client", "mma", "none"]))
def test_gates_refuse_with_known_words(device, route):
    """Whatever is wrong with a device, a gate passes or gives a cause of the vocabulary."""
    for refusal in (
        install_gates(device, route),
        registration_gates(device, route, "present", False),
    ):
        assert refusal is None or (refusal.cause in CAUSES and refusal.route == route)
