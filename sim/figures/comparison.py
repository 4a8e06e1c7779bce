"""Pictures of two runs, A and B: a measure over time in both, and who onboards earlier or later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.figures.axes import (
    COLOURS,
    SMALL,
    TimeFrame,
    canvas,
    height_for,
    house_style,
    quiet_axes,
    thinned,
    time_axis,
    value_ticks,
)
from sim.figures.labels import LINE, label_ends, write_beside
from sim.text.numbers import count_text, percent_text, signed_length
from sim.units import DAY, HOUR, MINUTE, Seconds

_LEFT, _RIGHT, _TOP, _FOOT, _GAP = 52, 86, 24, 44, 40
"""Margins and the room between the two plots [pixels]."""
_LOWER_TALL = 90
"""About how high the lower plot is [pixels]."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class PairedSeries:
    """A measure over time in both runs; NaN without data."""

    instants: NDArray[np.int64]
    a: Numbers
    b: Numbers
    difference: Numbers
    half: Numbers
    """Half the width of the interval; NaN without one."""
    is_share: bool
    """Whether it is a percentage; else a count."""
    role: str
    """The colour of B; A is grey."""

    def thinned(self) -> "PairedSeries":
        """Return about MAX_POINTS of its points, always with the last."""
        chosen = thinned(pd.Series(range(len(self.instants)))).to_numpy(int)
        columns = ("instants", "a", "b", "difference", "half")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    def text(self, value: float) -> str:
        """Write a value of the measure."""
        if self.is_share:
            return percent_text(value)
        return count_text(value) if value == round(value) else f"{value:,.1f}"


def measure_in_both_runs(pair: PairedSeries, frame: TimeFrame) -> Figure:
    """Draw a measure in both runs, and below on the same time axis B minus A with its interval.

    A is the dashed grey line, B the full line in colour. Each has its name at its end.
    """
    width, height = frame.width, height_for(frame.width, 400, 360)
    pair = pair.thinned()
    with house_style():
        figure, above = canvas(width, height)
        below = quiet_axes(figure)
        room = height - _TOP - _FOOT - _GAP
        _place(above, width, height, _FOOT + _GAP + 0.36 * room, 0.64 * room)
        _place(below, width, height, _FOOT, 0.36 * room)
        _lines(above, pair)
        _difference(below, pair)
        for axes in (above, below):
            time_axis(axes, frame)
        above.tick_params(labelbottom=False)
        label_ends(
            above,
            [
                (float(line[-1]), f"{name} {pair.text(line[-1])}", COLOURS[role])
                for name, line, role in (("A", pair.a, "muted"), ("B", pair.b, pair.role))
                if len(line) and not np.isnan(line[-1])
            ],
        )
    return figure


def _place(axes: Axes, width: int, height: int, bottom: float, tall: float) -> None:
    axes.set_position((_LEFT / width, bottom / height, 1 - (_LEFT + _RIGHT) / width, tall / height))


def _lines(axes: Axes, pair: PairedSeries) -> None:
    top = 100.0 if pair.is_share else _round_up(max(_most(pair.a), _most(pair.b), 1.0))
    axes.set_ylim(0, top)
    _value_axis(
        axes,
        [0, top / 4, top / 2, 3 * top / 4, top] if pair.is_share else [0, top / 2, top],
        pair,
    )
    axes.plot(pair.instants, pair.b, color=COLOURS[pair.role], lw=2.2, clip_on=False)
    grey = {"color": COLOURS["muted"], "lw": 1.5, "dashes": (4, 2)}
    axes.plot(pair.instants, pair.a, clip_on=False, **grey)  # type: ignore[arg-type]


def _difference(axes: Axes, pair: PairedSeries) -> None:
    low, high = pair.difference - pair.half, pair.difference + pair.half
    least = min(-_most(-pair.difference), -_most(-low), 0.0)
    most = max(_most(pair.difference), _most(high), 0.0)
    bottom, top = -_round_up(-least) if least else 0.0, _round_up(most) if most else 0.0
    if bottom == top:
        bottom, top = -1.0, 1.0
    axes.set_ylim(bottom - 0.04 * (top - bottom), top + 0.04 * (top - bottom))
    near = (LINE + 1) / _LOWER_TALL * (top - bottom)
    ends = [end for end in (bottom, top) if abs(end) >= near]
    _value_axis(axes, sorted({0.0, *ends}), pair, signed=True)
    axes.fill_between(pair.instants, low, high, color=COLOURS[pair.role], alpha=0.22, lw=0)
    axes.plot(pair.instants, pair.difference, color=COLOURS[pair.role], lw=1.6)
    axes.axhline(0, color=COLOURS["muted"], lw=0.8)
    title = "B minus A" + (", points" if pair.is_share else ", devices")
    style = {"xycoords": "axes fraction", "color": COLOURS["muted"]}
    write_beside(axes, title, (0, 1), (0, 10), **style)


