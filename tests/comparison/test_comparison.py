"""Differences between two runs: estimates with intervals, measures over time, paired devices."""

from dataclasses import astuple

import numpy as np
import pytest

from sim.comparison.devices import DeviceEnd, pair_devices
from sim.comparison.estimates import (
    MeasureGrid,
    SeriesKey,
    common_instants,
    estimate,
    measure_differences,
    ordered_keys,
)

FAILED = SeriesKey("failed", "device", "")
BY_CAUSE = SeriesKey("failed", "device", "cause=workspace_missing")
SHARE = SeriesKey("failed_pct", "device", "")
SHARE_BY_CAUSE = SeriesKey("failed_pct", "device", "cause=workspace_missing")
IN_PILOT = SeriesKey("failed", "device", "collection=Pilot")


def test_the_interval_of_a_mean_difference_is_students():
    one = estimate([(10, 11), (20, 22), (30, 33)])

    assert (one.a, one.b, one.difference, one.pairs) == (20, 22, 2, 3)
    assert one.high - one.difference == pytest.approx(4.302653 / 3**0.5, abs=1e-6)
    assert one.low == pytest.approx(2 - 2.484138, abs=1e-6)
    assert one.sign == 0


def test_a_difference_that_is_always_the_same_is_known_exactly():
    one = estimate([(10, 12), (20, 22)])

    assert (one.low, one.high, one.sign) == (2, 2, 1)


def test_an_interval_of_points_ends_where_percentages_do():
    wide = estimate([(0, 1), (0, 99)])
    assert wide.low < -100
    assert wide.high > 100
    assert (wide.in_points().low, wide.in_points().high) == (-100, 100)
    assert estimate([(0, 8)]).in_points() == estimate([(0, 8)])

    instants = [0]
    pairs = [
        (grid(instants, SHARE=[0], FAILED=[0]), grid(instants, SHARE=[n], FAILED=[n]))
        for n in (1, 99)
    ]
    found = measure_differences((SHARE, FAILED), np.array(instants), pairs)
    assert (found.at(0, 0).low, found.at(0, 0).high) == (-100, 100)
    assert found.at(1, 0).high > 100


def test_one_pair_has_a_difference_and_no_interval():
    one = estimate([(10, 8)])

    assert (one.difference, one.low, one.high, one.sign) == (-2, None, None, -1)


def test_what_has_no_data_on_a_side_has_no_difference():
    assert estimate([(1, None)]) == estimate([(1, None), (None, None)])
    assert estimate([(1, None)]).difference is None
    assert (estimate([(1, None)]).a, estimate([(1, None)]).b) == (1, None)
    assert estimate([(1, None), (3, 5)]).pairs == 1
    assert estimate([(1, None), (3, 5)]).a == 3


def grid(instants, **lines):
    """Return a grid of series by their names in this module."""
    keys = tuple(globals()[name] for name in lines)
    values = np.array([list(line) for line in lines.values()], dtype=float)
    return MeasureGrid(keys, np.array(instants, dtype=np.int64), values)


def differences(*pairs):
    keys = ordered_keys(key for pair in pairs for side in pair for key in side.keys)
    instants = common_instants(side.instants for pair in pairs for side in pair)
    return measure_differences(keys, instants, pairs)


def line(found, key, name):
    return getattr(found, name)[found.keys.index(key)].tolist()


def test_measures_are_compared_at_the_instants_that_both_recorded():
    found = differences(
        (grid([0, 60, 120], FAILED=[1, 2, 3]), grid([0, 120, 240], FAILED=[1, 5, 9]))
    )

    assert found.instants.tolist() == [0, 120]
    assert line(found, FAILED, "difference") == [0, 2]
    assert found.end == 120


def test_a_cause_that_a_run_never_recorded_counts_as_none_where_the_measure_has_data():
    nan = float("nan")
    a = grid([0, 60], FAILED=[0, 0], SHARE=[nan, 0])
    b = grid([0, 60], FAILED=[0, 4], SHARE=[nan, 40], BY_CAUSE=[0, 4], SHARE_BY_CAUSE=[nan, 40])
    found = differences((a, b))

    assert line(found, BY_CAUSE, "difference") == [0, 4]
    assert line(found, SHARE_BY_CAUSE, "a")[1] == 0
    assert line(found, SHARE_BY_CAUSE, "difference")[1] == 40
    assert np.isnan(line(found, SHARE_BY_CAUSE, "difference")[0])


