"""The traits of a device: one entry each, from which columns, queries, patches and draws derive.

A trait is a field of `Device`. Its annotation says of which kind the trait is and which words it
takes, how a cell of a fleet table is read, whether queries see it, whether a `patch` step may set
it, its plain value, and the assumed shares by which it is drawn instead. A new trait is one field
here, its share an assumption; what it does is decided by the gates of an attempt (`gates`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Annotated, get_type_hints

from sim import vocabulary
from sim.reference.systems import OPERATING_SYSTEMS
from sim.reference.versions import client_version_number


class TraitKind(Enum):
    """How the values of a trait are written and compared; each value is the text for a planner."""

    TEXT = "text"
    WORD = "one of a closed list"
    TRUTH = "true or false"
    DATE = "a date such as '2026-03-02'"
    TRUTH_OR_DATE = "true, false or a date such as '2026-03-02'"
    NUMBER = "a number"
    VERSION = "a version such as '2403' or '5.00.9128'"


ORDERED = (TraitKind.DATE, TraitKind.TRUTH_OR_DATE, TraitKind.NUMBER, TraitKind.VERSION)
"""Kinds that can be compared with `<` and `>`."""

_TRUE = ("true", "yes", "1")
_FALSE = ("false", "no", "0")


def read_boolean(text: str) -> bool:
    """Read true or false (also yes, no, 1, 0, in any case); raises ValueError."""
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(text)


def read_date(text: str) -> date:
    """Read a date such as 2026-03-02, with or without a time of day; raises ValueError."""
    return read_moment(text).date()


def read_moment(text: str) -> datetime:
    """Read a date with an optional time of day in ISO form; raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0)


def _read_boolean_or_date(text: str) -> bool | date:
    try:
        return read_boolean(text)
    except ValueError:
        return read_date(text)


def _read_version(text: str) -> str:
    client_version_number(text)
    return text


def _read_build(text: str) -> str:
    if not re.fullmatch(r"(\d{1,2}\.\d\.)?\d{4,5}(\.\d+)?", text):
        raise ValueError(text)
    return text


_CELLS: dict[TraitKind, tuple[Callable[[str], object], str]] = {
    TraitKind.TEXT: (str, "text"),
    TraitKind.TRUTH: (read_boolean, "true or false"),
    TraitKind.DATE: (read_date, "a date such as 2021-09-14"),
    TraitKind.TRUTH_OR_DATE: (
        _read_boolean_or_date,
        "true, false or the date on which the updates end",
    ),
    TraitKind.NUMBER: (_read_build, "a build such as 19045 or 10.0.19045.3324"),
    TraitKind.VERSION: (_read_version, "a version such as 2403 or 5.00.9128"),
}
"""How a cell of each kind is read, and what is expected of it."""
_ANY_TEXT = (str, "text")
_MOMENT = (read_moment, "a date such as 2026-03-02 09:00")

Shares = tuple[tuple[object, str], ...]
"""Values that exclude each other, each with the assumption that holds its share of all devices."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait of a device and one column of the fleet table."""

    kind: TraitKind
    words: tuple[str, ...] = ()
    """The closed list of a WORD."""
    plain: object = None
    """The value if the table has none and nothing is drawn."""
    shares: Shares = ()
    """The values that are drawn for an empty trait instead of `plain`; not under `faults: none`."""
    systems: tuple[str, ...] = tuple(OPERATING_SYSTEMS)
    """The operating systems on which `shares` are drawn."""
    one_draw: bool = False
    """Whether one draw decides between all `shares`; otherwise each has a draw of its own."""
    patchable: bool = False
    """Whether a `patch` step may set it: what is installed, set or reachable, not what it is."""
    seen: bool = True
    """Whether queries see it. Collections cannot see status or health when a policy is deployed."""
    cell: tuple[Callable[[str], object], str] | None = None
    """How a cell is read, and what is expected of it, where that is not as the kind says."""
    name: str = ""

    def read(self, text: str) -> object:
        """Return the value of a table's cell; raises ValueError when the text does not fit.

        >>> TRAITS["chassis"].read("Laptop"), TRAITS["esu"].read("yes")
        ('laptop', True)
        """
        if self.cell is not None:
            return self.cell[0](text)
        if self.kind is not TraitKind.WORD:
            return _CELLS[self.kind][0](text)
        word = text.casefold().replace(" ", "_").replace("-", "_")
        if word not in self.words:
            raise ValueError(text)
        return word

    @property
    def expected(self) -> str:
        """What a cell of the table may hold, for a message."""
        if self.kind is TraitKind.WORD:
            return f"one of {', '.join(self.words)}"
        return (self.cell or _CELLS[self.kind])[1]


