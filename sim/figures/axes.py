"""Lines out of the table of measures: one measure in one view, few enough points to draw.

Axes that read without a legend: days with their dates, shares, names at the lines' ends.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pandas as pd
from matplotlib.axes import Axes

from sim.figures.style import COLOURS, PIXELS_PER_INCH
from sim.text.numbers import day_text, percent_text, wall_time
from sim.units import DAY, HOUR, MINUTE, Seconds

MOST_POINTS = 300
"""More than a picture's pixels can tell apart."""


def series(measures: pd.DataFrame, measure: str, view: str, label: str = "") -> pd.Series:
    """Return the values of one measure in one view by time [s]; moments without data left out.

    An empty series when the run did not keep that measure, or it never had data (0 of 0).
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
    """Return about MOST_POINTS of the values at most, evenly spaced, always with the last one."""
    every = -(-len(values) // MOST_POINTS)
    if every <= 1:
        return values
    kept = values.iloc[::every]
    return kept if kept.index[-1] == values.index[-1] else pd.concat([kept, values.iloc[-1:]])


def value_at(values: pd.Series, time: int) -> float | None:
    """Return what a measure shows at a time: its latest value, or None before the first."""
    known = values[values.index <= time]
    return float(known.iloc[-1]) if len(known) else None


_STEPS = (
    *(MINUTE * n for n in (1, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 28, 56, 91, 182, 364)),
)
_SMALL = 11
_LETTER = 6.8
"""About the width of a letter in the small size [pixels]; only spacing depends on it."""


def tick_times(horizon: Seconds, most_ticks: int) -> list[Seconds]:
    """Return round times from 0 to the horizon, at most about *most_ticks* of them."""
    step = next((step for step in _STEPS if horizon / step <= most_ticks), _STEPS[-1])
    return list(range(0, horizon + 1, step))


def tick_text(start: datetime, time: Seconds) -> str:
    """Name a time in two lines: elapsed, and the site's calendar below it."""
    moment = wall_time(start, time)
    if time % DAY == 0:
        return f"day {time // DAY}\n{day_text(moment)}"
    elapsed = f"{time / HOUR:g} h" if time >= HOUR else f"{time // MINUTE} min"
    return f"{elapsed}\n{moment:%H:%M}"


def time_axis(axes: Axes, start: datetime, horizon: Seconds, most_ticks: int) -> None:
    """Make the horizontal axis the run's time, in days (or less) with real dates below."""
    times = tick_times(horizon, max(most_ticks, 2))
    axes.set_xlim(0, horizon)
    axes.set_xticks(times, [tick_text(start, time) for time in times], fontsize=_SMALL)


def share_axis(axes: Axes) -> None:
    """Make the vertical axis a share from 0 to 100 %."""
    axes.set_ylim(0, 100)
    axes.set_yticks(range(0, 101, 25), [f"{n} %" for n in range(0, 101, 25)], fontsize=_SMALL)
    axes.grid(axis="y", color=COLOURS["line"], lw=0.8)


def label_ends(axes: Axes, labels: Iterable[tuple[float, str, str]]) -> None:
    """Write (height, text, colour) labels right of the plot, moved apart where they would touch."""
    ordered = sorted(labels, key=lambda label: label[0])
    low, high = axes.get_ylim()
    gap = 15 * (high - low) / (0.8 * _pixels(axes)[1])
    heights = spread_labels([height for height, _, _ in ordered], gap, high)
    for height, (_, text, colour) in zip(heights, ordered, strict=True):
        axes.annotate(
            text,
            (1, height),
            (8, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=colour,
            fontsize=_SMALL,
            va="center",
            annotation_clip=False,
        )


def name_passing_band(
    axes: Axes, floor: pd.Series, share: pd.Series, name: str, colour: str
) -> None:
    """Name a band that is gone at the end where it is widest, if it lasts long enough for a name.

    The name stands in the band where that is tall enough for it, else below or above.
    """
    most = float(share.max())
    wide = share.index[share >= 0.5 * most]
    text = f"{name} {percent_text(most)}"
    room = (wide[-1] - wide[0]) / axes.get_xlim()[1] * 0.6 * _pixels(axes)[0]
    if most < 1 or room < len(text) * _LETTER:
        return
    time = wide[len(wide) // 2]
    low, high = float(floor[time]), float((floor + share)[time])
    tall, room_below = high - low > 8, low > 10
    height = (low + high) / 2 if tall else low if room_below else high
    offset, alignment = (0, "center") if tall else (-8, "top") if room_below else (6, "bottom")
    axes.annotate(
        text,
        (float(time), height),
        (0, offset),
        textcoords="offset points",
        color=colour,
        fontsize=_SMALL,
        ha="center",
        va=alignment,
    )


def _pixels(axes: Axes) -> tuple[float, float]:
    """Return the width and height of the whole figure."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches() * PIXELS_PER_INCH
    return float(width), float(height)


def spread_labels(heights: Sequence[float], gap: float, top: float) -> list[float]:
    """Move ascending heights apart to at least *gap*, downwards where the top leaves no room.

    >>> spread_labels([10, 90, 91, 99], 5, 100)
    [10, 90, 95, 100]
    """
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    ceiling = top
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], ceiling)
        ceiling = placed[place] - gap
    return placed


def mark_steps(
    axes: Axes, steps: Sequence[tuple[Seconds, str]], horizon: Seconds, width: int
) -> None:
    """Mark steps of the plan on the time axis; those too close to read apart share one mark."""
    for time, text in joined_marks(steps, horizon * 20 / width):
        axes.axvline(time, color=COLOURS["muted"], lw=0.8, ls=(0, (2, 3)))
        axes.annotate(
            text,
            (time, 1),
            (0, 8),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="left" if time < horizon * len(text) * _LETTER / 2 / width else "center",
            color=COLOURS["muted"],
            fontsize=_SMALL,
            annotation_clip=False,
        )


def joined_marks(steps: Sequence[tuple[Seconds, str]], gap: float) -> list[tuple[Seconds, str]]:
    """Join marks that stand closer than *gap* seconds to the first of their group.

    >>> joined_marks([(0, "1"), (5, "2"), (60, "3")], 10)
    [(0, '1, 2'), (60, '3')]
    """
    marks: list[tuple[Seconds, str]] = []
    for time, text in sorted(steps):
        if marks and time - marks[-1][0] < gap:
            marks[-1] = (marks[-1][0], f"{marks[-1][1]}, {text}")
        else:
            marks.append((time, text))
    return marks
