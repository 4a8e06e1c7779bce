"""From the facts of a record to the traits of a device (OS-5).

Facts are read in parts (`PARTS`): records with equal facts of a part share its traits, so each
combination is read once for a whole inventory.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sim.inventories.account import Misfit, Reason, truth
from sim.reference.systems import MULTI_SESSION, OperatingSystem, classify
from sim.reference.traits import TRAITS
from sim.reference.versions import client_version_number

Facts = Mapping[str, str]
"""The content of a record's columns; a missing key is a missing column, an empty text no value."""

PRODUCT_TYPES = {"1": "client", "2": "domain_controller", "3": "server"}
"""What ProductType0 means."""
LAPTOPS = ("8", "9", "10", "11", "12", "14", "18", "21", "30", "31", "32")
DESKTOPS = ("3", "4", "5", "6", "7", "13", "15", "16", "24", "35", "36")
SERVERS = ("17", "23", "25", "28", "29")
CHASSIS = {
    number: kind
    for kind, numbers in (("laptop", LAPTOPS), ("desktop", DESKTOPS), ("server", SERVERS))
    for number in numbers
}
"""What ChassisTypes0 means; other numbers are of no use."""

_REVISION = re.compile(r"(?<=\d{4})\.\d+$")
_EDITIONS = (
    (MULTI_SESSION, re.compile(r"\b(multi[- ]session|virtual desktops)\b", re.I)),
    ("iot", re.compile(r"\biot\b", re.I)),
    ("ltsc", re.compile(r"\blts[bc]\b", re.I)),
    ("enterprise", re.compile(r"\benterprise\b", re.I)),
    ("education", re.compile(r"\beducation\b", re.I)),
    ("pro", re.compile(r"\bpro(fessional)?\b", re.I)),
    ("home", re.compile(r"\b(home|core)\b", re.I)),
    ("datacenter", re.compile(r"\bdatacenter\b", re.I)),
    ("standard", re.compile(r"\bstandard\b", re.I)),
)
SKUS = {
    "4": "enterprise",
    "7": "standard",
    "8": "datacenter",
    "48": "pro",
    "101": "home",
    "121": "education",
    "125": "ltsc",
    "175": MULTI_SESSION,
    "188": "iot",
}
"""What OperatingSystemSKU0 means, if the caption names no edition (general knowledge)."""


def system_of(facts: Facts) -> OperatingSystem | None:
    """Return the system of a record, or None when it is not certain.

    A build alone is enough, unless the name is of something else than Windows.
    """
    names = [facts.get("system", ""), facts.get("caption", "")]
    build = facts.get("build", "") or facts.get("inventory_build", "")
    if not build:
        names.append(facts.get("release", ""))
    name = " ".join(filter(None, names))
    if any(names) and "windows" not in name.casefold():
        return None
    product_type = PRODUCT_TYPES.get(facts.get("product_type", ""))
    if _is_multi_session(facts):
        product_type = "client"
    system = _classified(name, _without_revision(build), product_type)
    if system is None and facts.get("inventory_build"):
        system = _classified(name, _without_revision(facts["inventory_build"]), product_type)
    return system


_classified = lru_cache(maxsize=10_000)(classify)


def _without_revision(build: str) -> str:
    """Return a build without the revision of monthly updates, so that few distinct ones remain.

    >>> _without_revision("10.0.19045.3324"), _without_revision("19045.3324")
    ('10.0.19045', '19045')
    """
    return _REVISION.sub("", build)


def recorded_system(facts: Facts) -> str:
    """Return the name and build of a record, to explain why it cannot be placed."""
    texts = (facts.get(fact, "") for fact in ("system", "caption", "release", "build"))
    return " ".join(filter(None, dict.fromkeys(texts))) or facts.get("inventory_build", "")


def product_type_of(facts: Facts, system: OperatingSystem, misfits: list[Misfit]) -> str | None:
    """Return client, server or domain controller; None if a server could be either."""
    number = facts.get("product_type", "")
    if _is_multi_session(facts):
        return "client"
    if number in PRODUCT_TYPES:
        return PRODUCT_TYPES[number]
    if number:
        misfits.append(Misfit("product_type", number, "1, 2 or 3"))
    if system.product_type == "client":
        return "client"
    words = facts.get("system", "").casefold()
    if "advanced server" in words:
        return "domain_controller"
    return "server" if " nt " in words else None


