"""Mixes of operating systems for made-up fleets: the named ones, as shares of all devices.

The enterprise mixes follow published estates of their year, the others are assumptions. Shares are
parts per million and add up to one million.
"""

from typing import NamedTuple

from sim.units import PartsPerMillion


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
