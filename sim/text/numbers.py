"""Numbers, times, dates and words as people read them: the same on the terminal and in reports.

No locale is used, so that the same run reads the same everywhere. Imports nothing heavy.
"""

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sim.reference.causes import Cause
from sim.units import DAY, HOUR, MINUTE, Seconds, format_duration

MISSING = "–"
"""The text for a missing value: never reached, or 0 of 0."""

NO_DATA = "no data"
MAX_DECIMALS = 6

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def count_text(number: float | None) -> str:
    """Write a count with thousands set apart.

    >>> count_text(12034), count_text(None)
    ('12,034', '–')
    """
    return MISSING if number is None or math.isnan(number) else f"{number:,.0f}"


def short_number(number: str) -> str:
    """Remove the zeros at the end of a decimal fraction.

    >>> short_number("2.50"), short_number("1,200.0"), short_number("10")
    ('2.5', '1,200', '10')
    """
    return number.rstrip("0").rstrip(".") if "." in number else number


def percent_text(percent: float | None) -> str:
    """Write a percentage with one decimal; only exact values read as 0 % or 100 %.

    >>> percent_text(88.04), percent_text(99.97), percent_text(100), percent_text(None)
    ('88.0 %', '99.9 %', '100 %', '–')
    """
    if percent is None or math.isnan(percent):
        return MISSING
    if percent in (0, 100):
        return f"{percent:.0f} %"
    return f"{min(max(percent, 0.1), 99.9):.1f} %"


def share_of(part: float | None, whole: float | None) -> float | None:
    """Return *part* as a percentage of *whole*, or None for a share of nothing."""
    if part is None or not whole:
        return None
    return 100 * part / whole


def number_text(number: float) -> str:
    """Write a count, or a mean of counts to a tenth; below ten to a hundredth.

    >>> number_text(1234.0), number_text(12.5), number_text(0.95)
    ('1,234', '12.5', '0.95')
    """
    if number == round(number):
        return count_text(number)
    return f"{number:,.1f}" if abs(number) >= 10 else short_number(f"{number:.2f}")


def signed_number(number: float) -> str:
    """Write a difference of counts with its sign; no difference is 0.

    >>> signed_number(12.0), signed_number(-3.25), signed_number(0.0)
    ('+12', '-3.25', '0')
    """
    return f"{_sign(number)}{number_text(abs(number))}"


def signed_points(points: float) -> str:
    """Write a difference of percentages with its sign; a small one never reads as none.

    >>> signed_points(1.25), signed_points(-0.01), signed_points(0.0)
    ('+1.2', '-<0.1', '0.0')
    """
    size = abs(points)
    return f"{_sign(points)}{f'{size:.1f}' if size >= 0.05 or not size else '<0.1'}"


def signed_length(length: float) -> str:
    """Write a difference of times with its sign.

    >>> signed_length(-216000.0), signed_length(0.0)
    ('-2.5 d', '0 s')
    """
    return f"{_sign(length)}{length_text(round(abs(length)))}"


def signed_amount(amount: float, kind: str) -> str:
    """Write a difference of figures of a kind with its sign and unit."""
    return f"{_sign(amount)}{amount_text(abs(amount), kind)}"


def _sign(number: float) -> str:
    return "" if not number else "+" if number > 0 else "-"


def amount_text(amount: float, kind: str, points: str = " points") -> str:
    """Write a figure exactly, with the unit of its kind; of percentages the unit is *points*.

    >>> amount_text(97230, "duration"), amount_text(1234.5, "devices"), amount_text(0.5, "percent")
    ('1 d 3 h 30 s', '1,234.5 devices', '0.5 points')
    """
    if kind == "duration":
        return f"{'-' if amount < 0 else ''}{format_duration(round(abs(amount)))}"
    number = short_number(f"{round(amount, 4) + 0.0:,.4f}")
    if kind == "devices":
        return plural(number, "device")
    if kind != "percent":
        return number
    return f"{number}{points.removesuffix('s') if number == '1' else points}"


def wall_time(start: datetime, elapsed: Seconds) -> datetime:
    """Return the site's wall clock *elapsed* seconds after *start*, daylight saving included."""
    if start.tzinfo is None:
        return start + timedelta(seconds=elapsed)
    return (start.astimezone(UTC) + timedelta(seconds=elapsed)).astimezone(start.tzinfo)


def day_text(moment: datetime) -> str:
    """Write a day without its year.

    >>> day_text(datetime(2026, 3, 2))
    '2 Mar'
    """
    return f"{moment.day} {_MONTHS[moment.month - 1]}"


