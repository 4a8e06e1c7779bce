"""Pictures of one run over time, and of the causes that hold devices back.

They take measures as the run folder stores them (`time, measure, view, label, value`, time in
seconds since the start), or lines that an account has read already, and return a matplotlib Figure.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.axes import (
    COLOURS,
    SMALL,
    TimeFrame,
    canvas,
    height_for,
    house_style,
    series,
    share_axis,
    share_series,
    thinned,
    time_axis,
    value_ticks,
)
from sim.figures.labels import label_ends, mark_steps, name_passing_band, wrap, write_beside
from sim.text.numbers import count_text, percent_text, words
from sim.units import Seconds

Label = tuple[float, str, str]
"""Height, text and colour of a label at the end of a line."""


@contextmanager
def picture_over_time(
    frame: TimeFrame, wide: int, narrow: int, *, right: int, top: int = 34
) -> Iterator[tuple[Figure, Axes, list[Label]]]:
    """Give an empty picture with the run's time as its horizontal axis, and a list for labels.

    *wide* and *narrow* are its heights on a page and on a phone, *right* and *top* the margins for
    the labels there [pixels]: the same for every run, however long the labels are.
    """
    height = height_for(frame.width, wide, narrow)
    with house_style():
        figure, axes = canvas(frame.width, height, left=44, right=right, top=top, bottom=44)
        time_axis(axes, frame)
        labels: list[Label] = []
        yield figure, axes, labels
        label_ends(axes, labels)
        mark_steps(axes, frame.steps)


VIEWS = (
    ("portal", "portal", ":"),
    ("console", "reported to the site", "--"),
    ("device", "device", "-"),
)
"""Each view with its words and its line; the device's, the truth, is drawn last and on top.

The console's is no dial of the console: it is what state messages have told the site so far.
"""


def onboarding_over_time(measures: pd.DataFrame, frame: TimeFrame) -> Figure:
    """Draw how much of the eligible fleet is onboarded, failed and waiting over time.

    Three lines are the three views of coverage, which lag and can disagree. Two bands on the
    device's line are the devices that failed and those that wait. The rest up to 100 % is not
    targeted.
    """
    with picture_over_time(frame, 380, 330, right=118) as (figure, axes, labels):
        share_axis(axes)
        labels += _draw_bands(axes, measures)
        for view, title, dash in VIEWS:
            coverage = thinned(series(measures, "coverage_pct", view))
            if coverage.empty:
                continue
            line = ShareLine(title, coverage.to_list())
            weight = 2.4 if view == "device" else 1.3
            labels += _draw_line(axes, list(coverage.index), line, "onboarded", dash, weight)
    return figure


def _draw_bands(axes: Axes, measures: pd.DataFrame) -> list[Label]:
    """Stack the shares of failed and waiting devices on coverage; return their end labels."""
    floor = thinned(series(measures, "coverage_pct", "device"))
    labels = []
    for status in ("failed", "waiting"):
        share = thinned(share_series(measures, status, "device")).reindex(floor.index).fillna(0.0)
        if share.empty or not share.max():
            continue
        at_end = _draw_band(axes, floor, share, status, status)
        if not at_end:
            name_passing_band(axes, floor, share, status, COLOURS[status])
        labels += at_end
        floor = floor + share
    return labels


_LETTERS = {"neutral": "muted"}
"""The colour of letters where that of the area is too pale to read."""


def _draw_band(
    axes: Axes, floor: pd.Series, share: pd.Series, name: str, role: str, alpha: float = 0.28
) -> list[Label]:
    """Stack a share on a line and return the label at its end; none where it is gone there."""
    axes.fill_between(share.index, floor, floor + share, color=COLOURS[role], alpha=alpha, lw=0)
    last = float(share.iloc[-1])
    if not last >= 0.05:
        return []
    colour = COLOURS[_LETTERS.get(role, role)]
    return [(float(floor.iloc[-1]) + last / 2, f"{name} {percent_text(last)}", colour)]


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A share of devices at each instant, with its name [per cent]."""

    name: str
    values: Sequence[float]


