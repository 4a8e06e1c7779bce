"""The clock: recurring instants by pure arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.schedules.recurrence import Grid

grids = st.builds(Grid, st.integers(0, 10**6), st.integers(1, 10**6))
times = st.integers(-(10**6), 10**8)


def is_instant(grid, time):
    """Return whether a time is phase + k * period with k = 0, 1, 2 ..."""
    return time >= grid.phase and (time - grid.phase) % grid.period == 0


@given(grids, times)
def test_at_or_after_is_the_first_instant_not_before(grid, time):
    found = grid.at_or_after(time)

    assert is_instant(grid, found)
    assert found >= time
    assert found == grid.phase or found - grid.period < time
    assert grid.at_or_after(found) == found


@given(grids, times)
def test_after_is_strictly_after(grid, time):
    found = grid.after(time)

    assert is_instant(grid, found)
    assert found > time
    assert found == grid.phase or found - grid.period <= time


@given(grids, times)
def test_at_or_before_is_the_last_instant_not_after(grid, time):
    found = grid.at_or_before(time)

    if found is None:
        assert time < grid.phase
    else:
        assert is_instant(grid, found)
        assert found <= time < found + grid.period
        assert grid.at_or_before(found) == found


@given(grids, st.integers(0, 1000))
def test_walking_a_grid_misses_nothing_and_repeats_nothing(grid, number):
    time = grid.phase + number * grid.period

    assert grid.after(time) == time + grid.period
    assert grid.at_or_after(time) == grid.at_or_before(time) == time
    assert grid.at_or_before(grid.after(time) - 1) == time


@pytest.mark.rule("TIM-1")
@pytest.mark.parametrize(
    ("time", "expected"), [(-5, 600), (0, 600), (600, 600), (601, 4200), (4200, 4200)]
)
def test_a_poll_every_hour(time, expected):
    assert Grid(600, 3600).at_or_after(time) == expected
