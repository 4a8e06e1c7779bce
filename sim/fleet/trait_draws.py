"""Filling in the traits that a fleet table leaves empty, each drawn by its assumed shares.

The draws are keyed by the seed and the names of devices and groups: they are the same in every
replication, and no device or group changes the draws of another. All devices are drawn at once for
each share, as vectors. Under `faults: none` each trait takes its plain value and every computer is
always on; what is not a fault, such as the chassis, is drawn all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sim.fleet.groups import GROUPED
from sim.fleet.streams import Keys, Streams
from sim.reference.systems import (
    DOWN_LEVEL_SERVERS,
    OPERATING_SYSTEMS,
    OperatingSystem,
    default_edition,
    level,
)
from sim.reference.traits import TRAITS, Device, Shares
from sim.units import MILLION, PartsPerMillion


class Chances:
    """Draws, for each device, of which devices an assumed share is true."""

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
        return self._outcomes_of(share, self._assumed[share])[device]

    def happens_within(self, share: str, whole: str, device: int) -> bool:
        """Return it for a device of which *whole* is true; *share* is still one of all devices.

        A share as large as *whole* is true of each such device.
        """
        part = _part(self._assumed[share], self._assumed[whole])
        return self.is_drawn and self._outcomes_of(share, part)[device]

    def draw(self, shares: Shares, device: int, plain: object, *, one_draw: bool) -> object:
        """Return the value of a device among values that exclude each other, else *plain*.

        With *one_draw* a single draw decides between all. Without it, as where faults are drawn by
        different groups, each value is drawn among the devices that those before it left, so that
        its share is still one of all devices.
        """
        if not self.is_drawn:
            return plain
        if one_draw:
            drawn = self._millionths_of(shares[0][1])[device]
            for value, share in shares:
                drawn -= self._assumed[share]
                if drawn < 0:
                    return value
            return plain
        rest = MILLION
        for value, share in shares:
            assumed = self._assumed[share]
            if self._outcomes_of(share, _part(assumed, rest))[device]:
                return value
            rest -= assumed
        return plain

    def _millionths_of(self, purpose: str) -> list[int]:
        if purpose not in self._millionths:
            values = self._streams.millionths_of_all(f"trait/{purpose}", self._keys)
            self._millionths[purpose] = values.tolist()
        return self._millionths[purpose]

    def _outcomes_of(self, purpose: str, share: PartsPerMillion) -> list[bool]:
        """Return for each device whether *share* is true of it; a purpose has one share."""
        if purpose not in self._outcomes:
            drawn = self._streams.millionths_of_all(f"trait/{purpose}", self._keys)
            self._outcomes[purpose] = self._affected(purpose, share, drawn).tolist()
        return self._outcomes[purpose]

    def _affected(
        self, purpose: str, share: PartsPerMillion, drawn: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return which devices a share affects; where it is drawn by group, by group first.

        A group is affected with the chance share / within, and a device of an affected group with
        the share within. A share as large as that affects every group, and each device by itself.
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


Row = Mapping[str, object]
"""The traits that a table or a mix gives for one device, by name; empty ones are missing."""


@dataclass(frozen=True, slots=True)
class SiteDefaults:
    """What devices have from their site where their table does not say it."""

    version: str
    """Version of its ConfigMgr clients, the same as its own."""
    old_version: str
    """Version of a client that its updates left behind."""
    organization: str
    payload: str
    start: datetime
    """The site's wall clock at the start: a device that joins later is new."""


def complete(
    rows: Sequence[Row], labels: Sequence[tuple[str, ...]], chances: Chances, site: SiteDefaults
) -> tuple[Device, ...]:
    """Return devices with every trait filled in."""
    return tuple(
        _device(number, row, labels[number], chances, site) for number, row in enumerate(rows)
    )