def _draw_line(
    axes: Axes,
    instants: Sequence[Seconds],
    line: ShareLine,
    role: str,
    dash: str,
    weight: float,
) -> list[Label]:
    """Draw a line and return the label at its end; none if it has no data there."""
    axes.plot(
        instants,
        line.values,
        dash,
        color=COLOURS[role],
        lw=weight,
        clip_on=False,  # the whole line shows at 0 and at 100 %
    )
    last = line.values[-1]
    colour = COLOURS[_LETTERS.get(role, role)]
    return [] if np.isnan(last) else [(last, f"{line.name} {percent_text(last)}", colour)]


def failures_by_cause(
    causes: Mapping[str, int], *, titles: Mapping[str, str] | None = None, width: int = 840
) -> Figure:
    """Draw how many devices each cause holds back, the biggest first; the number at each bar."""
    ordered = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    height = 30 + 34 * max(len(ordered), 1)
    left = min(260, width * 0.55) if ordered else 12
    with house_style():
        figure, axes = canvas(width, height, left=left, right=64, top=12, bottom=12)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.set_ylim(len(ordered) - 0.4, -0.6)
        names = [(titles or {}).get(cause, words(cause)) for cause, _ in ordered]
        lines = ["\n".join(wrap(name, (left - 14) * SMALL / 12)) for name in names]
        axes.set_yticks(range(len(ordered)), lines)
        axes.tick_params(axis="y", labelcolor=COLOURS["ink"])
        numbers = [number for _, number in ordered]
        axes.barh(range(len(ordered)), numbers, height=0.55, color=COLOURS["failed"])
        for place, number in enumerate(numbers):
            write_beside(
                axes, count_text(number), (number, place), (6, 0), va="center", fontsize=12
            )
        if not ordered:
            axes.text(0, 0, "Nothing is held back", color=COLOURS["muted"], va="center")
    return figure


HEALTH_TILES = (
    ("healthy", "healthy", "onboarded"),
    ("inactive", "inactive", "waiting"),
    ("agent_stopped", "agent state", "failed"),
    ("not_onboarded", "not onboarded", "neutral"),
)
"""The tiles of agent health in the console's order: name, the console's word, colour."""


def health_tiles_over_time(measures: pd.DataFrame, frame: TimeFrame) -> Figure:
    """Draw the console's dashboard over time: the gauge as a line, the tiles as bands (MON-2).

    The tiles add up to 100 from the bottom up in the order of HEALTH_TILES. The gauge counts all of
    them but the last, so that its line is the border below the last band (MON-4). Before any
    computer reports there is no health to show, and the picture is empty there.
    """
    with picture_over_time(frame, 320, 280, right=118) as (figure, axes, labels):
        share_axis(axes)
        floor = None
        for tile, title, role in HEALTH_TILES:
            share = thinned(series(measures, f"{tile}_pct", "console"))
            if share.empty:
                continue
            floor = share * 0 if floor is None else floor
            labels += _draw_band(axes, floor, share, title, role, 0.45)
            floor = floor + share
        gauge = thinned(series(measures, "gauge_pct", "console"))
        if not gauge.empty:
            line = ShareLine("gauge", gauge.to_list())
            labels += _draw_line(axes, list(gauge.index), line, "ink", "-", 2.0)
    return figure


PERCENTILES = ("p10", "p50", "p90")

_FANS = (("coverage_pct", "onboarded"), ("failed_pct", "failed"))
"""Measure and colour of each fan, as the devices really are."""


