"""The forms of exports, recognized by their headers, and the fact in each of their columns.

A *fact* is the content of one column, in the words of the export; `traits` turns facts into traits.
The site writes one fact under several names: in SQL views (`Netbios_Name0`), in the admin service
and in `Get-CMDevice`. Names are compared without case, blanks and underscores.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sim.errors import Problem
from sim.fleet.groups import COHORTS
from sim.reference.traits import TRAITS

ACTIVITY = (
    "last_active", "last_policy_request", "last_heartbeat", "last_inventory", "last_status",
    "last_online",
)  # fmt: skip
"""Facts that say when a device was last in contact, the best first."""
MOMENTS = ("contact", *ACTIVITY)
"""Facts that are dates."""

_COHORT_COLUMNS = {cohort: (cohort,) for cohort in COHORTS}
"""Columns that people add themselves: the groups by which faults are drawn."""

SITE: Mapping[str, tuple[str, ...]] = {
    "id": ("ResourceID", "MachineID"),
    "name": ("Netbios_Name0", "Name0", "NetbiosName", "Name"),
    "system": ("Operating_System_Name_and0", "OperatingSystemNameandVersion", "DeviceOS"),
    "caption": ("Caption0", "Caption"),
    "build": ("BuildExt", "Build01", "Build", "DeviceOSBuild"),
    "inventory_build": ("Version0", "Version", "BuildNumber0", "BuildNumber"),
    "product_type": ("ProductType0", "ProductType"),
    "sku": ("OperatingSystemSKU0", "OperatingSystemSKU"),
    "chassis": ("ChassisTypes0", "ChassisTypes"),
    "virtual": ("Is_Virtual_Machine0", "IsVirtualMachine"),
    "client": ("Client0", "Client", "IsClient"),
    "client_status": ("ClientActiveStatus",),
    "active": ("Active0", "Active", "IsActive"),
    "client_check": ("ClientCheckPass",),
    "client_version": ("Client_Version0", "ClientVersion"),
    "obsolete": ("Obsolete0", "Obsolete", "IsObsolete"),
    "decommissioned": ("Decommissioned0", "Decommissioned", "IsDecommissioned"),
    "place": ("AD_Site_Name0", "ADSiteName"),
    "boundary_groups": ("BoundaryGroups",),
    "co_managed": ("CoManaged",),
    "esu": ("ESUValue",),
    "onboarding": ("OnboardingState", "ATPOnboardingState"),
    "organization": ("OrgId", "ATPOrgId"),
    "sensor": ("SenseIsRunning", "ATPSenseIsRunning"),
    "contact": ("LastConnected", "ATPLastConnected"),
    "restart": ("ClientState",),
    "last_active": ("LastActiveTime",),
    "last_policy_request": ("LastPolicyRequest",),
    "last_heartbeat": ("LastDDR",),
    "last_inventory": ("LastHardwareScan", "TimeStamp"),
    "last_status": ("LastStatusMessage",),
    "last_online": ("CNLastOnlineTime",),
    "domain": ("Resource_Domain_OR_Workgr0", "ResourceDomainORWorkgroup", "Domain"),
    "site_code": ("SiteCode",),
    **_COHORT_COLUMNS,
}
"""The facts in the site's exports, each with the names of its columns."""

PORTAL: Mapping[str, tuple[str, ...]] = {
    "id": ("Device ID",),
    "name": ("Device Name",),
    "system": ("OS Platform",),
    "release": ("Windows 10 Version", "OS Version"),
    "build": ("OS Build",),
    "place": ("Group",),
    "contact": ("Last device update",),
    "health": ("Health Status",),
    "onboarding_status": ("Onboarding Status",),
    "managed_by": ("Managed By",),
    "domain": ("Domain",),
    "tags": ("Tags",),
    **_COHORT_COLUMNS,
}
"""The facts in the portal's device inventory, each with the names of its columns."""


