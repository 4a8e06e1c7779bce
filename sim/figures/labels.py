"""Labels in pictures, placed so that none covers another and none leaves its place.

All sizes are measured with the pictures' own font, in pixels.
"""

import warnings
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any
from unicodedata import east_asian_width

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path

from sim.figures.axes import COLOURS, FONT, PIXELS_PER_INCH, SMALL, picture_size
from sim.text.numbers import percent_text
from sim.units import Seconds

LINE = 14
"""From one line of small letters to the next [pixels]."""
_APART = 6
"""Between two labels side by side [pixels]."""
_SAME_PLACE = 3
"""Steps closer than this share a label [pixels]."""
_LEADER = 7
"""Height of the line from the plot up to a step's label [pixels]."""
_NO_BREAK = "\u00a0"


@cache
def text_width(text: str) -> float:
    """Return how wide a line of small letters is [pixels].

    East Asian letters count as squares, since the font lacks them.
    """
    squares = sum(east_asian_width(letter) in "WF" for letter in text)
    others = "".join(letter for letter in text if east_asian_width(letter) not in "WF")
    font = FontProperties(family=list(FONT), size=SMALL)
    with warnings.catch_warnings(action="ignore"):
        size = text_to_path.get_text_width_height_descent(others, font, ismath=False)
    return float(size[0]) + squares * SMALL


def wrap(text: str, room: float) -> list[str]:
    """Break a text into lines that are at most *room* pixels wide; a longer word is broken too.

    >>> wrap("All endpoints in London", 10_000), wrap("So be it", 1)[:2]
    (['All endpoints in London'], ['S', 'o'])
    """
    lines = [""]
    for word in text.replace(" %", f"{_NO_BREAK}%").split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(longer) <= room:
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1:] = _pieces(word, room)
    return [line.replace(_NO_BREAK, " ") for line in lines]