def edition_of(facts: Facts) -> str | None:
    """Return the edition in the caption or the SKU number; None if neither has one."""
    caption = facts.get("caption", "")
    for edition, word in _EDITIONS:
        if word.search(caption):
            return edition
    return SKUS.get(facts.get("sku", ""))


def _is_multi_session(facts: Facts) -> bool:
    """Return whether it is a client for many users, which calls itself a server (OS-1)."""
    is_server = "server" in facts.get("caption", "").casefold()
    return edition_of(facts) == MULTI_SESSION and not is_server


def chassis_of(facts: Facts, is_virtual: bool | None, system: OperatingSystem) -> str | None:
    """Return the chassis: `virtual`, else the first known type.

    A physical server without a known type counts as a server's own chassis.
    """
    if is_virtual:
        return "virtual"
    for number in re.findall(r"\d+", facts.get("chassis", "")):
        if number in CHASSIS:
            return CHASSIS[number]
    return "server" if is_virtual is False and system.product_type == "server" else None


BROKEN = ("2", "0", "false", "failed")
"""ClientCheckPass of a client that failed its own health check."""
CHECKED = ("", "1", "3", "true", "passed", *BROKEN)
"""All values of ClientCheckPass; 3 means no result."""

SENSOR_OF_HEALTH = {
    "active": True,
    "impairedcommunication": True,
    "impairedcommunications": True,
    "nosensordata": False,
    "nosensordataimpairedcommunication": False,
}
"""Whether the sensor runs, by the portal's health status; inactive leaves it open."""
MANAGED_BY = {
    "intune": "intune",
    "configmgr": "configmgr",
    "configurationmanager": "configmgr",
    "microsoftconfigurationmanager": "configmgr",
}
"""What manages the device, by the portal's column; MDE and Unknown leave it open."""


@dataclass(frozen=True)
class FactReading:
    """The traits in one part of a record's facts."""

    traits: dict[str, object]
    misfits: tuple[Misfit, ...] = ()
    reason: Reason | None = None
    """Why the record cannot be placed, if so."""
    system_text: str = ""
    """Name and build of a system that is unknown."""


def of_platform(facts: Facts) -> FactReading:
    """Read what the computer is; one without a known system cannot be placed."""
    misfits: list[Misfit] = []
    system = system_of(facts)
    if system is None:
        return FactReading({}, (), Reason.NO_SYSTEM, recorded_system(facts))
    is_virtual = truth("virtual", facts.get("virtual", ""), misfits)
    traits = {
        "os": system.id,
        "build": system.build,
        "product_type": product_type_of(facts, system, misfits),
        "edition": edition_of(facts),
        "chassis": chassis_of(facts, is_virtual, system),
    }
    return FactReading(_without_empty(traits), tuple(misfits))


def of_management(facts: Facts) -> FactReading:
    """Read what manages the computer, and the state of its client."""
    misfits: list[Misfit] = []
    return FactReading(_without_empty(_management(facts, misfits)), tuple(misfits))


def of_onboarding(facts: Facts) -> FactReading:
    """Read an earlier onboarding."""
    misfits: list[Misfit] = []
    return FactReading(_without_empty(_onboarding(facts, misfits)), tuple(misfits))


def of_record(facts: Facts) -> FactReading:
    """Read where the computer is, and whether the record counts at all."""
    misfits: list[Misfit] = []
    reason = None
    if truth("decommissioned", facts.get("decommissioned", ""), misfits):
        reason = Reason.DECOMMISSIONED
    if truth("obsolete", facts.get("obsolete", ""), misfits):
        reason = Reason.OBSOLETE
    traits = {
        "location": _location(facts),
        "esu": _esu(facts.get("esu", ""), misfits),
        "restart_pending": _restart(facts.get("restart", ""), misfits),
    }
    return FactReading(_without_empty(traits), tuple(misfits), reason)


