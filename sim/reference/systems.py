"""The operating systems of a fleet: builds, releases, life cycles, levels, and how names are read.

Client dates, and the ends of the servers, mirror the vendor's life-cycle pages as collected by the
endoflife-date project. Marked rows and all server release dates are general knowledge. Every end is
the last day in support, that day included.

Product type and build identify a system together, because several builds are both a client and a
server (OS-5). The name gives the product type if it is missing, and the release where the build
is missing.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from sim.units import PartsPerMillion

ProductType = Literal["client", "server"]


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """Last days of support by edition, each day included (OS-3)."""

    pro: date
    """Home and Pro; on servers every edition."""
    enterprise: date
    """Enterprise and Education; on servers every edition."""
    ltsc: date | None = None
    """Long-term servicing; None: ends as `enterprise`."""
    iot: date | None = None
    """IoT Enterprise long-term servicing; None: ends as `enterprise`."""


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """One release of Windows, identified by product type and build (OS-5)."""

    id: str
    title: str
    product_type: ProductType
    """`client` or `server`; a domain controller is a server."""
    build: int
    release: date | None
    end_of_support: LifeCycle
    esu_end: date | None = None
    """Last day of Extended Security Updates; None: no such program, or no reliable date."""
    later_than_page: bool = False
    """Released after the product page was written: accepted, with a warning (OS-5)."""


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _client(
    version: str,
    build: int,
    release: str,
    pro: str,
    enterprise: str,
    ltsc: str = "",
    iot: str = "",
    esu: str = "",
    later: bool = False,
) -> OperatingSystem:
    title = "Windows " + version.replace("h", "H").replace("-", ", version ")
    ends = LifeCycle(
        _day(pro), _day(enterprise), _day(ltsc) if ltsc else None, _day(iot) if iot else None
    )
    return OperatingSystem(
        f"windows-{version}",
        title,
        "client",
        build,
        _day(release),
        ends,
        _day(esu) if esu else None,
        later,
    )


def _server(
    id: str, title: str, build: int, release: str, end: str, esu: str = "", later: bool = False
) -> OperatingSystem:
    return OperatingSystem(
        id,
        f"Windows Server {title}",
        "server",
        build,
        _day(release),
        LifeCycle(_day(end), _day(end)),
        _day(esu) if esu else None,
        later,
    )


def _sac(version: str, build: int, release: str, end: str) -> OperatingSystem:
    title = f"Semi-Annual Channel, version {version.upper()}"
    return _server(f"server-sac-{version}", title, build, release, end)


# version, build, release, end of Home and Pro, end of Enterprise and Education
_CLIENTS = (
    _client("7", 7601, "2009-10-22", "2020-01-14", "2020-01-14", esu="2023-01-10"),  # general
    _client("8.1", 9600, "2013-11-13", "2023-01-10", "2023-01-10"),  # never had an ESU program
    _client(  # general knowledge, as is the end of its long-term servicing
        "10-1507", 10240, "2015-07-29", "2017-05-09", "2017-05-09",
        ltsc="2025-10-14", iot="2025-10-14",
    ),
    _client("10-1511", 10586, "2015-11-10", "2017-10-10", "2017-10-10"),  # general knowledge
    _client(
        "10-1607", 14393, "2016-08-02", "2018-04-10", "2019-04-09",
        ltsc="2026-10-13", iot="2026-10-13",
    ),
    _client("10-1703", 15063, "2017-04-11", "2018-10-09", "2019-10-08"),
    _client("10-1709", 16299, "2017-10-17", "2019-04-09", "2020-10-13"),
    _client("10-1803", 17134, "2018-04-30", "2019-11-12", "2021-05-11"),
    _client(
        "10-1809", 17763, "2018-11-13", "2020-11-10", "2021-05-11",
        ltsc="2029-01-09", iot="2029-01-09",
    ),
    _client("10-1903", 18362, "2019-05-21", "2020-12-08", "2020-12-08"),
    _client("10-1909", 18363, "2019-11-12", "2021-05-11", "2022-05-10"),
    _client("10-2004", 19041, "2020-05-27", "2021-12-14", "2021-12-14"),
    _client("10-20h2", 19042, "2020-10-20", "2022-05-10", "2023-05-09"),
    _client("10-21h1", 19043, "2021-05-18", "2022-12-13", "2022-12-13"),
    _client(
        "10-21h2", 19044, "2021-11-16", "2023-06-13", "2024-06-11",
        ltsc="2027-01-12", iot="2032-01-13",
    ),
    _client("10-22h2", 19045, "2022-10-18", "2025-10-14", "2025-10-14", esu="2028-10-10"),
    _client("11-21h2", 22000, "2021-10-04", "2023-10-10", "2024-10-08"),
    _client("11-22h2", 22621, "2022-09-20", "2024-10-08", "2025-10-14"),
    _client("11-23h2", 22631, "2023-10-31", "2025-11-11", "2026-11-10"),
    _client(  # the end of its IoT long-term servicing is general knowledge
        "11-24h2", 26100, "2024-10-01", "2026-10-13", "2027-10-12",
        ltsc="2029-10-09", iot="2034-10-10",
    ),
    _client("11-25h2", 26200, "2025-09-30", "2027-10-12", "2028-10-10"),
    _client("11-26h1", 28000, "2026-02-10", "2028-03-14", "2029-03-13", later=True),
    _client("11-26h2", 26300, "2026-09-29", "2028-10-10", "2029-10-09", later=True),  # inferred
)  # fmt: skip

# id, title, build, release, end of extended support (of the only support, for channels)
_SERVERS = (
    _server("server-2008-r2", "2008 R2", 7601, "2009-10-22", "2020-01-14", esu="2023-01-10"),
    _server("server-2012", "2012", 9200, "2012-10-30", "2023-10-10", esu="2026-10-13"),
    _server("server-2012-r2", "2012 R2", 9600, "2013-11-25", "2023-10-10", esu="2026-10-13"),
    _server("server-2016", "2016", 14393, "2016-10-15", "2027-01-12"),  # its ESU date is disputed
    _sac("1709", 16299, "2017-10-17", "2019-04-09"),
    _sac("1803", 17134, "2018-04-30", "2019-11-12"),
    _sac("1809", 17763, "2018-11-13", "2020-11-10"),
    _sac("1903", 18362, "2019-05-21", "2020-12-08"),
    _sac("1909", 18363, "2019-11-12", "2021-05-11"),
    _sac("2004", 19041, "2020-05-27", "2021-12-14"),
    _sac("20h2", 19042, "2020-10-20", "2022-08-09"),
    _server("server-2019", "2019", 17763, "2018-11-13", "2029-01-09"),
    _server("server-2022", "2022", 20348, "2021-08-18", "2031-10-14"),
    _server("server-23h2", "23H2", 25398, "2023-10-24", "2025-10-24", later=True),
    _server("server-2025", "2025", 26100, "2024-11-01", "2034-10-10", later=True),
)

OPERATING_SYSTEMS: dict[str, OperatingSystem] = {os.id: os for os in _CLIENTS + _SERVERS}
"""Every operating system of the vocabulary by id, clients before servers, oldest first."""


_BUILD = re.compile(r"(?:\d{1,2}\.\d\.)?(\d{4,5})(?:\.\d+)?")
_NT_VERSION = re.compile(r"\bnt\b.*\b(6\.[123])\b")
_CLIENT_NAME = re.compile(r"windows\s*(7|8\.1|8|10|11)(?![\d.])")
_CLIENT_RELEASE = re.compile(r"(?<!\d)(1[5-9]\d\d|2004|2\dh[12])(?!\d)")
_SERVER_YEAR = re.compile(r"server\D*?(2008\s*r2|2012\s*r2|2012|2016|2019|2022|2025)(?!\d)")
_SERVER_CHANNEL = re.compile(r"(?<!\d)(1709|180[39]|190[39]|2004|20h2)(?!\d)")
_SAYS_CHANNEL = re.compile(r"\bsac\b|semi-annual|(?<!\d)1809(?!\d)")

_BY_NT_VERSION = {
    ("client", "6.1"): "windows-7",
    ("client", "6.3"): "windows-8.1",
    ("server", "6.1"): "server-2008-r2",
    ("server", "6.2"): "server-2012",
    ("server", "6.3"): "server-2012-r2",
}


def classify(
    name: str | None, build: str | int | None, product_type: str | None
) -> OperatingSystem | None:
    """Return the operating system of a device, or None when it is not certain (OS-5).

    *name* is an id of the catalogue or a name of an export, *build* a number such as 19045 or a
    version such as `10.0.19045.3324`, *product_type* a word of the fleet table. An id is enough.
    Otherwise product type and build decide, and the name stands in for either of them.

    >>> classify("Microsoft Windows NT Workstation 10.0", "10.0.19045.3324", None).id
    'windows-10-22h2'
    """
    words = (name or "").strip().casefold()
    if words in OPERATING_SYSTEMS:
        return OPERATING_SYSTEMS[words]
    kind = _kind(words, product_type)
    if build is None or not str(build).strip():
        return _by_name(words, kind)
    return _by_build(words, str(build).strip(), kind)


def _kind(words: str, product_type: str | None) -> str:
    """Return client or server, from the product type or the name; empty when neither says."""
    if product_type:
        return "server" if product_type == "domain_controller" else product_type
    if "server" in words:
        return "server"
    return "client" if "workstation" in words or _CLIENT_NAME.search(words) else ""


def _by_build(words: str, build: str, kind: str) -> OperatingSystem | None:
    number = _BUILD.fullmatch(build)
    if number is None:
        return None
    systems = [
        os
        for os in OPERATING_SYSTEMS.values()
        if os.build == int(number.group(1)) and kind in ("", os.product_type)
    ]
    if kind == "server" and len(systems) > 1:
        return OPERATING_SYSTEMS[
            "server-sac-1809" if _SAYS_CHANNEL.search(words) else "server-2019"
        ]
    return systems[0] if len(systems) == 1 else None


def _by_name(words: str, kind: str) -> OperatingSystem | None:
    by_nt_version = _NT_VERSION.search(words)
    if by_nt_version:
        id = _BY_NT_VERSION.get((kind, by_nt_version.group(1)), "")
    else:
        id = _server_id(words) if kind == "server" else _client_id(words)
    return OPERATING_SYSTEMS.get(id)


def _server_id(words: str) -> str:
    year = _SERVER_YEAR.search(words)
    if year:
        return "server-" + re.sub(r"\s*r2", "-r2", year.group(1))
    if re.search(r"(?<!\d)23h2(?!\d)", words):
        return "server-23h2"
    channel = _SERVER_CHANNEL.search(words)
    return f"server-sac-{channel.group(1)}" if channel else ""


def _client_id(words: str) -> str:
    family = _CLIENT_NAME.search(words)
    if family is None:
        return ""
    if family.group(1) in ("7", "8.1"):
        return f"windows-{family.group(1)}"
    release = _CLIENT_RELEASE.search(words, family.end())
    return f"windows-{family.group(1)}-{release.group(1)}" if release else ""


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

    A system on no list of the page has the level `none`, and so has an unknown system.
    """
    if os is None or os.id in _NO_LEVEL:
        return "none"
    return "down_level" if os.id in _DOWN_LEVEL else "up_level"


