"""Drawing traits by their assumed shares: device by device, or by group (`groups`).

All devices are drawn at once for each share, as vectors. The draws are keyed by the seed and by
the names of devices and groups: no device or group changes the draws of another.

Empty traits: drawn from the assumptions, keyed by the fleet's seed and the device's name.

The same in every replication. Under `faults: none` each takes its faultless or plainest value
instead, and every computer is always on; what is no fault (chassis) is drawn all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from sim.fleet.device import TRAITS, Device
from sim.fleet.groups import GROUPED
from sim.fleet.streams import Keys, Streams
from sim.reference.systems import (
    DOWN_LEVEL_SERVERS,
    OPERATING_SYSTEMS,
    OperatingSystem,
    default_edition,
    level,
)
from sim.units import MILLION, PartsPerMillion

Causes = Sequence[tuple[str, str]]
"""Exclusive faults, each a word with the assumption that holds its share of all devices."""


class Chances:
    """What an assumed share is true of, device by device; never a fault without chance."""

    def __init__(
        self,
        streams: Streams,
        keys: Keys,
        groups: Mapping[str, Keys],
        assumed: Mapping[str, int],
        *,
        chance: bool,
    ) -> None:
        self.is_drawn = chance
        """Whether faults are drawn at all."""
        self._streams = streams
        self._keys = keys
        self._groups = groups
        self._assumed = assumed
        self._millionths: dict[str, list[int]] = {}
        self._outcomes: dict[str, list[bool]] = {}

    def happens(self, share: str, device: int, *, fault: bool = True) -> bool:
        """Return whether an assumed share is true of a device."""
        if fault and not self.is_drawn:
            return False
        return self._of_all(share, self._assumed[share])[device]

    def happens_within(self, share: str, whole: str, device: int) -> bool:
        """Return it for a device of which *whole* is true, *share* being one of all devices.

        As far as *whole* reaches: a share as large as it is true of each such device.
        """
        part = _part(self._assumed[share], self._assumed[whole])
        return self.is_drawn and self._of_all(share, part)[device]

    def one_of(self, causes: Causes, device: int, otherwise: str) -> str:
        """Return which of several exclusive faults a device has: one draw decides between them."""
        if not self.is_drawn:
            return otherwise
        drawn = self._drawn(causes[0][1])[device]
        for word, share in causes:
            drawn -= self._assumed[share]
            if drawn < 0:
                return word
        return otherwise

    def first_of(self, causes: Causes, device: int, otherwise: str) -> str:
        """Return it where the faults are drawn by different groups: one after the other.

        Each is drawn among the devices that those before it left, so that its share is one of all.
        """
        if not self.is_drawn:
            return otherwise
        left = MILLION
        for word, share in causes:
            assumed = self._assumed[share]
            if self._of_all(share, _part(assumed, left))[device]:
                return word
            left -= assumed
        return otherwise

    def _drawn(self, purpose: str) -> list[int]:
        if purpose not in self._millionths:
            values = self._streams.millionths_of_all(f"trait/{purpose}", self._keys)
            self._millionths[purpose] = values.tolist()
        return self._millionths[purpose]

    def _of_all(self, purpose: str, share: PartsPerMillion) -> list[bool]:
        """Return for each device whether *share* is true of it; a purpose has one share."""
        if purpose not in self._outcomes:
            drawn = self._streams.millionths_of_all(f"trait/{purpose}", self._keys)
            self._outcomes[purpose] = self._struck(purpose, share, drawn).tolist()
        return self._outcomes[purpose]

    def _struck(
        self, purpose: str, share: PartsPerMillion, drawn: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return whom a share strikes: where it is drawn by group, those of a struck group.

        A group is struck with the chance share / within, a device in it with the share within. A
        share as large as that strikes every group, and then each device by itself.
        """
        grouping = GROUPED.get(purpose)
        if grouping is None or share >= self._assumed[grouping.within]:
            return drawn < share
        within = self._assumed[grouping.within]
        bits = self._streams.bits_of_all(f"group/{purpose}", self._groups[grouping.kind])
        return (bits < np.uint64((share << 32) // within)) & (drawn < within)


def _part(share: PartsPerMillion, whole: PartsPerMillion) -> PartsPerMillion:
    """Return which part of *whole* a share of all devices is, rounded; all when it is as large."""
    return MILLION if share >= whole else (share * MILLION + whole // 2) // whole


CURRENT_STACK = date(2025, 10, 14)
"""Servicing stack and cumulative update of a server that is kept up to date."""
OLD_STACK = date(2020, 1, 14)
OLD_CUMULATIVE = date(2018, 1, 9)
OLD_MMA = "10.20.18011"
CURRENT_MMA = "10.20.18069"

Given = Mapping[str, object]
"""The traits that a table or a mix gives for one device, by name; empty ones are missing."""


@dataclass(frozen=True, slots=True)
class AtSite:
    """What the site decides of devices whose table does not say it."""

    version: str
    """Version of its ConfigMgr clients, the same as its own."""
    old_version: str
    """Version of a client that its updates left behind."""
    organization: str
    payload: str
    start: datetime
    """Its wall clock at the start: who joins later is new."""


def complete(
    given: Sequence[Given], labels: Sequence[tuple[str, ...]], chances: Chances, site: AtSite
) -> tuple[Device, ...]:
    """Return devices with every trait filled in."""
    return tuple(
        _device(number, row, labels[number], chances, site) for number, row in enumerate(given)
    )


def _device(
    number: int, row: Given, labels: tuple[str, ...], chances: Chances, site: AtSite
) -> Device:
    system = OPERATING_SYSTEMS[str(row["os"])]
    values: dict[str, object] = dict.fromkeys(TRAITS)
    values |= {"build": system.build, "location": ""}
    values |= _kind(number, system, chances)
    values |= _management(number, system, chances, site)
    values |= _prerequisites(number, system, chances)
    values |= _agents(number, system, chances)
    is_new = _joins_later(row, site)
    if is_new:
        values |= {"client": "active", "client_version": site.version}
    values |= row
    if "presence" not in row:
        values["presence"] = _presence(number, values, row, is_new, chances)
    if row.get("onboarded") and "agent" not in row:
        values["agent"] = _agent_of_onboarded(system, str(values["agent"]))
    if values["agent"] not in ("mma", "mma_and_mde_client") and "agent_version" not in row:
        values["agent_version"] = ""
    values |= _onboarding(values, row, site)
    return Device(labels=labels, **values)  # type: ignore[arg-type]


def _joins_later(row: Given, site: AtSite) -> bool:
    """Whether a device is new: it comes during the run, with a ConfigMgr client of today."""
    joined = row.get("joined_at")
    return isinstance(joined, datetime) and joined > site.start


def _presence(number: int, values: Given, row: Given, is_new: bool, chances: Chances) -> str:
    """Draw when a computer is on; a new one has been switched on at least."""
    if not chances.is_drawn:
        return "always_on"
    if "client" not in row and values["client"] == "inactive" and _is_duplicate(number, chances):
        return "off"
    if _runs_as_server(values):
        is_on = is_new or chances.happens("server_on_share", number)
        return "always_on" if is_on else "off"
    seldom = (("off", "off_presence_share"), ("rare", "rare_presence_share"))
    presence = chances.one_of(seldom, number, "office")
    if presence == "rare" or (presence == "off" and not is_new):
        return presence
    stays_on = values["chassis"] == "desktop" and chances.happens("desktop_night_share", number)
    return "always_on" if stays_on else "office"


def _is_duplicate(number: int, chances: Chances) -> bool:
    """Draw whether an inactive record is a stale one, left over from reimaging (FLT-7)."""
    return chances.happens_within("duplicate_share", "client_inactive_share", number)


def _runs_as_server(values: Given) -> bool:
    return values["product_type"] != "client" or values["chassis"] in ("server", "virtual")


def _kind(number: int, system: OperatingSystem, chances: Chances) -> dict[str, object]:
    """Draw what a computer is: without chance the plain kind, but laptops and virtual servers."""
    if system.product_type == "server":
        virtual = chances.happens("virtual_server_share", number, fault=False)
        controller = chances.happens("domain_controller_share", number)
        return {
            "chassis": "virtual" if virtual else "server",
            "product_type": "domain_controller" if controller else "server",
            "edition": default_edition(system),
            "restart_pending": chances.happens("restart_pending_share", number),
        }
    laptop = chances.happens("laptop_share", number, fault=False)
    return {
        "chassis": "laptop" if laptop else "desktop",
        "product_type": "client",
        "edition": _client_edition(number, system, chances),
        "restart_pending": False,
    }


def _client_edition(number: int, system: OperatingSystem, chances: Chances) -> str:
    has_servicing = system.id.startswith("windows-10-") and system.end_of_support.ltsc is not None
    if has_servicing and chances.happens("ltsc_share", number):
        return "ltsc"
    return "pro" if chances.happens("pro_share", number) else default_edition(system)


def _management(
    number: int, system: OperatingSystem, chances: Chances, site: AtSite
) -> dict[str, object]:
    client = (("inactive", "client_inactive_share"), ("broken", "client_broken_share"))
    both = (("intune", "intune_only_share"), ("co_managed", "co_managed_share"))
    may_be_both = system.id.startswith(("windows-10-", "windows-11-"))
    is_old = chances.happens("old_client_share", number)
    return {
        "managed_by": chances.one_of(both, number, "configmgr") if may_be_both else "configmgr",
        "client": chances.one_of(client, number, "active"),
        "client_version": site.old_version if is_old else site.version,
        "esu": chances.happens("esu_share", number),
        "network": "blocked" if chances.happens("network_blocked_share", number) else "ok",
        "clock_ok": not chances.happens("clock_skew_share", number),
    }


def _prerequisites(number: int, system: OperatingSystem, chances: Chances) -> dict[str, object]:
    needs_rollup, needs_antivirus = system.id == "server-2012-r2", system.id == "server-2016"
    old_stack = needs_antivirus and chances.happens("servicing_stack_missing_share", number)
    old_cumulative = needs_antivirus and chances.happens("cumulative_update_missing_share", number)
    needs_dotnet = system.id in ("server-2012-r2", "windows-8.1")
    return {
        "fully_updated": not (needs_rollup and chances.happens("not_fully_updated_share", number)),
        "telemetry_update": not (
            needs_rollup and chances.happens("telemetry_update_missing_share", number)
        ),
        "universal_crt": not (
            needs_rollup and chances.happens("universal_crt_missing_share", number)
        ),
        "servicing_stack": OLD_STACK if old_stack else CURRENT_STACK,
        "cumulative_update": OLD_CUMULATIVE if old_cumulative else CURRENT_STACK,
        "antivirus": _antivirus(number, chances) if needs_antivirus else "enabled",
        "dotnet": not (needs_dotnet and chances.happens("dotnet_missing_share", number)),
    }


def _antivirus(number: int, chances: Chances) -> str:
    """Draw what is wrong with Defender Antivirus: by unit, by patch cohort, by device (DWN-5)."""
    faults = (
        ("disabled", "antivirus_disabled_share"),
        ("outdated", "antivirus_outdated_share"),
        ("not_installed", "antivirus_not_installed_share"),
    )
    return chances.first_of(faults, number, "enabled")


def _agents(number: int, system: OperatingSystem, chances: Chances) -> dict[str, object]:
    has_mma = level(system) == "down_level" and chances.happens("mma_present_share", number)
    may_have_new = system.id in DOWN_LEVEL_SERVERS
    has_new = may_have_new and chances.happens("mde_client_present_share", number)
    is_old = chances.happens("agent_outdated_share", number)
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


def _onboarding(values: Mapping[str, object], row: Given, site: AtSite) -> dict[str, object]:
    """Fill in what follows from being onboarded before the start, or not."""
    onboarded = bool(row.get("onboarded", False))
    filled: dict[str, object] = {"onboarded": onboarded}
    if onboarded:
        filled["organization"] = row.get("organization") or site.organization
        filled["payload"] = row.get("payload") or site.payload
    else:
        filled["organization"] = row.get("organization") or ""
        filled["payload"] = row.get("payload") or ""
    filled["sensor_running"] = row.get("sensor_running", True)
    for moment in ("last_contact", "joined_at", "retired_at"):
        value = values.get(moment)
        filled[moment] = value if isinstance(value, datetime) else None
    return filled