def date_text(moment: datetime) -> str:
    """Write a whole date.

    >>> date_text(datetime(2026, 3, 2))
    'Mon 2 Mar 2026'
    """
    return f"{_WEEKDAYS[moment.weekday()]} {day_text(moment)} {moment.year}"


def moment_text(moment: datetime) -> str:
    """Write a date and the time of day.

    >>> moment_text(datetime(2026, 3, 2, 9, 5))
    'Mon 2 Mar 2026 09:05'
    """
    return f"{date_text(moment)} {moment:%H:%M}"


def elapsed_text(elapsed: Seconds) -> str:
    """Write how long something took, to a tenth of a day, or of an hour within the first day.

    >>> elapsed_text(273600), elapsed_text(5400), elapsed_text(86400)
    ('3.2 days', '1.5 hours', '1 day')
    """
    unit, name = (DAY, "day") if elapsed >= DAY else (HOUR, "hour")
    return plural(f"{elapsed / unit:.1f}".removesuffix(".0"), name)


def length_text(length: Seconds | None) -> str:
    """Write how long a stage took, short enough for a table, in the unit that suits it.

    >>> length_text(273600), length_text(5400), length_text(150), length_text(9), length_text(None)
    ('3.2 d', '1.5 h', '2.5 min', '9 s', '–')
    """
    if length is None:
        return MISSING
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if length >= unit:
            return f"{length / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{length} s"


def since_start_text(time: Seconds) -> str:
    """Write how long after the start something was reached.

    >>> since_start_text(0), since_start_text(273600)
    ('at the start', '3.2 days')
    """
    return elapsed_text(time) if time else "at the start"


def reached_text(time: float, start: datetime) -> str:
    """Write when something was reached: how long after the *start* of the run, and the day.

    >>> reached_text(273600.2, datetime(2026, 3, 2))
    '3.2 days (5 Mar)'
    """
    seconds: Seconds = round(time)
    return f"{since_start_text(seconds)} ({day_text(wall_time(start, seconds))})"


def device_days_text(time: Seconds) -> str:
    """Write the time of many devices together in device-days; only no time reads as 0 d.

    >>> device_days_text(1234 * 86400), device_days_text(130_000), device_days_text(60)
    ('1,234 d', '1.5 d', '<0.1 d')
    """
    days = time / DAY
    if 0 < days < 0.05:
        return "<0.1 d"
    return f"{days:,.0f} d" if days >= 100 else f"{days:.1f} d".replace(".0 d", " d")


def bytes_text(size: int) -> str:
    """Write an amount of data in the unit that suits it.

    >>> bytes_text(5_032_000_000), bytes_text(137_000_000), bytes_text(12), bytes_text(0)
    ('5.0 GB', '137 MB', '12 bytes', '0 bytes')
    """
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            number = size / unit
            return f"{number:,.0f} {name}" if number >= 100 else f"{number:.1f} {name}"
    return f"{size} bytes"


def words(name: str) -> str:
    """Write an entry of the vocabulary as words.

    >>> words("workspace_missing")
    'Workspace missing'
    """
    return name.replace("_", " ").capitalize()


def system_text(name: str) -> str:
    """Write an operating system of the vocabulary as people do.

    >>> system_text("windows-11-24h2"), system_text("server-2012-r2")
    ('Windows 11 24H2', 'Server 2012 R2')
    """
    first, *rest = name.split("-")
    return " ".join([first.capitalize(), *(part.upper() for part in rest)])


def remedy_for(cause: str, remedies: Mapping[str, Cause]) -> Cause:
    """Return the remedy of a cause; of an unknown one only its title."""
    return remedies.get(cause, Cause(words(cause), "", ""))


def wrapped(lines: Iterable[str], width: int, indent: int) -> list[str]:
    """Wrap the lines that are wider than *width*, unless it is 0; further lines are indented.

    >>> wrapped(["one two three"], 9, 2)
    ['one two', '  three']
    """
    return [
        part
        for line in lines
        for part in (
            textwrap.wrap(line, width, subsequent_indent=" " * indent, break_on_hyphens=False)
            if 0 < width < len(line)
            else [line]
        )
    ]


def outcome_word(expectation: Mapping[str, Any]) -> str:
    """Return the outcome; `reported` for an expectation that only reports and did not pass.

    >>> outcome_word({"outcome": "failed", "report_only": True})
    'reported'
    """
    outcome = str(expectation["outcome"])
    return "reported" if expectation.get("report_only") and outcome != "passed" else outcome


