"""Small pictures side by side on one sheet, measured in pixels: one set of axes serves them all.

Many small axes of matplotlib would cost a run more time than its simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.style import COLOURS, canvas

SMALL = 11
"""Size of the small letters [pixels]."""
_LETTER = 6.4
"""About the width of a small letter [pixels]; only the length of names depends on it."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One small picture's plot: a rectangle of the sheet, from the top left, in pixels."""

    left: float
    top: float
    width: float
    height: float

    def x(self, share: float) -> float:
        """Return the place of a share 0 to 1 of the way from the left edge to the right."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """Return the place of a share 0 to 1 of the way from the bottom to the top."""
        return self.top + (1 - share) * self.height


def sheet(width: int, height: int) -> tuple[Figure, Axes]:
    """Return an empty figure whose axes count its pixels from the top left corner."""
    figure, axes = canvas(width, height)
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def grid(
    number: int,
    columns: int,
    width: int,
    row_height: int,
    *,
    left: int,
    gap: int,
    top: int,
    foot: int,
) -> list[Panel]:
    """Return the plots of that many panels, row by row.

    *left* is the room for the vertical axis of a row, *gap* the room between two columns, *top* and
    *foot* the room above and below each plot.
    """
    wide = (width - left - 4 - gap * (columns - 1)) / columns
    return [
        Panel(
            left + (wide + gap) * (place % columns),
            top + row_height * (place // columns),
            wide,
            row_height - top - foot,
        )
        for place in range(number)
    ]


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    role: str = "muted",
    across: str = "left",
    bold: bool = False,
) -> None:
    """Write small letters with their base line at a place of the sheet."""
    axes.text(
        x,
        y,
        text,
        color=COLOURS[role],
        fontsize=SMALL,
        ha=across,
        va="baseline",
        fontweight="bold" if bold else "normal",
    )


def rule(axes: Axes, panel: Panel, share: float) -> None:
    """Draw a thin level line across a panel."""
    y = panel.y(share)
    axes.plot((panel.left, panel.x(1)), (y, y), color=COLOURS["line"], lw=0.8, zorder=0)


def shortened(text: str, room: float) -> str:
    """Return a name cut to that many pixels, with a mark where letters are missing.

    >>> shortened("All endpoints", 200), shortened("All endpoints", 50)
    ('All endpoints', 'All en…')
    """
    most = max(int(room / _LETTER), 2)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def columns_for(width: int, panels: int) -> int:
    """Return how many panels stand side by side: two on a phone, four on a page."""
    return min(max(width // 190, 1), max(panels, 2))


def row_count(panels: Sequence[object], columns: int) -> int:
    """Return how many rows hold all panels."""
    return -(-len(panels) // columns)
