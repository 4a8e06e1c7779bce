"""What the product makes of an operating system: its level, whether it may onboard, how long.

The catalogue and the recognition of exported names are offered here too, so that one import is
enough: `OPERATING_SYSTEMS`, `OperatingSystem`, `LifeCycle`, `classify`.
"""

from datetime import date

from sim.reference.catalogue import OPERATING_SYSTEMS, LifeCycle, OperatingSystem
from sim.reference.recognition import classify

__all__ = [
    "DOWN_LEVEL_SERVERS",
    "OPERATING_SYSTEMS",
    "LifeCycle",
    "OperatingSystem",
    "classify",
    "default_edition",
    "is_supported",
    "level",
    "support_end",
    "windows_10_releases",
]

DOWN_LEVEL_SERVERS = ("server-2012-r2", "server-2016")
"""Down-level servers that may take the MDE client (OS-4)."""

_DOWN_LEVEL = ("windows-8.1", *DOWN_LEVEL_SERVERS)
_NO_LEVEL = (
    "windows-7",
    "windows-10-1507",
    "windows-10-1511",
    "server-2008-r2",
    "server-2012",
    "server-sac-1709",
)
"""On none of the page's lists: neither up-level nor down-level (OS-1, OS-2, OS-4)."""

_WINDOWS_10 = "windows-10-"


def level(os: OperatingSystem | None) -> str:
    """Return `up_level`, `down_level` or `none` (OS-4, OS-5).

    `none` is what stands on no list of the page; an unknown system has none either.
    """
    if os is None or os.id in _NO_LEVEL:
        return "none"
    return "down_level" if os.id in _DOWN_LEVEL else "up_level"


def is_supported(os: OperatingSystem | None, windows_10_minimum: str) -> bool:
    """Say whether the page's supported list, with its open minimum, names the system (OS-1, OS-2).

    *windows_10_minimum* is a release such as `1709` or `20H2`. A minimum below 1607 admits nothing
    more than 1607 does, because no list of the page goes further back. Life cycles are judged
    apart (OS-3). Releases later than the page are accepted (OS-5).
    """
    if os is None or level(os) == "none":
        return False
    if not os.id.startswith(_WINDOWS_10):
        return True
    return os.build >= OPERATING_SYSTEMS[_WINDOWS_10 + windows_10_minimum.casefold()].build


def windows_10_releases() -> tuple[str, ...]:
    """Return the releases of Windows 10, oldest first: what `windows_10_minimum` takes (OS-2)."""
    return tuple(
        os.id.removeprefix(_WINDOWS_10).upper()
        for os in OPERATING_SYSTEMS.values()
        if os.id.startswith(_WINDOWS_10)
    )


def support_end(os: OperatingSystem, edition: str, esu: bool | date | None) -> date | None:
    """Return the last day in support, that day included (OS-3).

    The edition decides the ordinary end. Extended Security Updates (*esu*) prolong it: True to the
    end of the system's program where there is one, a date to that date; they never shorten it.
    None would mean that support has no known end; every system of the catalogue has one.
    """
    end = _ordinary_end(os.end_of_support, edition)
    extended = esu if isinstance(esu, date) else os.esu_end if esu else None
    return max(end, extended) if extended else end


def _ordinary_end(ends: LifeCycle, edition: str) -> date:
    if edition in ("home", "pro"):
        return ends.pro
    special = {"ltsc": ends.ltsc, "iot": ends.iot}.get(edition)
    return special or ends.enterprise


def default_edition(os: OperatingSystem) -> str:
    """Return the edition assumed where a fleet names none (OS-3): that of managed estates."""
    return "enterprise" if os.product_type == "client" else "standard"