def printable(text: object) -> str:
    """Return *text* without control characters, so that a name cannot control a terminal.

    Nor a build server, which reads `##[...]` and `##vso[...]` as commands.
    """
    plain = "".join(letter for letter in str(text) if letter.isprintable())
    return plain.replace("##", "# #")


def cut(text: str, width: int) -> str:
    """Return *text* without its middle where it is too wide: its end shows the bound.

    >>> cut("probability (coverage_pct at 30 d >= 95) >= 0.9", 24)
    'probability (c…5) >= 0.9'
    """
    if len(text) <= width:
        return text
    tail = (width - 1) * 2 // 5
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))


def duration_text(value: float, others: Sequence[float]) -> str:
    """Write a length of time in one unit to a tenth; in all units where others would read alike."""
    for write in (_rounded_duration, _whole_duration):
        text = write(value)
        if not any(write(other) == text for other in others if other != value):
            return text
    return _fine_duration(value)


def _rounded_duration(value: float) -> str:
    seconds = abs(round(value))
    unit, name = next((entry for entry in _UNITS if seconds >= entry[0]), _UNITS[-1])
    return _minus(value) + plural(short_number(f"{seconds / unit:,.1f}"), name)


def _whole_duration(value: float) -> str:
    rest, parts = abs(round(value)), []
    for unit, name in _UNITS:
        count, rest = divmod(rest, unit)
        if count:
            parts.append(plural(f"{count:,}", name))
    return _minus(value) + (" ".join(parts) or "0 seconds")


def _fine_duration(value: float) -> str:
    """Write a length of time with the fraction of its last second."""
    whole = math.floor(abs(value))
    rest = short_number(f"{abs(value) - whole:.{MAX_DECIMALS}f}")
    if rest == "0":
        return _rounded_duration(value)
    seconds = short_number(f"{whole % MINUTE + float(rest):.{MAX_DECIMALS}f}")
    minutes = whole - whole % MINUTE
    before = f"{_whole_duration(minutes)} " if minutes else ""
    return f"{'-' if value < 0 else ''}{before}{seconds} seconds"


def _minus(seconds: float) -> str:
    return "-" if round(seconds) < 0 else ""


def figure_text(value: float, kind: str, others: Sequence[float] = ()) -> str:
    """Write a figure with the unit of its kind, so that it differs from each of the others.

    >>> figure_text(94.97, "percent", [95]), figure_text(1, "devices")
    ('94.97 %', '1 device')
    """
    if not math.isfinite(value):
        return NO_DATA
    if kind == "duration":
        return duration_text(value, others)
    if kind == "percent":
        if value in (0, 100):
            return f"{value:.0f} %"
        return f"{_decimal(value, [*others, 0.0, 100.0], 1)} %"
    if kind == "devices":
        return plural(short_number(_decimal(value, others, 1)), "device")
    ends = [0.0, 1.0] if kind == "probability" else [0.0]
    return short_number(_decimal(value, [*others, *ends], 2))


def difference_text(size: float, kind: str) -> str:
    """Write how large a difference is; a small one never reads as none.

    >>> difference_text(2.3, "percent"), difference_text(0.004, "percent")
    ('2.3 points', '0.004 points')
    """
    if kind == "percent":
        return plural(short_number(_decimal(size, [0.0], 1)), "point")
    return figure_text(size, kind, [0.0])


def _decimal(value: float, others: Sequence[float], least: int) -> str:
    """Write a number with the fewest decimals, *least* at least, that differ from the others."""
    for digits in range(least, MAX_DECIMALS + 1):
        text = f"{value:,.{digits}f}"
        if all(text != f"{other:,.{digits}f}" for other in others if other != value):
            return text
    return f"{value:,.{least}f}"


def plural(number: int | str, noun: str, nouns: str = "") -> str:
    """Write a number, or one that is written already, with its noun.

    >>> plural(1, "device"), plural(3000, "device"), plural("1,200", "device")
    ('1 device', '3,000 devices', '1,200 devices')
    """
    text = f"{number:,}" if isinstance(number, int) else number
    return f"{text} {noun if text == '1' else nouns or noun + 's'}"


def join_words(words: Sequence[str]) -> str:
    """Join words as in a sentence.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def names_text(names: Sequence[str], most: int) -> str:
    """Write the first few of some names, and how many more there are.

    >>> names_text(("a", "b", "c"), 2), names_text(("a",), 2)
    ('a, b and 1 more', 'a')
    """
    shown = ", ".join(printable(name) for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
