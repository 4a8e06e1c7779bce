"""The columns of exports: the traits of a device in the words of the site or of the portal (OS-5).

Values are typed here; `exporting` writes them as each format does. A trait that is missing, and a
column that no trait fills, is None. `classify` reads back the names and builds of systems.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache

from sim.reference.systems import MULTI_SESSION, OPERATING_SYSTEMS, OperatingSystem
from sim.reference.versions import client_version_number

_KERNELS = {7601: "6.1", 9200: "6.2", 9600: "6.3"}
_CAPTIONS = {
    "iot": "IoT Enterprise",
    "ltsc": "Enterprise LTSC",
    MULTI_SESSION: "Enterprise multi-session",
}
"""Editions whose caption is more than their name."""
_CLIENT_BUILDS = range(8325, 10_000)
"""Builds of current branch clients."""


def kernel(system: OperatingSystem) -> str:
    """Return the version of Windows NT, such as `6.3` or `10.0`."""
    return _KERNELS.get(system.build, "10.0")


def build_number(system: OperatingSystem) -> str:
    """Return the build as the site writes it, such as `10.0.19045`."""
    return f"{kernel(system)}.{system.build}"


def discovered_name(system: OperatingSystem, product_type: str) -> str:
    """Return the name of discovery, the same for all systems of a product type and kernel.

    >>> from sim.reference.systems import OPERATING_SYSTEMS
    >>> discovered_name(OPERATING_SYSTEMS["windows-11-24h2"], "client")
    'Microsoft Windows NT Workstation 10.0'
    """
    if system.product_type == "client":
        kind = "Workstation"
    else:
        kind = "Advanced Server" if product_type == "domain_controller" else "Server"
    return f"Microsoft Windows NT {kind} {kernel(system)}"


def caption(system: OperatingSystem, edition: str) -> str:
    """Return the caption of hardware inventory.

    >>> from sim.reference.systems import OPERATING_SYSTEMS
    >>> caption(OPERATING_SYSTEMS["server-2019"], "standard")
    'Microsoft Windows Server 2019 Standard'
    """
    title = system.title.replace(" Semi-Annual Channel", "")
    if system.product_type == "client":
        title = title.partition(",")[0]
    return " ".join(filter(None, ("Microsoft", title, _CAPTIONS.get(edition, edition.title()))))


def platform(system: OperatingSystem) -> str:
    """Return the portal's name of a platform, such as `Windows10` or `WindowsServer2012R2`."""
    family = system.title.replace(" Semi-Annual Channel", "").partition(",")[0]
    return family.replace(" ", "")


def release(system: OperatingSystem) -> str:
    """Return the release, such as `22H2`; an empty text for systems that have none."""
    return system.title.partition(", version ")[2]


@cache
def client_build(version: str) -> str:
    """Return a client's version as the client reports it; a version without a known build as is.

    >>> client_build("2403"), client_build("5.00.9128")
    ('5.00.9128.1000', '5.00.9128')
    """
    if "." in version or not version:
        return version
    for number in _CLIENT_BUILDS:
        try:
            if client_version_number(f"5.00.{number}") == int(version):
                return f"5.00.{number}.1000"
        except ValueError:
            continue
    return version


Traits = Mapping[str, object]
"""The traits of a device by name; unknown ones are missing or None."""
Cells = dict[str, object]
"""The values of one exported row, by column."""

FIRST_RESOURCE = 16_777_217
"""The number of a site's first device."""
SILENT = timedelta(days=7)
"""After this time without contact the portal shows a device as inactive."""

