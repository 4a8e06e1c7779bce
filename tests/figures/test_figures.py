"""The pictures: the same bytes each time, direct labels, and nothing lost at the edges."""

import warnings
from dataclasses import replace

import pandas as pd
import pytest

from sim.figures.axes import (
    COLOURS,
    MAX_POINTS,
    TimeFrame,
    inline_svg,
    series,
    share_series,
    svg,
    thinned,
    tick_text,
    tick_times,
    value_at,
)
from sim.figures.lines import failures_by_cause, health_tiles_over_time, onboarding_over_time
from sim.figures.panels import onboarding_by_part
from sim.units import DAY, HOUR, MINUTE
from tests.report.sample import HORIZON, START, measures

FRAME = TimeFrame(START, HORIZON)


def onboarding(frame=None, steps=((DAY, "pilot"),)):
    shown = measures() if frame is None else frame
    return onboarding_over_time(shown, replace(FRAME, steps=steps))


def health(frame=None):
    shown = measures() if frame is None else frame
    return health_tiles_over_time(shown, FRAME)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize(
    "draw", [onboarding, health, lambda: failures_by_cause({"network_blocked": 3})]
)
def test_a_picture_is_the_same_bytes_each_time(draw):
    first = svg(draw())

    assert first == svg(draw())
    assert "date" not in first.lower()


def test_saving_a_picture_twice_changes_nothing():
    figure = onboarding()

    assert svg(figure) == svg(figure)


def test_the_users_own_settings_do_not_change_a_picture():
    import matplotlib

    expected = svg(onboarding())
    with matplotlib.rc_context({"lines.linewidth": 9, "axes.grid": True, "font.size": 30}):
        assert svg(onboarding()) == expected


def test_the_lines_and_bands_of_onboarding_carry_their_names_and_last_values():
    shown = texts(onboarding())

    assert "device 85.1 %" in shown
    assert "reported to the site\n85.1 %" in shown
    assert "portal 85.1 %" in shown
    assert "failed 11.6 %" in shown
    assert "waiting 1.6 %" in shown


def test_steps_of_the_plan_are_marked_on_the_time_axis():
    assert "pilot" in texts(onboarding())


def test_a_step_named_like_a_formula_is_drawn_as_it_is_written():
    assert r"$\frac$" in svg(onboarding(steps=[(DAY, r"$\frac$")]))


def test_no_measures_leave_an_empty_picture_with_its_axes():
    empty = measures()[:0]

    assert texts(onboarding(frame=empty, steps=())) == []
    assert texts(health(empty)) == []


def test_nothing_eligible_leaves_no_bands():
    frame = measures(eligible=0)
    frame = frame[frame["measure"] != "coverage_pct"]

    assert texts(onboarding(frame=frame, steps=())) == []


def test_nothing_onboarded_is_drawn_at_the_bottom():
    frame = measures()
    frame.loc[frame["measure"] == "coverage_pct", "value"] = 0.0

    assert "device 0 %" in texts(onboarding(frame=frame))


def failing(most, until, coverage=60.0):
    """Return measures of a failure that is gone at the end."""
    frame = measures()
    failed, covered = frame["measure"] == "failed", frame["measure"] == "coverage_pct"
    frame.loc[failed, "value"] = (frame["time"] < until) * float(most)
    frame.loc[covered, "value"] = coverage
    return frame


@pytest.mark.parametrize(
    ("frame", "height"),
    [
        (failing(386, 20 * DAY), 60 + 386 / 19.32 / 2),
        (failing(100, 20 * DAY), 60),
        (failing(100, 20 * DAY, coverage=0.0), 100 / 19.32),
    ],
    ids=["inside", "below", "above"],
)
def test_a_band_that_is_gone_at_the_end_is_named_where_it_was(frame, height):
    figure = onboarding(frame=frame)
    (name,) = [text for text in figure.axes[0].texts if "failed" in text.get_text()]

    assert name.get_text().startswith("failed ")
    assert name.xy[1] == pytest.approx(height, abs=0.1)


@pytest.mark.parametrize("frame", [failing(386, DAY), failing(2, 20 * DAY)], ids=["brief", "thin"])
def test_a_band_too_small_for_a_name_has_none(frame):
    assert not any("failed" in text for text in texts(onboarding(frame=frame)))


def test_a_tile_without_computers_at_the_end_has_no_label():
    frame = measures()
    frame.loc[frame["measure"] == "inactive_pct", "value"] = 0.0

    assert not any("inactive" in text for text in texts(health(frame)))