def _device(
    number: int, row: Row, labels: tuple[str, ...], chances: Chances, site: SiteDefaults
) -> Device:
    system = OPERATING_SYSTEMS[str(row["os"])]
    values: dict[str, object] = {
        name: chances.draw(trait.shares, number, trait.plain, one_draw=trait.one_draw)
        if trait.shares and system.id in trait.systems
        else trait.plain
        for name, trait in TRAITS.items()
    }
    values |= _hardware(number, system, chances)
    values["agent"] = _agent(number, system, chances)
    is_old = chances.happens("old_client_share", number)
    values["client_version"] = site.old_version if is_old else site.version
    joined = row.get("joined_at")
    is_new = isinstance(joined, datetime) and joined > site.start
    if is_new:
        values |= {"client": "active", "client_version": site.version}
    values |= row
    if "presence" not in row:
        values["presence"] = _presence(number, values, row, is_new, chances)
    if values["onboarded"]:
        if "agent" not in row:
            values["agent"] = _agent_of_onboarded(system, str(values["agent"]))
        values["organization"] = values["organization"] or site.organization
        values["payload"] = values["payload"] or site.payload
    if values["agent"] not in ("mma", "mma_and_mde_client") and "agent_version" not in row:
        values["agent_version"] = ""
    return Device(labels=labels, **values)  # type: ignore[arg-type]


def _presence(
    number: int, values: Mapping[str, object], row: Row, is_new: bool, chances: Chances
) -> str:
    """Draw when a computer is on; a new one has been switched on at least once.

    An inactive record may be a stale one, left over from reimaging (FLT-7).
    """
    if not chances.is_drawn:
        return "always_on"
    is_inactive = "client" not in row and values["client"] == "inactive"
    if is_inactive and chances.happens_within("duplicate_share", "client_inactive_share", number):
        return "off"
    if values["product_type"] != "client" or values["chassis"] in ("server", "virtual"):
        is_on = is_new or chances.happens("server_on_share", number)
        return "always_on" if is_on else "off"
    seldom = (("off", "off_presence_share"), ("rare", "rare_presence_share"))
    presence = chances.draw(seldom, number, "office", one_draw=True)
    if presence == "rare" or (presence == "off" and not is_new):
        return str(presence)
    stays_on = values["chassis"] == "desktop" and chances.happens("desktop_night_share", number)
    return "always_on" if stays_on else "office"


def _hardware(number: int, system: OperatingSystem, chances: Chances) -> dict[str, object]:
    """Draw chassis, product type and edition; laptops and virtual servers are not faults."""
    if system.product_type == "server":
        virtual = chances.happens("virtual_server_share", number, fault=False)
        controller = chances.happens("domain_controller_share", number)
        return {
            "build": system.build,
            "chassis": "virtual" if virtual else "server",
            "product_type": "domain_controller" if controller else "server",
            "edition": default_edition(system),
        }
    laptop = chances.happens("laptop_share", number, fault=False)
    return {
        "build": system.build,
        "chassis": "laptop" if laptop else "desktop",
        "product_type": "client",
        "edition": _client_edition(number, system, chances),
    }


def _client_edition(number: int, system: OperatingSystem, chances: Chances) -> str:
    has_servicing = system.id.startswith("windows-10-") and system.end_of_support.ltsc is not None
    if has_servicing and chances.happens("ltsc_share", number):
        return "ltsc"
    return "pro" if chances.happens("pro_share", number) else default_edition(system)


def _agent(number: int, system: OperatingSystem, chances: Chances) -> str:
    has_mma = level(system) == "down_level" and chances.happens("mma_present_share", number)
    may_have_new = system.id in DOWN_LEVEL_SERVERS
    has_new = may_have_new and chances.happens("mde_client_present_share", number)
    if has_mma and has_new:
        return "mma_and_mde_client"
    return "mma" if has_mma else "mde_client" if has_new else "none"


def _agent_of_onboarded(system: OperatingSystem, drawn: str) -> str:
    """Return an agent with which a device can have been onboarded before the start."""
    if level(system) != "down_level" or drawn != "none":
        return drawn
    return "mde_client" if system.id in DOWN_LEVEL_SERVERS else "mma"