PORTAL_COLUMNS = (
    "Device ID", "Device Name", "Device Category", "Device Type", "Device Subtype",
    "Discovery sources", "Domain", "AAD Device Id", "First Seen", "Last device update",
    "OS Platform", "OS Distribution", "OS Version", "OS Build", "Windows 10 Version", "Tags",
    "Group", "Is AAD Joined", "Device IPs", "Device MACs", "Risk Level", "Exposure Level",
    "Health Status", "Onboarding Status", "Device Role", "Cloud Platforms", "Is Internet Facing",
    "Enrollment Status Code", "Managed By", "Enrollment Status", "Vendor", "Model",
)  # fmt: skip
_EMPTY_OF_RESOURCE = (
    "SMSID", "SiteCode", "Domain", "LastStatusMessage", "LastPolicyRequest", "LastDDR",
    "LastHardwareScan", "LastSoftwareScan", "LastMPServerName", "LastActiveTime", "EPEnabled",
    "EPDeploymentState", "EPDeploymentErrorCode", "EPClientVersion", "CNIsOnline",
    "CNLastOnlineTime", "CNLastOfflineTime", "CNIsOnInternet", "AADDeviceID", "SerialNumber",
    "PrimaryUser", "SenseID", "BoundaryGroups",
)  # fmt: skip
"""Columns that no trait fills."""
_MANAGED_BY = {"configmgr": "ConfigMgr", "co_managed": "ConfigMgr", "intune": "Intune"}
_CHASSIS_NUMBERS = {"laptop": "9", "desktop": "3", "server": "23", "virtual": "1"}
_PRODUCT_NUMBERS = {"client": 1, "domain_controller": 2, "server": 3}


def resource(traits: Traits, number: int) -> Cells:
    """Return a row of SMS_CombinedDeviceResources, with the column names of the cmdlet."""
    system = OPERATING_SYSTEMS[str(traits["os"])]
    client = _client(traits)
    return {
        "Name": traits["name"],
        "ResourceID": FIRST_RESOURCE + number,
        "ResourceType": 5,
        "DeviceOS": discovered_name(system, str(traits.get("product_type"))),
        "DeviceOSBuild": build_number(system),
        "ADSiteName": traits.get("location") or None,
        "IsVirtualMachine": _unless_open(traits, "chassis", lambda chassis: chassis == "virtual"),
        "IsObsolete": False,
        "IsDecommissioned": False,
        **client,
        "CoManaged": _unless_open(traits, "managed_by", lambda by: by == "co_managed")
        if client["IsClient"]
        else None,
        "ClientState": _unless_open(traits, "restart_pending"),
        "ATPOnboardingState": _unless_open(traits, "onboarded"),
        "ATPOrgId": traits.get("organization") or None,
        "ATPSenseIsRunning": traits.get("sensor_running"),
        "ATPLastConnected": traits.get("last_contact"),
        **dict.fromkeys(_EMPTY_OF_RESOURCE),
    }


def combined_view(traits: Traits, number: int) -> Cells:
    """Return a row of v_CombinedDeviceResources: the same, with underscores and its own key."""
    cells = resource(traits, number)
    cells = {"MachineID": cells.pop("ResourceID")} | cells
    return {_view_name(name): value for name, value in cells.items()}


def system_view(traits: Traits, number: int) -> Cells:
    """Return a row of v_R_System."""
    system = OPERATING_SYSTEMS[str(traits["os"])]
    client = _client(traits)
    return {
        "ResourceID": FIRST_RESOURCE + number,
        "ResourceType": 5,
        "Netbios_Name0": traits["name"],
        "Name0": traits["name"],
        "Client0": client["IsClient"],
        "Active0": client["IsActive"],
        "Obsolete0": False,
        "Decommissioned0": False,
        "Client_Version0": client["ClientVersion"],
        "Operating_System_Name_and0": discovered_name(system, str(traits.get("product_type"))),
        "Build01": build_number(system),
        "BuildExt": build_number(system),
        "Is_Virtual_Machine0": _unless_open(
            traits, "chassis", lambda chassis: chassis == "virtual"
        ),
        "Resource_Domain_OR_Workgr0": None,
        "AD_Site_Name0": traits.get("location") or None,
        "ManagementAuthority": None,
        "ESUValue": traits.get("esu"),
        "SenseID": None,
        "SMS_Unique_Identifier0": None,
    }


