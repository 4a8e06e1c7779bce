"""The lines of a picture, out of the table of measures, and axes that need no legend.

A picture shows one measure in one view over time. Its time axis gives days with their dates.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.style import COLOURS, SMALL, canvas, house_style, picture_size
from sim.text.numbers import day_text, wall_time
from sim.units import DAY, HOUR, MINUTE, Seconds

MAX_POINTS = 300
"""A picture has too few pixels to show more points."""

_WIDE = 600
"""Wider pictures are for a page, narrower ones for a phone [pixels]."""
_TICK_ROOM = 95
"""Width of a tick of the time axis with its date [pixels]."""


def series(measures: pd.DataFrame, measure: str, view: str, label: str = "") -> pd.Series:
    """Return the values of one measure in one view by time [s]; moments without data left out.

    An empty series when the run did not record that measure, or it never had data (0 of 0).
    """
    chosen = measures[
        (measures["measure"] == measure) & (measures["view"] == view) & (measures["label"] == label)
    ]
    values = pd.Series(
        chosen["value"].to_numpy(dtype="float64"), index=chosen["time"].to_numpy(dtype="int64")
    )
    return values.dropna().sort_index()


def share_series(measures: pd.DataFrame, measure: str, view: str) -> pd.Series:
    """Return a count as a percentage of all eligible devices, by time [s]."""
    counts = series(measures, measure, view)
    eligible = series(measures, "eligible", view).reindex(counts.index)
    return (100 * counts / eligible.where(eligible > 0)).dropna()


def thinned(values: pd.Series) -> pd.Series:
    """Return about MAX_POINTS of the values at most, evenly spaced, always with the last one."""
    every = -(-len(values) // MAX_POINTS)
    if every <= 1:
        return values
    chosen = values.iloc[::every]
    return chosen if chosen.index[-1] == values.index[-1] else pd.concat([chosen, values.iloc[-1:]])


def value_at(values: pd.Series, time: int) -> float | None:
    """Return what a measure shows at a time: its latest value, or None before the first."""
    so_far = values[values.index <= time]
    return float(so_far.iloc[-1]) if len(so_far) else None


def height_for(width: int, wide: int, narrow: int) -> int:
    """Return the height of a picture of that width: on a page, or on a phone [pixels]."""
    return wide if width > _WIDE else narrow


@contextmanager
def picture_over_time(
    width: int, height: int, start: datetime, horizon: Seconds, *, right: int, top: int = 34
) -> Iterator[tuple[Figure, Axes]]:
    """Give an empty picture in the house style, with the run's time as its horizontal axis.

    *right* and *top* are the margins for the labels there [pixels]: the same for every run,
    however long the labels are.
    """
    with house_style():
        figure, axes = canvas(width, height, left=44, right=right, top=top, bottom=44)
        time_axis(axes, start, horizon)
        yield figure, axes


_STEPS = (
    *(MINUTE * n for n in (1, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 28, 56, 91, 182, 364)),
)


def tick_times(horizon: Seconds, max_ticks: int) -> list[Seconds]:
    """Return round times from 0 to the horizon, at most about *max_ticks* of them."""
    step = next((step for step in _STEPS if horizon / step <= max_ticks), _STEPS[-1])
    return list(range(0, horizon + 1, step))


def tick_text(start: datetime, time: Seconds) -> str:
    """Name a time in two lines: elapsed, and the site's calendar below it."""
    moment = wall_time(start, time)
    if time % DAY == 0:
        return f"day {time // DAY}\n{day_text(moment)}"
    elapsed = f"{time / HOUR:g} h" if time >= HOUR else f"{time // MINUTE} min"
    return f"{elapsed}\n{moment:%H:%M}"


def time_ticks(axes: Axes, horizon: Seconds) -> list[Seconds]:
    """Return the times at which a picture has room for a tick."""
    return tick_times(horizon, max(round(picture_size(axes)[0]) // _TICK_ROOM, 2))


def time_axis(axes: Axes, start: datetime, horizon: Seconds) -> None:
    """Make the horizontal axis the run's time, in days (or less) with real dates below."""
    times = time_ticks(axes, horizon)
    axes.set_xlim(0, horizon)
    axes.set_xticks(times, [tick_text(start, time) for time in times], fontsize=SMALL)


def share_axis(axes: Axes) -> None:
    """Make the vertical axis a share from 0 to 100 %."""
    axes.set_ylim(0, 100)
    axes.set_yticks(range(0, 101, 25), [f"{n} %" for n in range(0, 101, 25)], fontsize=SMALL)
    axes.grid(axis="y", color=COLOURS["line"], lw=0.8)
