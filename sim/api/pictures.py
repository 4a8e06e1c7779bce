"""The report's pictures, one at a time, for notebooks and files."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.arguments import as_path, as_text
from sim.errors import Problem, UnusableInput, nearest, refusal
from sim.figures.axes import Figure, house_style, svg
from sim.files import write_text_whole, write_whole
from sim.report.page import report_data
from sim.report.pictures import PICTURES

if TYPE_CHECKING:
    from sim.report.data import ReplicationSummary
    from sim.runs.replication import Replication

_RESOLUTION = 144
"""Of a PNG: twice the size at which letters are 12 pixels high [pixels per inch]."""

_WIDTHS = (100, 10_000)
"""The least and the greatest width of a picture [pixels]."""

_SIZE = re.compile(r'width="([0-9.]+)pt" height="([0-9.]+)pt"')
"""The size of an SVG, in its first element."""


@dataclass(frozen=True)
class Picture:
    """One picture; a notebook shows it by itself."""

    figure: Figure
    """The matplotlib figure behind it."""

    def save(self, path: str | Path) -> Path:
        """Write it as SVG, PNG or PDF, by the ending of the file's name, and return the path.

        Raises UnusableInput when it cannot be written.
        """
        path = as_path(path, "file", "onboarding.svg")
        try:
            path.parent.resolve(strict=True)
            if not path.suffix:
                raise ValueError("matplotlib would choose one")
            if path.suffix.lower() == ".svg":
                write_text_whole(path, self._repr_svg_())
            else:
                kind, draw = path.suffix[1:].lower(), self.figure.savefig
                with house_style():
                    write_whole(
                        path,
                        lambda place: draw(place, format=kind, dpi=_RESOLUTION, facecolor="white"),
                    )
        except (OSError, ValueError) as error:
            why = refusal(error) if isinstance(error, OSError) else "not a kind of picture"
            what = f"the picture cannot be written to {path}: {why}"
            raise UnusableInput([Problem(what, expected="a name such as onboarding.svg")]) from None
        return path

    def _repr_svg_(self) -> str:
        """Return it as SVG that is no wider than its page, on white: the page may be dark."""
        fitting = 'width="{}" height="{}" style="max-width: 100%; height: auto; background: white"'
        return _SIZE.sub(lambda size: fitting.format(*size.groups()), svg(self.figure), count=1)


def draw(
    run: "Replication",
    replications: Callable[[], "ReplicationSummary"],
    name: str,
    width: object,
) -> Picture:
    """Draw one of PICTURES in a width [pixels].

    *replications* is called for a picture of several replications.

    Raises UnusableInput for another name, for a width out of range, and if there is nothing to
    draw.
    """
    low, high = _WIDTHS
    if not isinstance(width, Real) or not low <= float(width) <= high:
        what = f"nothing can be drawn {width} wide"
        raise UnusableInput([Problem(what, "width", f"pixels, {low} to {high:,}")])
    if as_text(name, "picture", "onboarding") not in PICTURES:
        expected = f"one of {', '.join(PICTURES)}"
        raise UnusableInput(
            [Problem(f'no picture "{name}"', "", expected, nearest(name, tuple(PICTURES)))]
        )
    picture = PICTURES[name]
    summary = replications() if "replications" in picture.sources else None
    report = report_data(run, summary, only=picture.sources)
    data = picture.data(report)
    if data is None:
        raise UnusableInput([Problem(f"there is nothing to draw: {picture.nothing}")])
    return Picture(picture.draw(report, data, round(float(width))))
