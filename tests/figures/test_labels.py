"""Labels in pictures: none covers another, and none leaves its place."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from sim.figures.axes import COLOURS, TimeFrame, share_axis
from sim.figures.labels import spread, text_width, wrap
from sim.figures.lines import picture_over_time
from sim.report.pictures import SIZES
from sim.units import DAY, HOUR
from tests.report.sample import HORIZON, START

WIDTHS = [width for _, width in SIZES]
TOLERANCE = 1.5
"""Letters in pixels are rounded, those of an SVG are not [pixels]."""

NUMBERS = st.lists(st.integers(0, HORIZON), max_size=60).map(
    lambda times: [(time, str(n)) for n, time in enumerate(sorted(times), start=1)]
)
NAMES = st.lists(
    st.tuples(
        st.integers(0, HORIZON),
        st.text("abcdefgilmnopstuwxyzW ", min_size=1, max_size=60).filter(str.strip),
    ),
    max_size=12,
)


def boxes(figure, labels):
    """Return (left, bottom, right, top) of each label, as matplotlib draws it [pixels]."""
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(288)
    scale = 288 / 72
    extents = [label.get_window_extent(canvas.get_renderer()) for label in labels]
    return [tuple(edge / scale for edge in (box.x0, box.y0, box.x1, box.y1)) for box in extents]


def cover_each_other(one, other):
    across = min(one[2], other[2]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[1], other[1])
    return across > 0 and along > 0


def assert_apart(shown):
    assert not [pair for pair in combinations(shown, 2) if cover_each_other(*pair)]


def marked(steps, width, horizon=HORIZON):
    """Return a picture with these steps, its labels' boxes, and the edges of its plot [pixels]."""
    frame = TimeFrame(START, horizon, width, steps)
    with picture_over_time(frame, 330, 330, right=118) as (figure, axes, _):
        share_axis(axes)
    wide, tall = (edge * 72 for edge in figure.get_size_inches())
    place = axes.get_position()
    plot = (place.x0 * wide, place.y0 * tall, place.x1 * wide, place.y1 * tall)
    return boxes(figure, axes.texts), plot, tall, [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("width", WIDTHS)
@given(steps=NUMBERS | NAMES)
@settings(max_examples=60, deadline=None)
def test_labels_of_steps_are_apart_above_the_plot_and_within_its_edges(width, steps):
    shown, plot, height, _ = marked(steps, width)

    assert_apart(shown)
    for left, bottom, right, top in shown:
        assert left >= plot[0] - TOLERANCE
        assert right <= plot[2] + TOLERANCE
        assert bottom >= plot[3]
        assert top <= height


@given(steps=NUMBERS)
@settings(max_examples=40, deadline=None)
def test_every_step_is_in_a_label_and_they_stand_in_order(steps):
    shown, _, _, texts = marked(steps, 400)
    numbers = []
    for part in ", ".join(" ".join(text.split()) for text in texts).split(", "):
        first, _, last = part.partition("–")
        numbers += range(int(first), int(last or first) + 1) if part else []

    assert numbers == [int(text) for _, text in steps]
    assert [box[0] for box in shown] == sorted(box[0] for box in shown)


@pytest.mark.parametrize("width", WIDTHS)
def test_eight_steps_within_two_days_each_have_their_own_label(width):
    steps = [(DAY + n * 6 * HOUR, str(n + 1)) for n in range(8)]

    shown, _, _, texts = marked(steps, width)

    assert_apart(shown)
    if width == 840:
        assert texts == [text for _, text in steps]


def test_steps_in_the_same_second_share_a_label():
    _, _, _, texts = marked([(DAY, "1"), (DAY, "2"), (DAY, "3"), (9 * DAY, "4")], 840)

    assert texts == ["1–3", "4"]


def test_a_label_wider_than_the_plot_is_wrapped_and_the_picture_grows():
    long = "a step with a name that is far too long to stand above the plot in one line"

    shown, plot, height, (text,) = marked([(DAY, long)], 400)

    assert " ".join(text.split()) == long
    assert height > 330
    assert plot[3] - plot[1] == pytest.approx(330 - 34 - 44)
    assert shown[0][3] <= height


ENDS = st.lists(
    st.tuples(st.floats(0, 100), st.text("abcdeW ", min_size=1, max_size=20)), max_size=6
)


@pytest.mark.parametrize("width", WIDTHS)
@given(ends=ENDS)
@settings(max_examples=40, deadline=None)
def test_labels_at_the_ends_of_lines_are_apart_and_within_the_margin(width, ends):
    frame = TimeFrame(START, HORIZON, width)
    with picture_over_time(frame, 330, 330, right=118) as (figure, axes, labels):
        share_axis(axes)
        labels += [(height, f"{name} 12.3 %", COLOURS["muted"]) for height, name in ends]

    shown = boxes(figure, axes.texts)
    assert_apart([(left, bottom + 0.5, right, top - 0.5) for left, bottom, right, top in shown])
    for left, _, right, _ in shown:
        assert left >= axes.get_position().x1 * width
        assert right <= width + TOLERANCE


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(1, 9)), min_size=1, max_size=10),
)
def test_spread_keeps_labels_in_order_apart_and_in_place(labels):
    labels.sort(key=lambda label: label[0])
    places, sizes = [place for place, _ in labels], [size for _, size in labels]

    middles = spread(places, sizes, 0, 100)

    edges = [
        (middle - size / 2, middle + size / 2) for middle, size in zip(middles, sizes, strict=True)
    ]
    assert all(after[0] - before[1] > -1e-9 for before, after in pairwise(edges))
    assert edges[0][0] > -1e-9
    assert edges[-1][1] < 100 + 1e-9


def test_labels_that_have_room_stay_where_they_are():
    assert spread([20, 50, 90], [5, 5, 5], 0, 100) == [20, 50, 90]
    assert spread([50, 98, 99, 100], [5, 5, 5, 5], 0, 102.5) == [50, 90, 95, 100]


@given(st.text("abcWi ", min_size=1, max_size=60).filter(str.strip), st.floats(20, 200))
def test_wrapped_lines_fit_and_lose_no_letter(text, room):
    lines = wrap(text, room)

    assert all(text_width(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