def _pieces(word: str, room: float) -> list[str]:
    """Break a word into pieces that fit; a piece has one letter at least."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def spread(places: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels apart, as little as possible and in their order; return their middles.

    *places* are where the middles would be, in ascending order, *sizes* how much room each label
    takes. All labels stay between *low* and *high* where they fit there.

    >>> spread([10, 90, 91, 99], [5, 5, 5, 5], 0, 100)
    [10.0, 87.5, 92.5, 97.5]
    """
    if not sizes:
        return []
    offsets = [0.0]
    for before, after in pairwise(sizes):
        offsets.append(offsets[-1] + (before + after) / 2)
    groups: list[tuple[float, int]] = []  # the mean place of labels that touch, and their number
    for place, offset in zip(places, offsets, strict=True):
        mean, number = place - offset, 1
        while groups and groups[-1][0] > mean:
            other, count = groups.pop()
            mean, number = (mean * number + other * count) / (number + count), number + count
        groups.append((mean, number))
    first, last = low + sizes[0] / 2, high - sizes[-1] / 2 - offsets[-1]
    means = [max(min(mean, last), first) for mean, number in groups for _ in range(number)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def plot_size(axes: Axes) -> tuple[float, float]:
    """Return the width and height of the plot itself, without its margins [pixels]."""
    width, height = picture_size(axes)
    place = axes.get_position()
    return float(width * place.width), float(height * place.height)


def write_beside(
    axes: Axes, text: str, place: tuple[float, float], offset: tuple[float, float], **style: Any
) -> None:
    """Write a text at an offset [pixels] from a place of the plot, even where that is outside.

    The letters are small unless *style* says otherwise.
    """
    style = {"fontsize": SMALL, "annotation_clip": False, **style}
    axes.annotate(text, place, offset, textcoords="offset points", **style)


def label_ends(axes: Axes, labels: Iterable[tuple[float, str, str]]) -> None:
    """Write (height, text, colour) labels right of the plot, moved apart where they would touch.

    A text that is too wide for the margin is wrapped.
    """
    room = (1 - axes.get_position().x1) * picture_size(axes)[0] - 10
    ordered = sorted(labels, key=lambda label: label[0])
    texts = [wrap(text, room) for _, text, _ in ordered]
    (low, top), tall = axes.get_ylim(), plot_size(axes)[1]
    sizes = [LINE * len(lines) + 1.0 for lines in texts]
    places = [(height - low) / (top - low) * tall for height, _, _ in ordered]
    middles = spread(places, sizes, -LINE / 2, tall + LINE / 2)
    for middle, lines, (_, _, colour) in zip(middles, texts, ordered, strict=True):
        place = (1, low + middle / tall * (top - low))
        style = {"xycoords": ("axes fraction", "data"), "color": colour, "va": "center"}
        write_beside(axes, "\n".join(lines), place, (8, 0), **style)


def mark_steps(axes: Axes, steps: Sequence[tuple[Seconds, str]]) -> None:
    """Mark steps of the plan on the time axis, with their labels side by side above the plot.

    Labels that stand too close are moved apart, each with a line to its step. If there is no
    room for all of them, neighbours share one label. One label alone is wrapped, and the picture
    grows by its further lines.
    """
    if not steps:
        return
    horizon, (wide, tall) = axes.get_xlim()[1], plot_size(axes)
    ordered = sorted(steps, key=lambda step: step[0])
    groups = _groups([(time / horizon * wide, text) for time, text in ordered], wide)
    texts = ["\n".join(wrap(_group_text(group), wide)) for group in groups]
    sizes = [max(map(text_width, text.split("\n"))) + _APART for text in texts]
    middles = [sum(place for place, _ in group) / len(group) for group in groups]
    middles = spread(middles, sizes, -_APART / 2, wide + _APART / 2)
    for group, text, size, middle in zip(groups, texts, sizes, middles, strict=True):
        half = max((size - _APART) / 2 - 4, 0)
        for place in sorted({round(place, 1) for place, _ in group}):
            end = min(max(place, middle - half), middle + half)
            _draw_mark(axes, (place, end), wide, 1 + _LEADER / tall)
        style = {"xycoords": "axes fraction", "ha": "center", "va": "bottom"}
        above, muted = (0, _LEADER + 2), COLOURS["muted"]
        write_beside(axes, text, (middle / wide, 1), above, color=muted, **style)
    _grow(axes, LINE * max(text.count("\n") for text in texts))


Group = list[tuple[float, str]]
"""Steps that share a label: the place of each [pixels from the left of the plot], and its text."""


def _groups(marks: Sequence[tuple[float, str]], wide: float) -> list[Group]:
    """Return the steps by label: one each, or fewer if there is no room for so many."""
    groups = [[mark] for mark in marks]
    while len(groups) > 1:
        gaps = [after[0][0] - before[-1][0] for before, after in pairwise(groups)]
        needed = sum(text_width(_group_text(group)) for group in groups)
        if needed + _APART * (len(groups) - 1) <= wide and min(gaps) >= _SAME_PLACE:
            break
        closest = gaps.index(min(gaps))
        groups[closest : closest + 2] = [groups[closest] + groups[closest + 1]]
    return groups


def _group_text(group: Group) -> str:
    return join_labels([text for _, text in group])


def join_labels(labels: Sequence[str]) -> str:
    """Write several labels as one; three or more numbers in a row become a range.

    >>> join_labels(["2", "3", "4", "5", "9"]), join_labels(["1", "2", "pilot"])
    ('2–5, 9', '1, 2, pilot')
    """
    runs: list[list[str]] = []
    for label in labels:
        is_next = label.isdecimal() and runs and runs[-1][-1].isdecimal()
        if is_next and int(label) == int(runs[-1][-1]) + 1:
            runs[-1].append(label)
        else:
            runs.append([label])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _draw_mark(axes: Axes, places: tuple[float, float], wide: float, top: float) -> None:
    """Draw a dotted line up the plot at the first place, and a line on to the second one above."""
    start, end = (place / wide for place in places)
    for x, y, dash in (((start, start), (0, 1), (0, (2, 3))), ((start, end), (1, top), "-")):
        line = Line2D(x, y, color=COLOURS["muted"], lw=0.8, ls=dash, clip_on=False)
        line.set_transform(axes.transAxes)
        axes.add_line(line)


def _grow(axes: Axes, extra: float) -> None:
    """Add room at the top of a picture; the plot keeps its size."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches()
    place = axes.get_position()
    taller = height + extra / PIXELS_PER_INCH
    figure.set_size_inches(width, taller)
    figure.subplots_adjust(bottom=place.y0 * height / taller, top=place.y1 * height / taller)


def name_passing_band(
    axes: Axes, floor: pd.Series, share: pd.Series, name: str, colour: str
) -> None:
    """Name a band that is gone at the end where it is widest, if it lasts long enough for a name.

    The name stands in the band where the band is tall enough, else below or above it.
    """
    most = float(share.max())
    wide = share.index[share >= 0.5 * most]
    text = f"{name} {percent_text(most)}"
    room = (wide[-1] - wide[0]) / axes.get_xlim()[1] * plot_size(axes)[0]
    if most < 1 or room < text_width(text):
        return
    time = wide[len(wide) // 2]
    low, high = float(floor[time]), float((floor + share)[time])
    is_tall, has_room_below = high - low > 8, low > 10
    height = (low + high) / 2 if is_tall else low if has_room_below else high
    offset, alignment = (
        (0, "center") if is_tall else (-8, "top") if has_room_below else (6, "bottom")
    )
    style = {"color": colour, "ha": "center", "va": alignment}
    write_beside(axes, text, (float(time), height), (0, offset), **style)