@dataclass(frozen=True, eq=False)
class Form:
    """One kind of export: its name, its facts, and the columns that its header must have."""

    title: str
    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[tuple[str, ...], ...]
    """Groups of columns; of each group one must be there."""
    typical: tuple[str, ...]
    """Columns by which a header that lacks something is matched with the nearest form."""
    names_devices: bool = True
    """False: its rows belong to devices of another file, found by ResourceID."""

    def missing(self, header: Sequence[str]) -> tuple[str, ...]:
        """Return the columns that a header of this form must have and that are missing."""
        held = {plain_header(name) for name in header}
        return tuple(
            names[0]
            for names in self.needs
            if held.isdisjoint(plain_header(name) for name in names)
        )

    def knows(self, name: str) -> bool:
        """Return whether a column holds a fact that is used."""
        return plain_header(name) in _column_names(self)

    def places(self, header: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return where each fact stands in a header, its best column first."""
        held: dict[str, int] = {}
        for place, name in enumerate(header):
            held.setdefault(plain_header(name), place)
        places = {
            fact: tuple(held[plain_header(name)] for name in names if plain_header(name) in held)
            for fact, names in self.columns.items()
        }
        return {fact: at for fact, at in places.items() if at}


@cache
def _column_names(form: "Form") -> frozenset[str]:
    return frozenset(plain_header(name) for names in form.columns.values() for name in names)


def plain_header(name: str) -> str:
    """Return a column's name as names are compared.

    >>> plain_header("ATP_OnboardingState"), plain_header(" Device Name ")
    ('atponboardingstate', 'devicename')
    """
    return re.sub(r"[\s_]+", "", name).casefold()


PORTAL_FORM = Form(
    "the portal's device inventory",
    PORTAL,
    (("Device Name",), ("OS Platform",)),
    tuple(name for names in PORTAL.values() for name in names if name not in COHORTS),
)
RESOURCES = Form(
    "Get-CMDevice (CombinedDeviceResources)",
    SITE,
    (("Name",), ("DeviceOS",)),
    (
        "MachineID", "Name", "DeviceOS", "DeviceOSBuild", "IsClient", "IsActive", "IsObsolete",
        "IsDecommissioned", "IsVirtualMachine", "ClientActiveStatus", "ClientCheckPass",
        "CoManaged", "ATPOnboardingState", "ATPOrgId", "ATPLastConnected", "BoundaryGroups",
        "LastActiveTime", "LastPolicyRequest", "LastDDR", "LastHardwareScan", "CNLastOnlineTime",
    ),
)  # fmt: skip
SYSTEMS = Form(
    "v_R_System",
    SITE,
    (SITE["name"], (*SITE["system"][:2], *SITE["build"][:3], *SITE["caption"])),
    (
        "Netbios_Name0", "Name0", "Operating_System_Name_and0", "OperatingSystemNameandVersion",
        "Client0", "Active0", "Obsolete0", "Decommissioned0", "Client_Version0", "BuildExt",
        "Build01", "Is_Virtual_Machine0", "AD_Site_Name0", "Resource_Domain_OR_Workgr0", "ESUValue",
    ),
)  # fmt: skip
SYSTEM_DETAILS = Form(
    "v_GS_OPERATING_SYSTEM",
    SITE,
    (SITE["id"], SITE["caption"]),
    ("Caption0", "BuildNumber0", "Version0", "ProductType0", "OperatingSystemSKU0"),
    False,
)
ENCLOSURES = Form(
    "v_GS_SYSTEM_ENCLOSURE", SITE, (SITE["id"], SITE["chassis"]), SITE["chassis"], False
)
HEALTH = Form(
    "AdvancedThreatProtectionHealthStatus",
    SITE,
    (SITE["id"], ("OnboardingState",)),
    ("OnboardingState", "OrgId", "SenseIsRunning", "LastConnected"),
    False,
)

FORMS = (PORTAL_FORM, RESOURCES, SYSTEMS, SYSTEM_DETAILS, ENCLOSURES, HEALTH)
"""All forms, in the order in which a header is compared with them."""


def recognize(header: Sequence[str]) -> Form | None:
    """Return the form of a header, or None."""
    return next((form for form in FORMS if not form.missing(header)), None)


def is_fleet_table(header: Sequence[str]) -> bool:
    """Return whether a header is that of the project's own fleet table."""
    return "name" in header and ("os" in header or "build" in header)


def likeness(header: Sequence[str], form: Form) -> int:
    """Return how many columns of a header are typical of a form."""
    return len(
        {plain_header(name) for name in form.typical} & {plain_header(name) for name in header}
    )


def nearest_form(header: Sequence[str]) -> Form | None:
    """Return the form that a header is most like, or None when it is like none."""
    best = max(FORMS, key=lambda form: (likeness(header, form), -len(form.missing(header))))
    return best if likeness(header, best) else None


def unrecognized(
    header: Sequence[str], shown: str, line: int, *, is_json_header: bool = False
) -> Problem:
    """Return the problem of a header of no known form: what it lacks for the nearest one."""
    form = nearest_form(header)
    what = "the header is not recognized"
    if not is_json_header and (names := _other_case(header, form)):
        written = ", ".join(names)
        expected = f"write the columns of a fleet table in lower case: {written}"
        return Problem(what, expected=expected, file=shown, line=line)
    if form is None:
        titles = ", ".join(form.title for form in FORMS)
        expected = f"a fleet table with the columns name and os, or an export: {titles}"
        return Problem(what, expected=expected, file=shown, line=line)
    missing = form.missing(header)
    verb = "is" if len(missing) == 1 else "are"
    expected = f"it is nearest to {form.title}, where {' and '.join(missing)} {verb} missing"
    return Problem(what, expected=expected, file=shown, line=line)


def _other_case(header: Sequence[str], form: Form | None) -> list[str]:
    """Return how a fleet table writes the columns that are its own but for upper and lower case.

    Empty if the header is not that of a fleet table even so, or is as much like an export.
    """
    lower = [name.lower() for name in header]
    traits = [name for name in lower if name in TRAITS]
    is_export = form is not None and likeness(header, form) >= len(traits)
    if is_export or not is_fleet_table(lower):
        return []
    return [name for name, own in zip(lower, header, strict=True) if name in TRAITS and name != own]