LONG_TERM = ("ltsc", "iot")
"""The editions of long-term servicing."""
MULTI_SESSION = "multi_session"
"""The edition that is a client, whatever its product type says (OS-1)."""


def is_supported(os: OperatingSystem | None, windows_10_minimum: str, edition: str = "") -> bool:
    """Return whether the page's supported list, with this minimum, has the system (OS-1, OS-2).

    *windows_10_minimum* is a release such as `1709` or `20H2`. A minimum below 1607 has the effect
    of 1607, because no list of the page goes further back. Of every release the edition `home` is
    not supported, and long-term servicing is, whatever the minimum, from that of 2016 (1607) on.
    Life cycles are a rule of their own (OS-3). Releases that are newer than the page are accepted
    (OS-5).
    """
    if os is None or level(os) == "none" or edition == "home":
        return False
    if not os.id.startswith(_WINDOWS_10) or edition in LONG_TERM:
        return True
    return os.build >= OPERATING_SYSTEMS[_WINDOWS_10 + windows_10_minimum.casefold()].build


def support_end(os: OperatingSystem, edition: str, esu: bool | date | None) -> date | None:
    """Return the last day in support, that day included (OS-3).

    The edition decides the ordinary end. Extended Security Updates (*esu*) extend it: True to the
    end of the system's program if there is one, a date to that date; they never shorten it.
    None would mean no known end; every system of the catalogue has one.
    """
    ends = os.end_of_support
    of_edition = {"home": ends.pro, "pro": ends.pro, "ltsc": ends.ltsc, "iot": ends.iot}
    end = of_edition.get(edition) or ends.enterprise
    extended = esu if isinstance(esu, date) else os.esu_end if esu else None
    return max(end, extended) if extended else end


