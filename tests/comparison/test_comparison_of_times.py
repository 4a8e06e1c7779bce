"""When a level was reached in two runs: more often comes before earlier."""

import pytest

from sim.comparison.comparison import TimeToGoal
from sim.comparison.estimates import estimate

DAY = 86400.0


def reached(*pairs):
    """Return the times to a level of pairs of replications [days]; None where not reached."""
    times = [tuple(None if t is None else t * DAY for t in pair) for pair in pairs]
    sides = list(zip(*times, strict=True))
    means = [[t for t in side if t is not None] for side in sides]
    a, b = (sum(side) / len(side) if side else None for side in means)
    return TimeToGoal(90, estimate(times), a, b, len(means[0]), len(means[1]), len(times))


def test_a_run_that_reaches_it_in_fewer_replications_is_not_better_for_being_earlier_there():
    """B is a day earlier in three of ten; in the others it never gets there."""
    rare = reached(*[(20 + n / 10, 19 + n / 9) for n in range(3)], *[(20.0, None)] * 7)

    assert rare.times.sign == -1
    assert rare.sign == 0
    never = reached(*[(20.0, None)] * 10)
    assert never.sign == -1


def test_one_replication_more_says_nothing_about_twenty_and_everything_of_one():
    assert reached((None, 20.0), *[(None, None)] * 19).sign == 0
    assert reached((None, 20.0)).sign == 1
    assert reached((20.0, None)).sign == -1


@pytest.mark.parametrize(("earlier", "sign"), [(1.0, 1), (-1.0, -1), (0.0, 0)])
def test_where_both_reach_it_always_the_earlier_is_better(earlier, sign):
    assert reached(*[(20 + n / 7, 20 - earlier + n / 7) for n in range(8)]).sign == sign


def test_the_mean_is_of_all_in_which_a_run_reached_it():
    found = reached((10.0, 8.0), (20.0, None), (30.0, None))

    assert found.a == 20 * DAY
    assert found.b == 8 * DAY
    assert found.times.difference == -2 * DAY
