"""The fan chart: where a measure lies over several replications, at each time."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from matplotlib.figure import Figure

from sim.output.figures_axes import label_ends, mark_steps, share_axis, time_axis
from sim.output.figures_series import thinned
from sim.output.style import COLOURS, canvas, house_style
from sim.output.style_text import percent_text
from sim.units import Seconds

ENDS = ("p10", "p50", "p90")

_FANS = (("coverage_pct", "onboarded"), ("failed_pct", "failed"))
"""Measure and colour of each fan, of what the devices truly are."""


def fan_over_time(
    bands: pd.DataFrame,
    *,
    start: datetime,
    horizon: Seconds,
    steps: Sequence[tuple[Seconds, str]] = (),
    width: int = 840,
    height: int = 340,
) -> Figure:
    """Draw coverage and failures over time: P10 to P90 as a band, P50 as a line.

    *bands* are `time, measure, view, mean, p10, p50, p90`.
    """
    with house_style():
        figure, axes = canvas(width, height)
        time_axis(axes, start, horizon, most_ticks=width // 95)
        share_axis(axes)
        labels = []
        for measure, role in _FANS:
            low, middle, high = (thinned(band(bands, measure, name)) for name in ENDS)
            if not len(middle):
                continue
            axes.fill_between(low.index, low, high, color=COLOURS[role], alpha=0.28, lw=0)
            axes.plot(middle.index, middle, color=COLOURS[role], lw=2, clip_on=False)
            last = float(middle.iloc[-1])
            labels.append((last, f"{role} {percent_text(last)}", COLOURS[role]))
        label_ends(axes, labels)
        mark_steps(axes, steps, horizon, width)
        margins = {"left": 44 / width, "right": 1 - 118 / width}
        figure.subplots_adjust(**margins, top=1 - 34 / height, bottom=44 / height)
    return figure


def band(bands: pd.DataFrame, measure: str, name: str) -> pd.Series:
    """Return one of the figures of a measure by time, as the devices truly are.

    Times without data are left out.
    """
    chosen = bands[(bands["view"] == "device") & (bands["measure"] == measure)]
    return chosen.set_index("time")[name].dropna()
