"""Seconds, durations and shares: how people write them and the integers the engine counts in.

The engine has one unit of time, the whole second. A share is a whole number of parts per million,
so that a decision by a share is exact everywhere. Imports nothing of fleetsim.
"""

import re

Seconds = int
"""A duration or an instant since the start of the scenario, in whole seconds [s]."""

PartsPerMillion = int
"""A share between 0 and 1,000,000, that is between 0 % and 100 %."""

SECOND = 1
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
MILLION = 1_000_000

_UNITS = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d|w)(?![a-z])")
_SHARE = re.compile(r"(\d+)(?:\.(\d{1,4}))?\s*%")


def parse_duration(text: str) -> Seconds:
    """Read a duration such as `90 min`, `36 h`, `14d` or `1 d 12 h`.

    Raises ValueError when *text* is not a duration with units or is no whole number of seconds.

    >>> parse_duration("90 min"), parse_duration("14d"), parse_duration("1 d 12 h")
    (5400, 1209600, 129600)
    """
    total, position = 0, 0
    while position < len(text.rstrip()):
        part = _PART.match(text, position)
        if part is None:
            raise ValueError("not a duration")
        total += _whole_seconds(part.group(1), _UNITS[part.group(2)])
        position = part.end()
    if position == 0:
        raise ValueError("not a duration")
    return total


def _whole_seconds(number: str, unit: Seconds) -> Seconds:
    whole, _, fraction = number.partition(".")
    numerator, denominator = int(whole + fraction) * unit, int("1" + "0" * len(fraction))
    if numerator % denominator:
        raise ValueError("not a whole number of seconds")
    return numerator // denominator


def format_duration(seconds: Seconds) -> str:
    """Write a duration in the fewest units, so that parsing it again gives the same seconds.

    >>> format_duration(5400), format_duration(1209600), format_duration(0)
    ('1 h 30 min', '14 d', '0 s')
    """
    parts = []
    for unit in ("d", "h", "min", "s"):
        count, seconds = divmod(seconds, _UNITS[unit])
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def parse_share(text: str) -> PartsPerMillion:
    """Read a share such as `5 %` or `0.05%` as parts per million.

    Raises ValueError when *text* has no percent sign, more than four decimals, or exceeds 100 %.

    >>> parse_share("5 %"), parse_share("0.05%")
    (50000, 500)
    """
    match = _SHARE.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a share")
    share = int(match.group(1)) * 10_000 + int((match.group(2) or "").ljust(4, "0"))
    if share > MILLION:
        raise ValueError("more than 100 %")
    return share


def format_share(share: PartsPerMillion) -> str:
    """Write a share as a percentage that parses back to itself.

    >>> format_share(50_000), format_share(500)
    ('5 %', '0.05 %')
    """
    whole, fraction = divmod(share, 10_000)
    decimals = f"{fraction:04d}".rstrip("0")
    return f"{whole}.{decimals} %" if decimals else f"{whole} %"