def fan_over_time(bands: pd.DataFrame, frame: TimeFrame) -> Figure:
    """Draw where coverage and failures of several replications lie: P10 to P90, and P50.

    *bands* are `time, measure, view, mean, p10, p50, p90`.
    """
    with picture_over_time(frame, 340, 300, right=118) as (figure, axes, labels):
        share_axis(axes)
        for measure, role in _FANS:
            low, middle, high = (thinned(band(bands, measure, name)) for name in PERCENTILES)
            if middle.empty:
                continue
            axes.fill_between(low.index, low, high, color=COLOURS[role], alpha=0.28, lw=0)
            line = ShareLine(role, middle.to_list())
            labels += _draw_line(axes, list(middle.index), line, role, "-", 2.0)
    return figure


def band(bands: pd.DataFrame, measure: str, name: str) -> pd.Series:
    """Return the mean or a percentile of a measure by time, as the devices really are.

    Times without data are left out.
    """
    chosen = bands[(bands["view"] == "device") & (bands["measure"] == measure)]
    return chosen.set_index("time")[name].dropna()


_DASHES: tuple[tuple[str, str], ...] = (("neutral", "-"), ("muted", "--"), ("muted", ":"))
"""The lines of the other payloads; as many have a line as stand here."""


def payloads_over_time(
    new: ShareLine,
    waiting: Sequence[float],
    others: Sequence[ShareLine],
    scripts: Sequence[ShareLine],
    instants: Sequence[Seconds],
    frame: TimeFrame,
) -> Figure:
    """Draw the share of onboarded devices that use each payload.

    The band on the new payload's line waits for a restart. A dotted line is where a script has
    succeeded. Of the other payloads the first three have a line.
    """
    with picture_over_time(frame, 340, 300, right=128) as (figure, axes, labels):
        share_axis(axes)
        labels += _draw_line(axes, instants, new, "onboarded", "-", 2.4)
        if any(value > 0 for value in waiting):
            used, waits = (pd.Series(list(each), list(instants)) for each in (new.values, waiting))
            labels += _draw_band(axes, used, waits, "restart", "waiting")
        for line, (role, dash) in zip(others, _DASHES, strict=False):
            labels += _draw_line(axes, instants, line, role, dash, 1.6)
        for line in scripts:
            labels += _draw_line(axes, instants, line, "onboarded", ":", 1.3)
    return figure


_STACK = (
    ("tickets_in_work", "taken up", "onboarded"),
    ("tickets_waiting", "waiting", "waiting"),
)
"""From the bottom of the stack up: measure, words, colour."""


def queue_over_time(measures: pd.DataFrame, frame: TimeFrame) -> Figure:
    """Draw how many tickets wait and how many are taken up; together they are the open tickets."""
    with picture_over_time(frame, 260, 260, right=108) as (figure, axes, labels):
        lines = [thinned(series(measures, name, "device")) for name, _, _ in _STACK]
        whole = lines[0] + lines[1]
        _count_axis(axes, float(whole.max()) if len(whole) else 0.0)
        floor: pd.Series | float = 0.0
        for line, (_, word, role) in zip(lines, _STACK, strict=True):
            axes.fill_between(
                line.index, floor, floor + line, color=COLOURS[role], alpha=0.45, lw=0, step="post"
            )
            floor = floor + line
            last = float(line.iloc[-1]) if len(line) else 0.0
            middle = float(floor.iloc[-1]) - last / 2 if len(line) else 0.0
            labels.append((middle, f"{word} {count_text(last)}", COLOURS[role]))
    return figure


def _count_axis(axes: Axes, most: float) -> None:
    """Make the vertical axis a count from 0 to a round number that holds the highest."""
    step = _round_step(max(most, 1.0))
    top = step * int(np.ceil(max(most, 1.0) / step))
    axes.set_ylim(0, top)
    value_ticks(axes, {number: count_text(number) for number in range(0, top + 1, step)})


def _round_step(most: float) -> int:
    """Return a round step that divides a count into five parts at most.

    >>> _round_step(3), _round_step(44), _round_step(270), _round_step(12_000)
    (1, 10, 100, 4000)
    """
    size = 1
    while True:
        for factor in (1, 2, 4):
            if most <= 5 * factor * size:
                return factor * size
        size *= 10
