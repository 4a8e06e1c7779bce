"""The figures of a comparison in words, those of both runs side by side."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sim.analysis.comparison import Comparison, Goal, TimeTo
from sim.analysis.comparison_devices import Change
from sim.analysis.comparison_estimates import Estimate
from sim.analysis.comparison_measures import CONSOLE, COVERAGE, FAILED, WAITING, SeriesKey
from sim.output.style_text import (
    MISSING,
    count_text,
    length_text,
    percent_text,
    printable,
    short_number,
)

MINUS = "-"
NO_DATA = "no data"

MAIN_TITLES = {
    COVERAGE: "Coverage of all eligible devices",
    CONSOLE: "Onboarded in the console, of eligible and targeted",
    FAILED: "Devices that fail",
    WAITING: "Devices that wait",
}
"""The measures that have a picture, with its title."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both runs, as text."""

    title: str
    a: str
    b: str
    difference: str
    interval: str
    """Empty where there is none."""


def goal_text(goal: Goal) -> str:
    """Return what the devices that count are, to stand after a percentage."""
    return {
        "coverage": "coverage",
        "payload": f"with payload {printable(goal.payload)}",
        "offboarding": "offboarded",
        "mde_client": "with the MDE client",
    }[goal.about]


def figures(c: Comparison) -> list[Row]:
    """Return the figures a planner asks for first, as they are at the time of `end_text`."""
    rows = [share_row("Coverage", c.coverage.percent)]
    if c.headline is not None and c.within is None:
        told = goal_text(c.headline)
        rows.append(share_row(f"{told[0].upper()}{told[1:]}", c.headline.percent))
    for one in c.goal.time_to:
        rows += [time_row(one, c), *_p90_rows(one)]
    rows.append(share_row("Console, of targeted", c.measures.at_end(CONSOLE)))
    for title, key in (("Failed", FAILED), ("Waiting", WAITING)):
        rows.append(count_row(title, c.measures.at_end(key)))
    return rows


def share_row(title: str, one: Estimate) -> Row:
    """Return a percentage of both runs."""
    return _row(title, one, _share, lambda number: f"{_fine(number)} points", _fine)


def count_row(title: str, one: Estimate) -> Row:
    """Return a count of both runs."""
    return _row(title, one, number_text, signed_number, signed_number)


def measure_row(title: str, key: SeriesKey, one: Estimate) -> Row:
    """Return any measure of both runs."""
    return (share_row if key.measure.endswith("_pct") else count_row)(title, one)


def time_row(one: TimeTo, c: Comparison) -> Row:
    """Return when a level was reached in both runs."""
    title = f"{one.level} % {'covered' if c.goal.about == 'coverage' else 'reached'} after"
    row = _row(title, one.times, _duration, signed_length, signed_length)
    a, b = (
        "not reached" if mean is None else _counted(_duration(mean), n, one.of)
        for mean, n in ((one.a, one.reached_a), (one.b, one.reached_b))
    )
    apart = _counted(row.difference, one.times.pairs, one.of) if one.times.pairs else MISSING
    return Row(title, a, b, apart, row.interval)


def _p90_rows(one: TimeTo) -> Iterator[Row]:
    """Yield the P90 of the replications of both runs, where there are enough: what is promised."""
    if one.p90_a is None and one.p90_b is None:
        return
    a, b = ("not reached" if p90 is None else _duration(p90) for p90 in (one.p90_a, one.p90_b))
    apart = MISSING
    if one.p90_a is not None and one.p90_b is not None:
        apart = signed_length(one.p90_b - one.p90_a)
    yield Row("  P90 of it", a, b, apart, "")


def _counted(text: str, n: int, of: int) -> str:
    """Write in how many of the replications, where it is not in all."""
    return text if n == of else f"{text} ({n} of {of})"


def _row(
    title: str,
    one: Estimate,
    value: Callable[[float], str],
    difference: Callable[[float], str],
    bound: Callable[[float], str],
) -> Row:
    a, b = (NO_DATA if side is None else value(side) for side in (one.a, one.b))
    apart = MISSING if one.difference is None else difference(one.difference)
    known = one.low is not None and one.high is not None
    interval = f"{bound(one.low)} to {bound(one.high)}" if known else ""  # type: ignore[arg-type]
    return Row(title, a, b, apart, interval)


def _share(number: float) -> str:
    return percent_text(number)


def _duration(number: float) -> str:
    return length_text(round(number)) if number else "at the start"


def number_text(number: float) -> str:
    """Write a count, or a mean of counts to a tenth; below ten to a hundredth.

    >>> number_text(1234.0), number_text(12.5), number_text(0.95)
    ('1,234', '12.5', '0.95')
    """
    if number == round(number):
        return count_text(number)
    return f"{number:,.1f}" if abs(number) >= 10 else short_number(f"{number:.2f}")


def signed_number(number: float) -> str:
    """Write a difference of counts with its sign; none is 0.

    >>> signed_number(12.0), signed_number(-3.25), signed_number(0.0)
    ('+12', '-3.25', '0')
    """
    return f"{_sign(number)}{number_text(abs(number))}"


def signed_length(number: float) -> str:
    """Write a difference of times with its sign.

    >>> signed_length(-216000.0), signed_length(0.0)
    ('-2.5 d', '0 s')
    """
    return f"{_sign(number)}{length_text(round(abs(number)))}"


def _fine(number: float) -> str:
    """Write a difference of percentages with its sign; what is not none never reads as none."""
    size = abs(number)
    return f"{_sign(number)}{f'{size:.1f}' if size >= 0.05 or not size else '<0.1'}"


def _sign(number: float) -> str:
    return "" if not number else "+" if number > 0 else MINUS


def change_text(change: Change) -> str:
    """Write how devices changed: `onboarded -> failed (workspace_missing)`."""
    before = _state(change.before, change.cause_before)
    return f"{before} -> {_state(change.after, change.cause_after)}"


def _state(status: str, cause: str) -> str:
    return f"{printable(status)} ({printable(cause)})" if cause else printable(status)


def names_text(names: tuple[str, ...], most: int) -> str:
    """Write the first few of some names, and how many more there are.

    >>> names_text(("a", "b", "c"), 2), names_text(("a",), 2)
    ('a, b and 1 more', 'a')
    """
    shown = ", ".join(printable(name) for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
