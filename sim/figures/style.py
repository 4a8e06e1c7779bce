"""The look of all pictures, and how a picture becomes SVG: the same figure, the same bytes.

Colours have roles. A picture in a file of its own has the colours of the light theme. In the
report each role is a variable of the page, so that one drawing serves the light and the dark theme.
"""

import html
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = {
    "ink": "#1d2935",
    "muted": "#5c6976",
    "line": "#dde3e8",
    "onboarded": "#0f6cbd",
    "failed": "#c2334d",
    "waiting": "#c98a1b",
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