def default_edition(os: OperatingSystem) -> str:
    """Return the edition of a system if a fleet names none (OS-3): that of managed estates."""
    return "enterprise" if os.product_type == "client" else "standard"


class Portion(NamedTuple):
    """One system's share of a mix; an empty edition is drawn from the assumptions."""

    os: str
    share: PartsPerMillion
    edition: str = ""


Mix = tuple[Portion, ...]


MIXES: dict[str, Mix] = {
    "enterprise-2026": (
        Portion("windows-11-25h2", 380_000),
        Portion("windows-11-24h2", 300_000),
        Portion("windows-11-23h2", 40_000),
        Portion("windows-10-22h2", 120_000),
        Portion("windows-10-21h2", 20_000, "ltsc"),
        Portion("windows-10-1809", 4_000, "ltsc"),
        Portion("windows-10-1909", 1_000),
        Portion("windows-8.1", 1_000),
        Portion("server-2012-r2", 6_000),
        Portion("server-2016", 26_000),
        Portion("server-2019", 42_000),
        Portion("server-2022", 40_000),
        Portion("server-2025", 20_000),
    ),
    "enterprise-2023": (
        Portion("windows-11-22h2", 120_000),
        Portion("windows-11-21h2", 60_000),
        Portion("windows-10-22h2", 380_000),
        Portion("windows-10-21h2", 200_000),
        Portion("windows-10-21h2", 40_000, "ltsc"),
        Portion("windows-10-21h1", 20_000),
        Portion("windows-10-20h2", 15_000),
        Portion("windows-10-1909", 10_000),
        Portion("windows-10-1709", 5_000),
        Portion("windows-8.1", 6_000),
        Portion("server-2012-r2", 24_000),
        Portion("server-2016", 40_000),
        Portion("server-2019", 50_000),
        Portion("server-2022", 25_000),
        Portion("server-sac-20h2", 5_000),
    ),
    "servers": (
        Portion("server-2012-r2", 80_000),
        Portion("server-2016", 240_000),
        Portion("server-2019", 340_000),
        Portion("server-2022", 280_000),
        Portion("server-2025", 60_000),
    ),
    "small-business": (
        Portion("windows-11-25h2", 400_000, "pro"),
        Portion("windows-11-24h2", 330_000, "pro"),
        Portion("windows-10-22h2", 180_000, "pro"),
        Portion("server-2016", 20_000),
        Portion("server-2019", 40_000),
        Portion("server-2022", 30_000),
    ),
}
"""The named mixes of the scenario language."""
