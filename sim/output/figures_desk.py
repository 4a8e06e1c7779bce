"""The support desk's queue over time: tickets that wait, and those that were taken up."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.figures_axes import label_ends, mark_steps, time_axis
from sim.output.figures_series import series, thinned
from sim.output.style import COLOURS, canvas, house_style
from sim.output.style_text import count_text
from sim.units import Seconds

_STACK = (
    ("tickets_in_work", "taken up", "onboarded"),
    ("tickets_waiting", "waiting", "waiting"),
)
"""From the bottom of the stack up: measure, word, colour."""


def queue_over_time(
    measures: pd.DataFrame,
    *,
    start: datetime,
    horizon: Seconds,
    steps: Sequence[tuple[Seconds, str]] = (),
    width: int = 840,
    height: int = 260,
) -> Figure:
    """Draw how many tickets wait and how many are taken up; the whole height is the open tickets.

    The biggest queue carries its number, so that it can be read without the axis.
    """
    with house_style():
        figure, axes = canvas(width, height)
        time_axis(axes, start, horizon, most_ticks=width // 95)
        lines = [thinned(series(measures, name, "device")) for name, _, _ in _STACK]
        whole = lines[0] + lines[1]
        _count_axis(axes, float(whole.max()) if len(whole) else 0.0)
        floor: pd.Series | float = 0.0
        labels = []
        for line, (_, word, role) in zip(lines, _STACK, strict=True):
            axes.fill_between(
                line.index, floor, floor + line, color=COLOURS[role], alpha=0.45, lw=0, step="post"
            )
            floor = floor + line
            last = float(line.iloc[-1]) if len(line) else 0.0
            middle = float(floor.iloc[-1]) - last / 2 if len(line) else 0.0
            labels.append((middle, f"{word} {count_text(last)}", COLOURS[role]))
        label_ends(axes, labels)
        mark_steps(axes, steps, horizon, width)
        margins = {"left": 44 / width, "right": 1 - 108 / width}
        figure.subplots_adjust(**margins, top=1 - 34 / height, bottom=44 / height)
    return figure


def _count_axis(axes: Axes, most: float) -> None:
    """Make the vertical axis a count from 0 to a round number that holds the highest."""
    step = _round_step(max(most, 1.0))
    top = step * int(np.ceil(max(most, 1.0) / step))
    ticks = range(0, top + 1, step)
    axes.set_ylim(0, top)
    axes.set_yticks(ticks, [count_text(number) for number in ticks], fontsize=11)
    axes.grid(axis="y", color=COLOURS["line"], lw=0.8)


def _round_step(most: float) -> int:
    """Return a round step that divides a count into five parts at the most.

    >>> _round_step(3), _round_step(44), _round_step(270), _round_step(12_000)
    (1, 10, 100, 4000)
    """
    size = 1
    while True:
        for factor in (1, 2, 4):
            if most <= 5 * factor * size:
                return factor * size
        size *= 10