_SERVERS = tuple(s.id for s in OPERATING_SYSTEMS.values() if s.product_type == "server")
_WINDOWS_10_AND_11 = tuple(id for id in OPERATING_SYSTEMS if id.startswith("windows-1"))
_2012_R2, _2016 = "server-2012-r2", "server-2016"
CURRENT_UPDATE = date(2025, 10, 14)
"""Servicing stack and cumulative update of a server that is up to date."""
CURRENT_MMA = "10.20.18069"

_TEXT, _WORD, _TRUTH, _DATE = TraitKind.TEXT, TraitKind.WORD, TraitKind.TRUTH, TraitKind.DATE


def _in_order(share: str, *systems: str) -> Trait:
    """Return a trait that is true, but for an assumed share of the devices with some systems."""
    return Trait(_TRUTH, plain=True, shares=((False, share),), systems=systems, patchable=True)


def _update(old: date, share: str) -> Trait:
    """Return the date of an update of Server 2016; an assumed share of them has an old one."""
    plain, shares = CURRENT_UPDATE, ((old, share),)
    return Trait(_DATE, plain=plain, shares=shares, systems=(_2016,), patchable=True)


@dataclass(frozen=True, slots=True)
class Device:
    """One computer. Every trait has a value; where the table had none, it was drawn."""

    name: Annotated[str, Trait(_TEXT)]
    os: Annotated[str, Trait(_WORD, tuple(OPERATING_SYSTEMS), patchable=True, cell=_ANY_TEXT)]
    """An id of the catalogue; any other system is unsupported (OS-1). A patch upgrades the
    system in place (UPG-1)."""
    build: Annotated[int, Trait(TraitKind.NUMBER)]
    product_type: Annotated[str, Trait(_WORD, vocabulary.PRODUCT_TYPES)]
    """Tells systems of the same build apart (OS-5)."""
    edition: Annotated[str, Trait(_WORD, vocabulary.EDITIONS)]
    """Decides the end of support; empty counts as the default edition (OS-3)."""
    chassis: Annotated[str, Trait(_WORD, vocabulary.CHASSIS)]
    location: Annotated[str, Trait(_TEXT, plain="", patchable=True)]
    managed_by: Annotated[
        str,
        Trait(
            _WORD,
            vocabulary.MANAGED_BY,
            plain="configmgr",
            shares=(("intune", "intune_only_share"), ("co_managed", "co_managed_share")),
            systems=_WINDOWS_10_AND_11,
            one_draw=True,
            patchable=True,
        ),
    ]
    """PRE-5."""
    client: Annotated[
        str,
        Trait(
            _WORD,
            vocabulary.CLIENTS,
            plain="active",
            shares=(("inactive", "client_inactive_share"), ("broken", "client_broken_share")),
            one_draw=True,
            patchable=True,
        ),
    ]
    """State of the ConfigMgr client (PRE-2, FLT-1)."""
    client_version: Annotated[str, Trait(TraitKind.VERSION, patchable=True)]
    """Version or build of the ConfigMgr client (DWN-3)."""
    presence: Annotated[str, Trait(_WORD, vocabulary.PRESENCES, plain="always_on", patchable=True)]
    agent: Annotated[str, Trait(_WORD, vocabulary.AGENTS, patchable=True)]
    agent_version: Annotated[
        str,
        Trait(
            TraitKind.VERSION,
            plain=CURRENT_MMA,
            shares=(("10.20.18011", "agent_outdated_share"),),
            patchable=True,
            cell=_ANY_TEXT,
        ),
    ]
    """Version of MMA where it is there; empty when unknown (MMA-5)."""
    onboarded: Annotated[bool, Trait(_TRUTH, plain=False, seen=False)]
    """Onboarded before the start, to `organization`, using `payload`."""
    organization: Annotated[str, Trait(_TEXT, plain="")]
    payload: Annotated[str, Trait(_TEXT, plain="")]
    sensor_running: Annotated[bool, Trait(_TRUTH, plain=True, seen=False)]
    last_contact: Annotated[datetime | None, Trait(_DATE, seen=False, cell=_MOMENT)]
    esu: Annotated[
        bool | date | None,
        Trait(TraitKind.TRUTH_OR_DATE, plain=False, shares=((True, "esu_share"),), patchable=True),
    ]
    """Extended Security Updates: yes, no, or their last day (OS-3)."""
    fully_updated: Annotated[bool, _in_order("not_fully_updated_share", _2012_R2)]
    """Whether Server 2012 R2 has its latest monthly rollup (DWN-4)."""
    telemetry_update: Annotated[bool, _in_order("telemetry_update_missing_share", _2012_R2)]
    """DWN-4."""
    universal_crt: Annotated[bool, _in_order("universal_crt_missing_share", _2012_R2)]
    """Whether the Universal C Runtime is there (DWN-4)."""
    servicing_stack: Annotated[
        date | None, _update(date(2020, 1, 14), "servicing_stack_missing_share")
    ]
    """Date of the servicing stack update; None counts as missing (DWN-5)."""
    cumulative_update: Annotated[
        date | None, _update(date(2018, 1, 9), "cumulative_update_missing_share")
    ]
    """Date of the cumulative update; None counts as missing (DWN-5)."""
    antivirus: Annotated[
        str,
        Trait(
            _WORD,
            vocabulary.ANTIVIRUS,
            plain="enabled",
            shares=(
                ("disabled", "antivirus_disabled_share"),
                ("outdated", "antivirus_outdated_share"),
                ("not_installed", "antivirus_not_installed_share"),
            ),
            systems=(_2016,),
            patchable=True,
        ),
    ]
    """State of Defender Antivirus (DWN-5)."""
    elam_driver: Annotated[
        str,
        Trait(
            _WORD,
            vocabulary.ELAM_DRIVERS,
            plain="enabled",
            shares=(("disabled", "elam_driver_disabled_share"),),
            patchable=True,
        ),
    ]
    """The early-launch driver, without which the service cannot start (UPL-4)."""
    sensor: Annotated[
        str,
        Trait(
            _WORD,
            vocabulary.SENSORS,
            plain="present",
            shares=(("absent", "sense_missing_share"),),
            systems=("windows-11-24h2",),
            patchable=True,
        ),
    ]
    """Whether an up-level system has the sensor on it (UPL-5)."""
    installer_defect: Annotated[
        bool,
        Trait(
            _TRUTH,
            plain=False,
            shares=((True, "installer_defect_share"),),
            systems=(_2012_R2,),
            patchable=True,
        ),
    ]
    """Whether the MDE client's installer fails until somebody cleans the computer (DWN-11)."""
    network_streamlined: Annotated[
        str,
        Trait(
            _WORD,
            vocabulary.NETWORKS,
            plain="ok",
            shares=(("blocked", "network_streamlined_blocked_share"),),
            patchable=True,
        ),
    ]
    """The path to the destinations of streamlined connectivity (UPD-8)."""
    dotnet: Annotated[bool, _in_order("dotnet_missing_share", _2012_R2, "windows-8.1")]
    """Whether .NET is recent enough for MMA (FLT-5)."""
    clock_ok: Annotated[bool, _in_order("clock_skew_share", *OPERATING_SYSTEMS)]
    """Whether the clock is right to within a quarter of an hour (FLT-5)."""
    network: Annotated[
        str,
        Trait(
            _WORD,
            vocabulary.NETWORKS,
            plain="ok",
            shares=(("blocked", "network_blocked_share"),),
            patchable=True,
        ),
    ]
    """The path to the service (FLT-2)."""
    restart_pending: Annotated[
        bool,
        Trait(
            _TRUTH,
            plain=False,
            shares=((True, "restart_pending_share"),),
            systems=_SERVERS,
            patchable=True,
        ),
    ]
    """Whether Windows waits for a restart (FLT-4)."""
    joined_at: Annotated[datetime | None, Trait(_DATE, cell=_MOMENT)]
    retired_at: Annotated[datetime | None, Trait(_DATE, cell=_MOMENT)]
    labels: tuple[str, ...] = ()
    """Values of the fleet's label columns, in the order of `Fleet.label_names`."""

    @property
    def is_managed(self) -> bool:
        """Whether ConfigMgr manages the computer through a client of its own (PRE-2, PRE-5)."""
        return self.client != "none" and self.managed_by != "intune"


def traits_of(device_class: type[Device]) -> dict[str, Trait]:
    """Return the traits that the fields of a class of devices declare, by name and in order."""
    hints = get_type_hints(device_class, include_extras=True)
    declared = {name: getattr(hint, "__metadata__", (None,))[0] for name, hint in hints.items()}
    return {
        name: replace(trait, name=name)
        for name, trait in declared.items()
        if isinstance(trait, Trait)
    }


TRAITS = traits_of(Device)
"""Every trait by name, in the order in which a fleet table is written."""

RESULT_COLUMNS = ("status", "cause", "health")
"""Columns of results that people look for in a query or a patch, where they are not traits."""


def seen_trait(name: str) -> Trait | None:
    """Return the trait of a name that queries see, or None."""
    trait = TRAITS.get(name)
    return trait if trait is not None and trait.seen else None


def is_unseen(name: str) -> bool:
    """Return whether a name means status or health, which no query sees."""
    return name in RESULT_COLUMNS or (name in TRAITS and not TRAITS[name].seen)
