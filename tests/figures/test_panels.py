"""The pictures of parts, stages and distribution points: names, last values, scales."""

import pytest

from sim.figures.axes import TimeFrame, svg
from sim.figures.panels import (
    StageBar,
    Strip,
    columns_for,
    content_over_time,
    onboarding_by_part,
    time_by_stage,
)
from sim.units import DAY, HOUR
from tests.report.sample import HORIZON, START, divisions

BARS = [StageBar("Policy poll", 40 * DAY, 780 * DAY), StageBar("Report", 10 * DAY, 0)]
STRIPS = [
    Strip("Default", [0, 0, 4 * 10**9, 0]),
    Strip("LON", [0, 10**9, 0, 0]),
]


def by_part(width=840, parts=None):
    division = divisions()[0]
    lines = [(one.name, one.coverage) for one in division.parts] if parts is None else parts
    whole = division.whole.coverage
    return onboarding_by_part(lines, whole, TimeFrame(START, HORIZON, width))


def content(strips=STRIPS, horizon=4 * HOUR, width=840):
    return content_over_time(strips, TimeFrame(START, horizon, width))


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def areas(figure):
    """Return (left, top, right, bottom) of each filled area, in pixels of the sheet."""
    (axes,) = figure.axes
    corners = [area.get_paths()[0].get_extents() for area in axes.collections]
    return [(box.x0, box.y0, box.x1, box.y1) for box in corners]


@pytest.mark.parametrize("draw", [by_part, lambda: time_by_stage(BARS), content])
def test_a_picture_is_the_same_bytes_each_time(draw):
    assert svg(draw()) == svg(draw())


@pytest.mark.parametrize("width", [840, 400])
def test_each_part_carries_its_name_and_its_last_value(width):
    shown = texts(by_part(width))

    for text in ("Windows 11", "94.9 %", "Server 2016", "0 %", "2 Mar", "1 Apr"):
        assert text in shown


def test_nothing_is_drawn_beyond_the_sheet():
    for figure in (by_part(400), time_by_stage(BARS, width=400), content(width=400)):
        right, bottom = figure.axes[0].get_xlim()[1], figure.axes[0].get_ylim()[0]
        for area in areas(figure):
            assert area[0] >= 0
            assert area[1] >= 0
            assert area[2] <= right
            assert area[3] <= bottom


NAME = "A location with a very long name indeed"


@pytest.mark.parametrize(
    "draw",
    [
        lambda: by_part(400, [(NAME, (0.0, 50.0))] * 2),
        lambda: time_by_stage([StageBar(NAME, DAY, 0)], width=400),
        lambda: content([Strip(f"{NAME} on its site", [1])], width=400),
    ],
)
def test_a_long_name_is_whole_in_several_lines(draw):
    shown = texts(draw())

    assert NAME not in shown
    for word in NAME.split():
        assert any(word in text.split() for text in shown)
    assert not any("…" in text for text in shown)


def test_two_panels_stand_side_by_side_on_a_phone_and_four_on_a_page():
    assert [columns_for(width, 8) for width in (400, 840)] == [2, 4]
    assert columns_for(840, 2) == 2


def test_a_part_without_data_has_no_value():
    assert "–" in texts(by_part(parts=[("Nobody", (float("nan"),) * 3)]))


def test_a_run_of_hours_names_its_first_and_last_hour():
    figure = onboarding_by_part([("A", (0.0, 1.0))], (0.0, 1.0), TimeFrame(START, 6 * HOUR))

    assert {"00:00", "06:00"} <= set(texts(figure))


def test_each_stage_carries_its_time_and_the_bars_have_one_scale():
    figure = time_by_stage(BARS)
    over, still, report = areas(figure)

    assert texts(figure) == ["Policy poll", "820 d", "Report", "10 d"]
    assert still[0] == pytest.approx(over[2])
    assert (still[2] - over[0]) / (report[2] - report[0]) == pytest.approx(82)


def test_a_stage_that_took_almost_nothing_can_still_be_seen():
    _, (left, _, right, _) = areas(
        time_by_stage([StageBar("A", 900 * DAY, 0), StageBar("B", 1, 0)])
    )

    assert right - left >= 1


def test_each_point_carries_its_peak_and_fills_its_own_scale():
    figure = content()
    shared, own = areas(figure)

    assert {"Default", "peak 4.0 GB an hour", "LON", "peak 1.0 GB an hour"} <= set(texts(figure))
    assert {"4.0 GB", "1.0 GB"} <= set(texts(figure))
    assert shared[3] - shared[1] == pytest.approx(own[3] - own[1])
    assert shared[0] > own[0]


def test_hours_too_narrow_to_be_seen_are_drawn_by_the_busiest():
    strip = Strip("A", [1, 9] + [0] * 998)
    ((left, top, right, bottom),) = areas(content([strip], 1_000 * HOUR))

    assert bottom - top == pytest.approx(112 - 26 - 8)
    assert right - left >= 1
