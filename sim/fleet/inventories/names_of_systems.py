"""What exports call a system: the names and builds that `classify` reads back (OS-5)."""

from functools import cache

from sim.reference.onboarding import client_version_number
from sim.reference.platforms import OperatingSystem

_KERNELS = {7601: "6.1", 9200: "6.2", 9600: "6.3"}
_CAPTIONS = {
    "enterprise": "Enterprise",
    "education": "Education",
    "pro": "Pro",
    "home": "Home",
    "iot": "IoT Enterprise",
    "ltsc": "Enterprise LTSC",
    "standard": "Standard",
    "datacenter": "Datacenter",
}
_CLIENT_BUILDS = range(8325, 10_000)
"""Where builds of current branch clients are sought."""


def kernel(system: OperatingSystem) -> str:
    """Return the version of Windows NT, such as `6.3` or `10.0`."""
    return _KERNELS.get(system.build, "10.0")


def build(system: OperatingSystem) -> str:
    """Return the build as the site writes it, such as `10.0.19045`."""
    return f"{kernel(system)}.{system.build}"


def discovered_name(system: OperatingSystem, product_type: str) -> str:
    """Return the name of discovery, which tells only client, server and domain controller apart.

    >>> from sim.reference.platforms import OPERATING_SYSTEMS
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

    >>> from sim.reference.platforms import OPERATING_SYSTEMS
    >>> caption(OPERATING_SYSTEMS["server-2019"], "standard")
    'Microsoft Windows Server 2019 Standard'
    """
    title = system.title.replace(" Semi-Annual Channel", "")
    if system.product_type == "client":
        title = title.partition(",")[0]
    return " ".join(filter(None, ("Microsoft", title, _CAPTIONS.get(edition, ""))))


def platform(system: OperatingSystem) -> str:
    """Return the portal's name of a platform, such as `Windows10` or `WindowsServer2012R2`."""
    family = system.title.replace(" Semi-Annual Channel", "").partition(",")[0]
    return family.replace(" ", "")


def release(system: OperatingSystem) -> str:
    """Return the release, such as `22H2`; an empty text for systems that have none."""
    return system.title.partition(", version ")[2]


@cache
def client_build(version: str) -> str:
    """Return a client's version as the client reports it; one without a known build as it is.

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