PARTS: tuple[tuple[Callable[[Facts], FactReading], tuple[str, ...]], ...] = (
    (
        of_record,
        ("obsolete", "decommissioned", "place", "boundary_groups", "esu", "restart"),
    ),
    (
        of_platform,
        (
            "system", "caption", "build", "inventory_build", "release", "product_type", "sku",
            "chassis", "virtual",
        ),
    ),
    (
        of_management,
        ("managed_by", "client", "client_status", "active", "client_check", "client_version",
         "co_managed"),
    ),
    (
        of_onboarding,
        ("onboarding_status", "health", "onboarding", "organization", "sensor"),
    ),
)  # fmt: skip
"""How each part is read, and its facts; the first reason to leave a record out counts."""


def _without_empty(traits: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in traits.items() if value is not None and value != ""}


def _location(facts: Facts) -> str:
    """Return the Active Directory site (the portal's group); else the first boundary group."""
    groups = facts.get("boundary_groups", "").replace(";", ",")
    return facts.get("place", "") or groups.split(",")[0].strip()


def _management(facts: Facts, misfits: list[Misfit]) -> dict[str, object]:
    if "managed_by" in facts:
        return {"managed_by": MANAGED_BY.get(_word(facts["managed_by"]))}
    client = _client(facts, misfits)
    if client == "none":
        return {"client": client}
    both = truth("co_managed", facts.get("co_managed", ""), misfits)
    return {
        "client": client,
        "client_version": _client_version(facts.get("client_version", ""), misfits),
        "managed_by": None if both is None else "co_managed" if both else "configmgr",
    }


def _client(facts: Facts, misfits: list[Misfit]) -> str | None:
    """Return the state of the ConfigMgr client; an empty cell in the column means no client."""
    if "client" in facts and not truth("client", facts["client"], misfits):
        return "none"
    status = facts.get("client_status", "") or facts.get("active", "")
    is_active = truth("client_status", status, misfits)
    check = facts.get("client_check", "").casefold()
    if check not in CHECKED:
        misfits.append(Misfit("client_check", check, "1, 2 or 3"))
    if is_active is False:
        return "inactive"
    if check in BROKEN:
        return "broken"
    return "active" if is_active else None


def _client_version(text: str, misfits: list[Misfit]) -> str | None:
    if not text or text == "0":
        return None
    try:
        client_version_number(text)
    except ValueError:
        misfits.append(Misfit("client_version", text, "a current branch version"))
        return None
    return text


def _onboarding(facts: Facts, misfits: list[Misfit]) -> dict[str, object]:
    """Return the traits of an earlier onboarding; without a health record there was none."""
    if "onboarding_status" in facts or "health" in facts:
        health = _word(facts.get("health", "")).removeprefix("misconfigured:")
        is_onboarded = _word(facts.get("onboarding_status", "")) == "onboarded"
        return {"onboarded": is_onboarded, "sensor_running": SENSOR_OF_HEALTH.get(health)}
    traits: dict[str, object] = {"organization": facts.get("organization")}
    if "onboarding" in facts:
        written = facts["onboarding"].casefold()
        traits["onboarded"] = written in ("1", "true")
        if not (written.isdigit() or written in ("", "true", "false")):
            misfits.append(Misfit("onboarding", written, "1 for onboarded, or 0"))
    traits["sensor_running"] = truth("sensor", facts.get("sensor", ""), misfits)
    return traits


def _esu(text: str, misfits: list[Misfit]) -> object:
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text[:9]) > 0
    try:
        return TRAITS["esu"].read(text)
    except ValueError:
        misfits.append(Misfit("esu", text, TRAITS["esu"].expected))
        return None


def _restart(text: str, misfits: list[Misfit]) -> bool | None:
    """Return whether a restart is pending: ClientState is 0 when none is."""
    if text and not (text.isascii() and text.isdigit()):
        misfits.append(Misfit("restart", text, "a number"))
        return None
    return text.strip("0") != "" if text else None


def _word(text: str) -> str:
    return "".join(text.split()).casefold()
