"""Lengths of time in words, as exactly as it takes to tell one from another."""

import math
from collections.abc import Sequence

from sim.output.style_text import short_number
from sim.units import DAY, HOUR, MINUTE

MOST_DECIMALS = 6
_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))


def duration_text(value: float, others: Sequence[float]) -> str:
    """Return a length of time in one unit to a tenth, in all its units where that tells more."""
    for write in (_rounded_duration, _whole_duration):
        text = write(value)
        if not any(write(other) == text for other in others if other != value):
            return text
    return _fine_duration(value)


def _rounded_duration(value: float) -> str:
    seconds = abs(round(value))
    unit, name = next((one for one in _UNITS if seconds >= one[0]), _UNITS[-1])
    number = short_number(f"{seconds / unit:,.1f}")
    return f"{_sign(value)}{number} {name}{'' if number == '1' else 's'}"


def _whole_duration(value: float) -> str:
    rest, parts = abs(round(value)), []
    for unit, name in _UNITS:
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count:,} {name}{'' if count == 1 else 's'}")
    return _sign(value) + (" ".join(parts) or "0 seconds")


def _fine_duration(value: float) -> str:
    """Return a length of time with the parts of its last second."""
    whole = math.floor(abs(value))
    rest = short_number(f"{abs(value) - whole:.{MOST_DECIMALS}f}")
    if rest == "0":
        return _rounded_duration(value)
    seconds = short_number(f"{whole % MINUTE + float(rest):.{MOST_DECIMALS}f}")
    minutes = whole - whole % MINUTE
    before = f"{_whole_duration(minutes)} " if minutes else ""
    return f"{'-' if value < 0 else ''}{before}{seconds} seconds"


def _sign(value: float) -> str:
    return "-" if round(value) < 0 else ""
