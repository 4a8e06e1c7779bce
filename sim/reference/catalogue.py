"""The operating systems a fleet can hold: builds, releases and the last days of support (OS-5).

Client dates mirror the vendor's life-cycle pages as collected by the endoflife-date project; so do
the ends of the servers. Marked rows and all server release dates are general knowledge. Every end
is the last day in support, that day included.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

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
    """One release of Windows, told apart by product type and build (OS-5)."""

    id: str
    title: str
    product_type: ProductType
    """`client` or `server`; a domain controller is a server."""
    build: int
    release: date | None
    end_of_support: LifeCycle
    esu_end: date | None = None
    """Last day of Extended Security Updates; None: no such program, or no date to trust."""
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
