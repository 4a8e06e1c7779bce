"""What a device is, from what an inventory says: system, product type, edition, chassis (OS-5)."""

import re
from collections.abc import Mapping
from functools import lru_cache

from sim.fleet.inventories.misfits import Misfit
from sim.reference.platforms import OperatingSystem, classify

Facts = Mapping[str, str]
"""What the columns of a record say; a missing key is a missing column, an empty text no value."""

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
"""What ChassisTypes0 means; other numbers say nothing that we could use."""

_REVISION = re.compile(r"(?<=\d{4})\.\d+$")
_EDITIONS = (
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
    "188": "iot",
}
"""What OperatingSystemSKU0 means, where the caption does not say it (general knowledge)."""


def system_of(facts: Facts) -> OperatingSystem | None:
    """Return the system of a record, or None when nothing certain can be said.

    A build alone will do; one with the name of something else than Windows will not.
    """
    names = [facts.get("system", ""), facts.get("caption", "")]
    build = facts.get("build", "") or facts.get("inventory_build", "")
    if not build:
        names.append(facts.get("release", ""))
    name = " ".join(filter(None, names))
    if any(names) and "windows" not in name.casefold():
        return None
    product_type = PRODUCT_TYPES.get(facts.get("product_type", ""))
    found = _classified(name, _without_revision(build), product_type)
    if found is None and facts.get("inventory_build"):
        found = _classified(name, _without_revision(facts["inventory_build"]), product_type)
    return found


_classified = lru_cache(maxsize=10_000)(classify)


def _without_revision(build: str) -> str:
    """Return a build without what monthly updates count up, so that few distinct ones are left.

    >>> _without_revision("10.0.19045.3324"), _without_revision("19045.3324")
    ('10.0.19045', '19045')
    """
    return _REVISION.sub("", build)


def system_told(facts: Facts) -> str:
    """Return what a record says of its system, for the reason why it cannot be placed."""
    told = (facts.get(fact, "") for fact in ("system", "caption", "release", "build"))
    return " ".join(filter(None, dict.fromkeys(told))) or facts.get("inventory_build", "")


def product_type_of(facts: Facts, system: OperatingSystem, misfits: list[Misfit]) -> str | None:
    """Return client, server or domain controller; None where a server could be either."""
    number = facts.get("product_type", "")
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
    """Return the edition that the caption or the SKU number tells; None where neither does."""
    caption = facts.get("caption", "")
    for edition, word in _EDITIONS:
        if word.search(caption):
            return edition
    return SKUS.get(facts.get("sku", ""))


def chassis_of(facts: Facts, is_virtual: bool | None, system: OperatingSystem) -> str | None:
    """Return the chassis; of several types the first known one counts, a virtual machine has none.

    A server of which only that it is not virtual is known is one of its own.
    """
    if is_virtual:
        return "virtual"
    for number in re.findall(r"\d+", facts.get("chassis", "")):
        if number in CHASSIS:
            return CHASSIS[number]
    return "server" if is_virtual is False and system.product_type == "server" else None