def operating_system_view(traits: Traits, number: int) -> Cells:
    """Return a row of v_GS_OPERATING_SYSTEM."""
    system = OPERATING_SYSTEMS[str(traits["os"])]
    return {
        "ResourceID": FIRST_RESOURCE + number,
        "TimeStamp": None,
        "Caption0": caption(system, str(traits.get("edition") or "")),
        "BuildNumber0": system.build,
        "Version0": build_number(system),
        "ProductType0": _PRODUCT_NUMBERS.get(str(traits.get("product_type"))),
        "CSDVersion0": None,
        "InstallDate0": None,
        "LastBootUpTime0": None,
        "OperatingSystemSKU0": None,
    }


def enclosure_view(traits: Traits, number: int) -> Cells:
    """Return a row of v_GS_SYSTEM_ENCLOSURE."""
    return {
        "ResourceID": FIRST_RESOURCE + number,
        "ChassisTypes0": _CHASSIS_NUMBERS.get(str(traits.get("chassis"))),
    }


def health_view(traits: Traits, number: int) -> Cells:
    """Return a row of the view of the health status."""
    return {
        "ResourceID": FIRST_RESOURCE + number,
        "LastConnected": traits.get("last_contact"),
        "OnboardingState": _unless_open(traits, "onboarded"),
        "OrgId": traits.get("organization") or None,
        "SenseIsRunning": traits.get("sensor_running"),
    }


def portal_row(traits: Traits, as_of: datetime | None) -> Cells:
    """Return a row of the portal's device inventory as of *as_of*."""
    system = OPERATING_SYSTEMS[str(traits["os"])]
    name = str(traits["name"])
    is_client = system.product_type == "client"
    is_onboarded = bool(traits.get("onboarded"))
    cells: Cells = {
        "Device ID": hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
        "Device Name": name,
        "Device Category": "Endpoint",
        "Device Type": "Workstation" if is_client else "Server",
        "Last device update": traits.get("last_contact"),
        "OS Platform": platform(system),
        "OS Distribution": platform(system),
        "OS Version": release(system) or kernel(system),
        "OS Build": system.build,
        "Windows 10 Version": release(system) if is_client else None,
        "Group": traits.get("location") or None,
        "Health Status": _health(traits, as_of) if is_onboarded else None,
        "Onboarding Status": "Onboarded" if is_onboarded else "Can be onboarded",
        "Managed By": _MANAGED_BY.get(str(traits.get("managed_by")), "Unknown"),
    }
    return {column: cells.get(column) for column in PORTAL_COLUMNS}


def _health(traits: Traits, as_of: datetime | None) -> str:
    if traits.get("sensor_running") is False:
        return "NoSensorData"
    contact = traits.get("last_contact")
    is_silent = as_of is not None and isinstance(contact, datetime) and as_of - contact > SILENT
    return "Inactive" if is_silent else "Active"


def _client(traits: Traits) -> Cells:
    """Return the columns about the ConfigMgr client; a device that only Intune manages has none."""
    client = traits.get("client")
    if client == "none" or traits.get("managed_by") == "intune":
        none = dict.fromkeys(("IsActive", "ClientActiveStatus", "ClientCheckPass", "ClientVersion"))
        return {"IsClient": False, **none}
    is_active = None if client is None else client != "inactive"
    return {
        "IsClient": True,
        "IsActive": is_active,
        "ClientActiveStatus": None if is_active is None else int(is_active),
        "ClientCheckPass": {"active": 1, "broken": 2}.get(str(client)),
        "ClientVersion": _unless_open(traits, "client_version", lambda v: client_build(str(v))),
    }


def _unless_open(
    traits: Traits, name: str, write: Callable[[object], object] = lambda value: int(bool(value))
) -> object:
    """Return what a column says of a trait: by default 1 or 0; None where the trait is open."""
    value = traits.get(name)
    return None if value is None else write(value)


def _view_name(name: str) -> str:
    """Return a column's name in the view, with an underscore after the feature's prefix."""
    for feature in ("ATP", "EP"):
        if name.startswith(feature):
            return f"{feature}_{name.removeprefix(feature)}"
    return name
