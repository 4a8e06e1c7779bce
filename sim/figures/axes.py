"""The look of all pictures, their axes, which need no legend, and the lines of the measures.

Colours have roles. A picture in a file of its own has the colours of the light theme. In the
report each role is a variable of the page, so that one drawing serves the light and the dark theme.
The same figure gives the same bytes of SVG. The time axis gives days with their dates.
"""

import html
import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Figure

from sim.text.numbers import day_text, wall_time
from sim.units import DAY, HOUR, MINUTE, Seconds

COLOURS = {
    "ink": "#1d2935",
    "muted": "#5c6976",
    "line": "#dde3e8",
    "onboarded": "#0f6cbd",
    "failed": "#c2334d",
    "waiting": "#9c660a",
    "neutral": "#8794a1",
}
"""Each role's value in the light theme; every value stands for one role only."""

SMALL = 11
"""Size of the small letters [pixels]."""
PIXELS_PER_INCH = 72
"""One SVG user unit is one point, so sizes below are what a page calls pixels."""

FONT = ("DejaVu Sans",)
"""The font of all letters; a page replaces it with its own."""

_SETTINGS: dict[Any, object] = {
    "text.parse_math": False,  # a name with dollar signs is a name
    "svg.fonttype": "none",
    "svg.hashsalt": "fleetsim",
    "font.family": list(FONT),
    "font.size": 12,
    "path.simplify": True,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["line"],
    "axes.labelcolor": COLOURS["muted"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save in the house style, whatever the user's own matplotlib settings are."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # the letters stay text in the SVG: the reader's font has to have them, not this one
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def canvas(
    width: int,
    height: int,
    *,
    left: float = 0,
    right: float = 0,
    top: float = 0,
    bottom: float = 0,
) -> tuple[Figure, Axes]:
    """Return an empty figure of that many pixels with one quiet set of axes within margins."""
    figure = Figure(figsize=(width / PIXELS_PER_INCH, height / PIXELS_PER_INCH))
    figure.patch.set_alpha(0)
    figure.subplots_adjust(
        left=left / width, right=1 - right / width, top=1 - top / height, bottom=bottom / height
    )
    return figure, quiet_axes(figure)


def quiet_axes(figure: Figure) -> Axes:
    """Return new axes of a figure, with nothing but the line below."""
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, pad=6)
    axes.set_axisbelow(True)
    return axes


def picture_size(axes: Axes) -> tuple[float, float]:
    """Return the width and height of the picture that holds some axes [pixels]."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches() * PIXELS_PER_INCH
    return width, height


def svg(figure: Figure) -> str:
    """Return a figure as a standalone SVG document, the same bytes on every call."""
    buffer = io.StringIO()
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with house_style():
        figure.savefig(buffer, format="svg", metadata=metadata)
    return buffer.getvalue()


def inline_svg(figure: Figure, *, key: str, title: str, description: str) -> str:
    """Return a figure as an `<svg>` element for a page: named, described, in the page's colours.

    *key* keeps the element's ids apart from those of the page's other pictures.
    """
    drawing = svg(figure)
    drawing = drawing[drawing.index("<svg") :]
    for role, colour in COLOURS.items():
        drawing = drawing.replace(colour, f"var(--{role})")
    drawing = re.sub(r'( id="|xlink:href="#|url\(#)', rf"\g<1>{key}-", drawing)
    opening, rest = drawing.split(">", 1)
    opening = re.sub(r' (width|height|version|xmlns(:xlink)?)="[^"]*"', "", opening)
    label = f'role="img" aria-labelledby="{key}-title {key}-desc"'
    texts = (
        f'<title id="{key}-title">{html.escape(title)}</title>'
        f'<desc id="{key}-desc">{html.escape(description)}</desc>'
    )
    return f"{opening} {label}>{texts}{rest}".strip()


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


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """What all pictures of a run over time share."""

    start: datetime
    """The site's wall clock at the start of the run."""
    horizon: Seconds
    width: int = 840
    """Of the picture [pixels]."""
    steps: Sequence[tuple[Seconds, str]] = ()
    """When each step of the plan happened, with its label."""


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


def time_axis(axes: Axes, frame: TimeFrame) -> None:
    """Make the horizontal axis the run's time, in days (or less) with real dates below."""
    times = time_ticks(axes, frame.horizon)
    axes.set_xlim(0, frame.horizon)
    axes.set_xticks(times, [tick_text(frame.start, time) for time in times], fontsize=SMALL)


def share_axis(axes: Axes) -> None:
    """Make the vertical axis a share from 0 to 100 %."""
    axes.set_ylim(0, 100)
    value_ticks(axes, {n: f"{n} %" for n in range(0, 101, 25)})


def value_ticks(axes: Axes, texts: Mapping[int, str] | Mapping[float, str]) -> None:
    """Mark values on the vertical axis, each with its text and a thin line across the plot."""
    axes.set_yticks(list(texts), list(texts.values()), fontsize=SMALL)
    axes.grid(axis="y", color=COLOURS["line"], lw=0.8)
