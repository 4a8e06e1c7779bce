"""The gates of an attempt: what can refuse an installation, a registration or a change.

Each returns nothing, or why it refuses; of several causes the first in the vocabulary comes first.
`attempts` puts the gates in order. Chance plays no part here: only the facts of the device, the
policy and the package count.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sim.reference.decisions import Decision
from sim.reference.systems import OPERATING_SYSTEMS, level
from sim.reference.traits import Device
from sim.units import DAY, Seconds

OLDEST_SERVICING_STACK = date(2021, 9, 14)
"""Servicing stack that the MDE client needs on Server 2016 (DWN-5)."""
OLDEST_CUMULATIVE_UPDATE = date(2018, 9, 20)
"""Cumulative update that the MDE client needs on Server 2016 (DWN-5)."""

SYSTEMS_SERVED: dict[str, tuple[str, ...]] = {
    "windows_7_8_1": ("windows-7", "windows-8.1"),
    "server_2008_r2_2012_r2_2016": ("server-2008-r2", "server-2012-r2", "server-2016"),
    "server_1803_2019_2022": (
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
    ),
}
"""Which systems an offboarding file serves, unless it is the one that serves all (OFF-5)."""
SERVES_ALL = "windows_10_11"
"""The choice whose offboarding file serves every system and removes MMA (OFF-5)."""

NOT_MOVED_IN_PLACE = ("windows-10-1607", "windows-10-1703", "windows-10-1709", "windows-10-1803")
"""Systems that cannot move to streamlined connectivity while onboarded (UPD-8)."""


def workspace_gate(route_decision: Decision, workspace: str) -> Decision | None:
    """Refuse the MMA route when workspace ID or key is missing (MMA-2, MMA-3, MMA-7, DWN-3).

    *workspace* is `present`, `missing`, `swapped` or `wrong`; the last two pass here and fail at
    registration. A server that fell back to the legacy route fails by the rule of the fallback.
    """
    if route_decision.route != "mma" or workspace != "missing":
        return None
    rule = "DWN-3" if route_decision.rule == "DWN-3" else "MMA-2"
    return Decision(rule, "mma", "mma", "workspace_missing")


def install_refusals(device: Device, route: str) -> Iterator[Decision]:
    """Yield why an agent's installer would not succeed (DWN-4, DWN-5, DWN-11, FLT-4, FLT-5).

    Asked only where an agent has to be installed; the configuration file has no installer.
    """
    if route not in ("mde_client", "mma"):
        return
    if route == "mde_client" and device.os == "server-2012-r2":
        yield from _refusals_2012_r2(device)
    if route == "mde_client" and device.os == "server-2016":
        yield from _refusals_2016(device)
    if route == "mma" and not device.dotnet:
        yield Decision("FLT-5", route, route, "dotnet_missing")
    if device.restart_pending:
        yield Decision("FLT-4", route, route, "restart_pending")
    if route == "mde_client" and device.installer_defect:
        yield Decision("DWN-11", route, route, "installer_defect")


def _refusals_2012_r2(device: Device) -> Iterator[Decision]:
    if device.fully_updated:
        return
    if not device.telemetry_update:
        yield Decision("DWN-4", "mde_client", "mde_client", "prerequisite_telemetry")
    if not device.universal_crt:
        yield Decision("DWN-4", "mde_client", "mde_client", "prerequisite_universal_crt")


def _refusals_2016(device: Device) -> Iterator[Decision]:
    if (device.servicing_stack or date.min) < OLDEST_SERVICING_STACK:
        yield Decision("DWN-5", "mde_client", "mde_client", "prerequisite_servicing_stack")
    if (device.cumulative_update or date.min) < OLDEST_CUMULATIVE_UPDATE:
        yield Decision("DWN-5", "mde_client", "mde_client", "prerequisite_cumulative_update")
    if device.antivirus != "enabled":
        yield Decision("DWN-5", "mde_client", "mde_client", f"antivirus_{device.antivirus}")


def workspace_form_gate(route: str, workspace: str) -> Decision | None:
    """Refuse a registration with workspace values that MMA takes and the service does not (MMA-4).

    They matter only to MMA (MMA-7).
    """
    if route != "mma" or workspace not in ("swapped", "wrong"):
        return None
    return Decision("MMA-4", route, route, f"workspace_{workspace}")


def restart_rule(device: Device, new: Mapping[str, object]) -> str:
    """Return the rule by which a repair counts only from the next restart (DWN-10, DWN-11).

    *device* is what it was before, *new* the traits that a patch or the support desk sets. Empty
    when nothing of it waits for a restart.
    """
    is_back = device.antivirus in ("not_installed", "disabled") and "antivirus" in new
    if device.os == "server-2016" and is_back and new["antivirus"] in ("enabled", "outdated"):
        return "DWN-10"
    if not device.dotnet and new.get("dotnet"):
        return "DWN-10"
    return "DWN-11" if device.installer_defect and new.get("installer_defect") is False else ""


def sensor_gate(device: Device) -> Decision | None:
    """Refuse an up-level device that lacks the sensor; no other attempt helps (UPL-5)."""
    is_up_level = level(OPERATING_SYSTEMS.get(device.os)) == "up_level"
    if is_up_level and device.sensor == "absent":
        return Decision("UPL-5", cause="sensor_missing")
    return None


def registration_refusals(
    device: Device, route: str, mma_is_outdated: bool, connectivity: str = "standard"
) -> Iterator[Decision]:
    """Yield what keeps the service from starting, or from seeing or accepting a device.

    The agent's age and the clock matter only to MMA (MMA-5, MMA-7, FLT-5), the sensor to up-level
    systems (UPL-5), the early-launch driver and the path to the service to every route (UPL-4,
    FLT-2). A package of streamlined *connectivity* has a path of its own, which MMA does not use
    (UPD-8).
    """
    if route == "mma" and mma_is_outdated:
        yield Decision("MMA-5", route, route, "agent_outdated")
    if route == "mma" and not device.clock_ok:
        yield Decision("FLT-5", route, route, "clock_skew")
    if (no_sensor := sensor_gate(device)) is not None:
        yield no_sensor
    if device.elam_driver == "disabled":
        yield Decision("UPL-4", route, cause="elam_driver_disabled")
    is_streamlined = connectivity == "streamlined" and route != "mma"
    if (device.network_streamlined if is_streamlined else device.network) == "blocked":
        yield Decision("FLT-2", route, cause="network_blocked")


def organization_gate(current_org: str | None, new_org: str | None) -> Decision | None:
    """Refuse a payload of another organization than the one the device is onboarded to (UPD-7)."""
    if not current_org or current_org == new_org:
        return None
    return Decision("UPD-7", cause="other_organization")


def payload_gate(os: str, route: str, *, connectivity: str, onboarded: bool) -> Decision | None:
    """Refuse a streamlined package to a device that is *onboarded* and cannot move to it (UPD-8).

    It never moves MMA devices, nor Windows 10 1607 to 1803. A first onboarding on the MMA route
    uses the workspace values and ignores the file's connectivity.
    """
    if connectivity != "streamlined" or not onboarded:
        return None
    if route == "mma" or os in NOT_MOVED_IN_PLACE:
        return Decision("UPD-8", cause="payload_not_eligible")
    return None


def offboarding_refusals(
    *,
    package_org: str,
    device_org: str | None,
    last_day: date,
    on: date,
    systems: str,
    os: str,
) -> Iterator[Decision]:
    """Yield why a device would refuse an offboarding file (OFF-2, OFF-4, OFF-5).

    *on* is the site's day on which the device would apply it, *last_day* the last one on which the
    file works; it is good through the end of that day.
    """
    if device_org != package_org:
        yield Decision("OFF-4", cause="other_organization")
    if on > last_day:
        yield Decision("OFF-2", cause="offboarding_expired")
    if not serves(systems, os):
        yield Decision("OFF-5", cause="payload_not_eligible")


def last_valid_day(downloaded: date, validity: Seconds, valid_until: date | None = None) -> date:
    """Return the last day on which an offboarding file works (OFF-2); parts of a day are dropped.

    The day that the file itself names, *valid_until*, stands above the *validity* of all files.

    >>> last_valid_day(date(2026, 2, 20), 30 * DAY)
    datetime.date(2026, 3, 22)
    """
    return valid_until or downloaded + timedelta(days=validity // DAY)


def serves(systems: str, os: str) -> bool:
    """Return whether an offboarding file made for *systems* serves a system (OFF-5)."""
    return systems == SERVES_ALL or os in SYSTEMS_SERVED.get(systems, ())


def removes_mma(systems: str) -> bool:
    """Return whether an offboarding file uninstalls MMA (OFF-1, OFF-5)."""
    return systems == SERVES_ALL