def test_failures_stand_biggest_first_with_their_numbers():
    figure = failures_by_cause(
        {"clock_skew": 2, "install_failed": 1200}, titles={"clock_skew": "Clock"}
    )
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]

    assert labels == ["Install failed", "Clock"]
    assert texts(figure) == ["1,200", "2"]


def test_no_failures_are_said_in_words():
    assert texts(failures_by_cause({})) == ["Nothing is held back"]


def test_health_names_each_tile_that_holds_a_computer():
    assert texts(health()) == [
        "healthy 84.8 %",
        "inactive 2.7 %",
        "agent state 1.1 %",
        "gauge 88.6 %",
        "not onboarded\n11.4 %",
    ]


def test_the_steps_of_the_plan_are_marked_on_the_dashboard():
    figure = health_tiles_over_time(measures(), replace(FRAME, steps=[(DAY, "pilot")]))

    assert "pilot" in texts(figure)


def test_the_gauge_is_the_border_below_those_that_are_not_onboarded():
    axes = health().axes[0]
    (gauge,) = [line for line in axes.lines if line.get_color() == COLOURS["ink"]]
    *_, below, last = (band.get_paths()[0].vertices for band in axes.collections)

    assert len(axes.collections) == 4
    drawn = list(zip(*map(list, gauge.get_data()), strict=True))
    for time, value in drawn:
        for border in (below, last):
            heights = border[border[:, 0] == time][:, 1]
            assert any(height == pytest.approx(value) for height in heights)
    assert last[:, 1].max() == pytest.approx(100)


def test_an_inline_picture_is_named_described_and_apart_from_others():
    drawing = inline_svg(onboarding(), key="k", title="A < B", description="C & D")

    assert drawing.startswith("<svg ")
    assert drawing.endswith("</svg>")
    assert '<title id="k-title">A &lt; B</title><desc id="k-desc">C &amp; D</desc>' in drawing
    assert "xmlns" not in drawing
    assert not any(colour in drawing for colour in COLOURS.values())


def test_a_series_has_one_measure_one_view_one_label_and_no_gaps():
    frame = pd.DataFrame(
        [
            (3600, "failed", "device", "", 2.0),
            (0, "failed", "device", "", None),
            (3600, "failed", "device", "cause=clock_skew", 1.0),
            (3600, "failed", "console", "", 9.0),
        ],
        columns=["time", "measure", "view", "label", "value"],
    )

    assert series(frame, "failed", "device").to_dict() == {3600: 2.0}
    assert series(frame, "failed", "device", "cause=clock_skew").to_dict() == {3600: 1.0}


def test_a_share_of_no_devices_has_no_value():
    frame = pd.DataFrame(
        [(0, "failed", "device", "", 0.0), (0, "eligible", "device", "", 0.0)],
        columns=["time", "measure", "view", "label", "value"],
    )

    assert share_series(frame, "failed", "device").empty


@pytest.mark.parametrize("length", [0, 1, MAX_POINTS, MAX_POINTS + 1, 10_000])
def test_thinning_keeps_the_last_value_and_few_enough_points(length):
    values = pd.Series(range(length), dtype="float64")
    kept = thinned(values)

    assert len(kept) <= MAX_POINTS + 1
    assert kept.iloc[-1:].to_dict() == values.iloc[-1:].to_dict()


def test_a_value_holds_until_the_next():
    values = pd.Series([1.0, 2.0], index=[10, 20])

    assert [value_at(values, time) for time in (9, 10, 19, 20, 99)] == [None, 1.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize("horizon", [MINUTE, HOUR, DAY, 60 * DAY, 10 * 365 * DAY])
def test_ticks_are_few_and_start_at_zero(horizon):
    times = tick_times(horizon, 8)

    assert times[0] == 0
    assert len(times) <= 12


def test_ticks_name_elapsed_time_and_calendar():
    assert tick_text(START, 7 * DAY) == "day 7\n9 Mar"
    assert tick_text(START, 6 * HOUR) == "6 h\n06:00"
    assert tick_text(START, 30 * MINUTE) == "30 min\n00:30"


def test_letters_that_a_font_lacks_are_no_warning_and_stay_letters():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing = svg(onboarding_by_part([("Pilöt 日本", (0.0, 1.0))], (0.0, 1.0), FRAME))
        marked = svg(onboarding(steps=[(DAY, "日本")]))

    assert "日本" in drawing
    assert "日本" in marked