def test_a_collection_that_a_run_does_not_have_has_no_data_there():
    found = differences((grid([0], FAILED=[2]), grid([0], FAILED=[2], IN_PILOT=[1])))

    point = found.at(found.keys.index(IN_PILOT), 0)
    assert (point.a, point.b, point.difference, point.pairs) == (None, 1, None, 0)
    assert found.largest(found.keys.index(IN_PILOT)) is None


def test_over_replications_each_instant_has_its_mean_and_its_interval():
    found = differences(
        (grid([0, 60], FAILED=[0, 10]), grid([0, 60], FAILED=[0, 11])),
        (grid([0, 60], FAILED=[0, 20]), grid([0, 60], FAILED=[0, 22])),
        (grid([0, 60], FAILED=[0, 30]), grid([0, 60], FAILED=[0, 33])),
    )

    expected = estimate([(10, 11), (20, 22), (30, 33)])
    assert astuple(found.at_end(FAILED)) == pytest.approx(astuple(expected))
    assert found.at(0, 0).low == 0


def test_the_largest_difference_is_the_first_of_several():
    found = differences(
        (grid([0, 60, 120], FAILED=[0, 5, 0]), grid([0, 60, 120], FAILED=[1, 2, 3]))
    )

    assert found.largest(0) == 1


def test_data_missing_alike_is_the_same_and_missing_on_one_side_is_not():
    nan = float("nan")
    one, other = grid([0], SHARE=[nan]), grid([0], SHARE=[1.0])

    assert differences((one, one)).is_same
    assert not differences((one, other)).is_same


def ends(*rows):
    return [DeviceEnd(*row) for row in rows]


def test_devices_are_paired_by_name_whatever_its_case():
    pairs = pair_devices(
        ends(("PC-1", "onboarded", "", 10), ("only-a", "waiting", "awaiting_policy", None)),
        ends(("pc-1", "onboarded", "", 10), ("only-b", "onboarded", "", 5)),
    )

    assert (pairs.in_both, pairs.only_a, pairs.only_b) == (1, ("only-a",), ("only-b",))
    assert pairs.same_time == 1
    assert not pairs.is_same


def test_changes_are_counted_by_both_causes_the_most_frequent_first():
    pairs = pair_devices(
        ends(
            *((f"d{n}", "onboarded", "", 10) for n in range(4)), ("e", "failed", "clock_skew", None)
        ),
        ends(
            ("d0", "failed", "workspace_missing", None),
            ("d1", "waiting", "awaiting_policy", None),
            ("d2", "failed", "workspace_missing", None),
            ("d3", "onboarded", "", 10),
            ("e", "failed", "network_blocked", None),
        ),
    )

    assert [(one.after, one.cause_after, one.names) for one in pairs.changes] == [
        ("failed", "workspace_missing", ("d0", "d2")),
        ("waiting", "awaiting_policy", ("d1",)),
    ]
    assert [(one.cause_before, one.cause_after) for one in pairs.cause_changes] == [
        ("clock_skew", "network_blocked")
    ]
    assert pairs.no_longer_onboarded == ("d0", "d1", "d2")
    assert pairs.newly_onboarded == ()
    assert pairs.changed == 3


def test_how_much_later_is_reported_by_percentiles_and_by_the_largest_first():
    a = ends(*((f"d{n}", "onboarded", "", 100) for n in range(1, 6)))
    b = ends(*((f"d{n}", "onboarded", "", 100 + 10 * n) for n in range(1, 6)))
    later = pair_devices(a, b).later

    assert [one.name for one in later.devices] == ["d5", "d4", "d3", "d2", "d1"]
    assert [later.size(at) for at in (10, 50, 90, 100)] == [14, 30, 46, 50]
    assert pair_devices(b, a).earlier.size(90) == 46
    assert pair_devices(a, a).later.size(50) is None


def test_a_time_of_onboarding_in_one_run_only_is_a_difference():
    pairs = pair_devices(ends(("d", "offboarded", "", 5)), ends(("d", "offboarded", "", None)))

    assert pairs.timed_once == 1
    assert not pairs.is_same