def _value_axis(
    axes: Axes, ticks: Sequence[float], pair: PairedSeries, signed: bool = False
) -> None:
    def text(value: float) -> str:
        number = f"{value:+,.6g}" if signed and value else f"{value:,.6g}"
        return number if signed or not pair.is_share else f"{number} %"

    value_ticks(axes, {value: text(value) for value in ticks})


def _most(values: Numbers) -> float:
    numbers = values[~np.isnan(values)]
    return float(numbers.max()) if len(numbers) else -np.inf


def _round_up(number: float) -> float:
    """Return the next round number: 1, 2, 4 or 6 times a power of ten, or more.

    >>> _round_up(3.2), _round_up(47), _round_up(101), _round_up(0.3)
    (4.0, 60.0, 200.0, 0.4)
    """
    size = 10.0 ** np.floor(np.log10(number))
    factor = next(each for each in (1, 2, 4, 6, 10) if number <= each * size * (1 + 1e-9))
    return float(round(factor * size, 9))


_STEPS = (
    *(MINUTE * n for n in (1, 5, 10, 30)),
    *(HOUR * n for n in (1, 2, 4, 6, 12)),
    *(DAY * n for n in (1, 2, 5, 10, 20, 50, 100)),
)
_MAX_BARS = 24


def step_of(differences: Sequence[Seconds]) -> Seconds:
    """Return the width of a bar, a round time that gives at most about 24 bars.

    >>> step_of([-7200, 3600, 86400]), step_of([30]), step_of([60 * 86400])
    (7200, 60, 432000)
    """
    spread = max(0, *differences) - min(0, *differences)
    return next((step for step in _STEPS if spread / step <= _MAX_BARS), _STEPS[-1])


def bars_of(differences: Sequence[Seconds], step: Seconds) -> dict[int, int]:
    """Return how many devices each bar holds, by its number.

    Bar 1 holds devices that are later by up to one step, bar -1 those that are earlier by up to one
    step. Devices that did not move are in none.

    >>> bars_of([1, 3600, 3601, -3600, 0], 3600)
    {1: 2, 2: 1, -1: 1}
    """
    bars: dict[int, int] = {}
    for difference in differences:
        if difference:
            number = -(-abs(difference) // step) * (1 if difference > 0 else -1)
            bars[number] = bars.get(number, 0) + 1
    return bars


def shifts_of_devices(differences: Sequence[Seconds], *, width: int = 840) -> Figure:
    """Draw how many devices onboard earlier (left) and later (right), and by how much.

    The highest bar carries its number, so that no axis of counts is needed.
    """
    step = step_of(differences)
    bars = bars_of(differences, step)
    with house_style():
        figure, axes = canvas(width, 230, left=22, right=22, top=44, bottom=34)
        _draw(axes, bars)
        _time_axis(axes, bars, step, width)
        _sides(axes, differences)
    return figure


def _draw(axes: Axes, bars: dict[int, int]) -> None:
    for sign, role in ((-1, "onboarded"), (1, "waiting")):
        chosen = {number: count for number, count in bars.items() if number * sign > 0}
        places = [number - sign * 0.5 for number in chosen]
        axes.bar(places, list(chosen.values()), width=0.88, color=COLOURS[role])
    most = max(bars.values())
    tallest = min(number for number, count in bars.items() if count == most)
    place = (tallest - (0.5 if tallest > 0 else -0.5), most)
    write_beside(axes, count_text(most), place, (0, 4), ha="center")
    axes.set_yticks([])
    axes.set_ylim(0, most)
    axes.axvline(0, color=COLOURS["muted"], lw=0.8)


def _time_axis(axes: Axes, bars: dict[int, int], step: Seconds, width: int) -> None:
    """Mark round times on both sides of zero, as many as the width holds."""
    low, high = min(0, *bars), max(0, *bars)
    axes.set_xlim(min(low, -1), max(high, 1))
    every = max(-(-(high - low) * 75 // width), 1)
    ticks = [number for number in range(low, high + 1) if number % every == 0]
    texts = [signed_length(number * step) if number else "0" for number in ticks]
    axes.set_xticks(ticks, texts, fontsize=SMALL)


def _sides(axes: Axes, differences: Sequence[Seconds]) -> None:
    """Write above each side how many devices it holds."""
    earlier = sum(difference < 0 for difference in differences)
    later = sum(difference > 0 for difference in differences)
    for place, number, word, role in (
        (0, earlier, "earlier in B", "onboarded"),
        (1, later, "later in B", "waiting"),
    ):
        style = {"xycoords": "axes fraction", "color": COLOURS[role], "fontsize": 12}
        style["ha"] = "right" if place else "left"
        write_beside(axes, f"{count_text(number)} {word}", (place, 1), (0, 24), **style)
