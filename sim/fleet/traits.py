"""Empty traits: drawn from the assumptions, keyed by the fleet's seed and the device's name.

The same in every replication. Under `faults: none` each takes its faultless or plainest value
instead; what is no fault (chassis) is drawn all the same. Presences and pending restarts are not
drawn: this version simulates neither (`experiment.not_simulated`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sim.fleet.device import TRAITS, Device
from sim.fleet.streams import Keys, Streams
from sim.reference.platforms import (
    DOWN_LEVEL_SERVERS,
    OPERATING_SYSTEMS,
    OperatingSystem,
    default_edition,
    level,
)

CURRENT_STACK = date(2025, 10, 14)
"""Servicing stack and cumulative update of a server that is kept up to date."""
OLD_STACK = date(2020, 1, 14)
OLD_CUMULATIVE = date(2018, 1, 9)
OLD_MMA = "10.20.18011"
CURRENT_MMA = "10.20.18069"

Given = Mapping[str, object]
"""The traits that a table or a mix gives for one device, by name; empty ones are missing."""


class Traits:
    """Completes devices; all draws of all devices are made once, as vectors."""

    def __init__(
        self, streams: Streams, keys: Keys, assumed: Mapping[str, int], *, chance: bool
    ) -> None:
        self._streams = streams
        self._keys = keys
        self._assumed = assumed
        self._chance = chance
        self._drawn: dict[str, list[int]] = {}

    def happens(self, share: str, device: int, *, fault: bool = True) -> bool:
        """Draw whether an assumed share is true of a device; never a fault without chance."""
        if fault and not self._chance:
            return False
        return self._millionths(share)[device] < self._assumed[share]

    def _millionths(self, purpose: str) -> list[int]:
        if purpose not in self._drawn:
            values = self._streams.millionths_of_all(f"trait/{purpose}", self._keys)
            self._drawn[purpose] = values.tolist()
        return self._drawn[purpose]

    def one_of(self, shares: Sequence[tuple[str, str]], device: int, otherwise: str) -> str:
        """Draw one of several exclusive faults, each with the assumption that holds its share."""
        if not self._chance:
            return otherwise
        drawn = self._millionths(shares[0][1])[device]
        for word, share in shares:
            drawn -= self._assumed[share]
            if drawn < 0:
                return word
        return otherwise


def complete(
    given: Sequence[Given],
    labels: Sequence[tuple[str, ...]],
    traits: Traits,
    site: Mapping[str, str],
) -> tuple[Device, ...]:
    """Return devices with every trait filled in; *site* gives version, organization, payload."""
    return tuple(
        _device(number, row, labels[number], traits, site) for number, row in enumerate(given)
    )


def _device(
    number: int, row: Given, labels: tuple[str, ...], traits: Traits, site: Mapping[str, str]
) -> Device:
    system = OPERATING_SYSTEMS[str(row["os"])]
    values: dict[str, object] = dict.fromkeys(TRAITS)
    values |= {"build": system.build, "location": ""}
    values |= {"presence": "always_on", "restart_pending": False}
    values |= _kind(number, system, traits)
    values |= _management(number, system, traits, site)
    values |= _prerequisites(number, system, traits)
    values |= _agents(number, system, traits)
    values |= row
    if row.get("onboarded") and "agent" not in row:
        values["agent"] = _agent_of_onboarded(system, str(values["agent"]))
    if values["agent"] not in ("mma", "mma_and_mde_client") and "agent_version" not in row:
        values["agent_version"] = ""
    values |= _onboarding(values, row, site)
    return Device(labels=labels, **values)  # type: ignore[arg-type]


def _kind(number: int, system: OperatingSystem, traits: Traits) -> dict[str, object]:
    """Draw what a computer is: without chance the plain kind, but laptops and virtual servers."""
    if system.product_type == "server":
        virtual = traits.happens("virtual_server_share", number, fault=False)
        controller = traits.happens("domain_controller_share", number)
        return {
            "chassis": "virtual" if virtual else "server",
            "product_type": "domain_controller" if controller else "server",
            "edition": default_edition(system),
        }
    laptop = traits.happens("laptop_share", number, fault=False)
    return {
        "chassis": "laptop" if laptop else "desktop",
        "product_type": "client",
        "edition": _client_edition(number, system, traits),
    }


def _client_edition(number: int, system: OperatingSystem, traits: Traits) -> str:
    has_servicing = system.id.startswith("windows-10-") and system.end_of_support.ltsc is not None
    if has_servicing and traits.happens("ltsc_share", number):
        return "ltsc"
    return "pro" if traits.happens("pro_share", number) else default_edition(system)


def _management(
    number: int, system: OperatingSystem, traits: Traits, site: Mapping[str, str]
) -> dict[str, object]:
    client = (("inactive", "client_inactive_share"), ("broken", "client_broken_share"))
    both = (("intune", "intune_only_share"), ("co_managed", "co_managed_share"))
    may_be_both = system.id.startswith(("windows-10-", "windows-11-"))
    is_old = traits.happens("old_client_share", number)
    return {
        "managed_by": traits.one_of(both, number, "configmgr") if may_be_both else "configmgr",
        "client": traits.one_of(client, number, "active"),
        "client_version": site["old_version"] if is_old else site["version"],
        "esu": traits.happens("esu_share", number),
        "network": "blocked" if traits.happens("network_blocked_share", number) else "ok",
        "clock_ok": not traits.happens("clock_skew_share", number),
    }


def _prerequisites(number: int, system: OperatingSystem, traits: Traits) -> dict[str, object]:
    antivirus = (
        ("disabled", "antivirus_disabled_share"),
        ("outdated", "antivirus_outdated_share"),
        ("not_installed", "antivirus_not_installed_share"),
    )
    needs_rollup, needs_antivirus = system.id == "server-2012-r2", system.id == "server-2016"
    old_stack = needs_antivirus and traits.happens("servicing_stack_missing_share", number)
    old_cumulative = needs_antivirus and traits.happens("cumulative_update_missing_share", number)
    needs_dotnet = system.id in ("server-2012-r2", "windows-8.1")
    return {
        "fully_updated": not (needs_rollup and traits.happens("not_fully_updated_share", number)),
        "telemetry_update": not (
            needs_rollup and traits.happens("telemetry_update_missing_share", number)
        ),
        "universal_crt": not (
            needs_rollup and traits.happens("universal_crt_missing_share", number)
        ),
        "servicing_stack": OLD_STACK if old_stack else CURRENT_STACK,
        "cumulative_update": OLD_CUMULATIVE if old_cumulative else CURRENT_STACK,
        "antivirus": traits.one_of(antivirus, number, "enabled") if needs_antivirus else "enabled",
        "dotnet": not (needs_dotnet and traits.happens("dotnet_missing_share", number)),
    }


def _agents(number: int, system: OperatingSystem, traits: Traits) -> dict[str, object]:
    has_mma = level(system) == "down_level" and traits.happens("mma_present_share", number)
    may_have_new = system.id in DOWN_LEVEL_SERVERS
    has_new = may_have_new and traits.happens("mde_client_present_share", number)
    is_old = traits.happens("agent_outdated_share", number)
    return {
        "agent": _agent(has_mma, has_new),
        "agent_version": OLD_MMA if is_old else CURRENT_MMA,
    }


def _agent_of_onboarded(system: OperatingSystem, drawn: str) -> str:
    """Return an agent with which a device can have been onboarded before the start."""
    if level(system) != "down_level" or drawn != "none":
        return drawn
    return "mde_client" if system.id in DOWN_LEVEL_SERVERS else "mma"


def _agent(has_mma: bool, has_new: bool) -> str:
    if has_mma and has_new:
        return "mma_and_mde_client"
    return "mma" if has_mma else "mde_client" if has_new else "none"


def _onboarding(
    values: Mapping[str, object], row: Given, site: Mapping[str, str]
) -> dict[str, object]:
    """Fill in what follows from being onboarded before the start, or not."""
    onboarded = bool(row.get("onboarded", False))
    filled: dict[str, object] = {"onboarded": onboarded}
    if onboarded:
        filled["organization"] = row.get("organization") or site["organization"]
        filled["payload"] = row.get("payload") or site["payload"]
    else:
        filled["organization"] = row.get("organization") or ""
        filled["payload"] = row.get("payload") or ""
    filled["sensor_running"] = row.get("sensor_running", True)
    for moment in ("last_contact", "joined_at", "retired_at"):
        value = values.get(moment)
        filled[moment] = value if isinstance(value, datetime) else None
    return filled
