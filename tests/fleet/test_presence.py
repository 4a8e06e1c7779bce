"""What recurs while a computer is on, held against walking through every second."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from sim.fleet.presence import ALWAYS_ON, Presence, WhileOn, catch_up
from sim.fleet.schedules import Grid

LAST = 300


@st.composite
def presences(draw):
    cuts = sorted(draw(st.sets(st.integers(0, LAST - 1), max_size=16)))
    cuts = cuts[: len(cuts) // 2 * 2]
    return Presence(array("q", cuts[::2]), array("q", cuts[1::2]))


grids = st.builds(Grid, st.integers(0, 9), st.integers(1, 30))


def delay(missed):
    return 1 + missed * 7 % 5


def is_on(presence, time):
    return any(start <= time < end for start, end in presence.spans())


def occurrences(grid, presence):
    """Walk through every slot and every power-on."""
    found = {time for time in range(grid.phase, LAST, grid.period) if is_on(presence, time)}
    for start, end in presence.spans():
        missed = grid.at_or_before(start - 1)
        if missed is not None and not is_on(presence, missed):
            found |= {start + delay(missed)} if start + delay(missed) < end else set()
    return sorted(found)


@given(presences(), st.integers(-5, LAST + 5))
def test_a_computer_is_on_within_its_spans_and_next_on_at_the_first_second_of_one(presence, time):
    assert presence.is_on(time) == is_on(presence, time)
    later = [second for second in range(time, LAST) if is_on(presence, second)]
    assert presence.on_at_or_after(time) == (later[0] if later else None)


@given(presences(), st.integers(-5, LAST + 5))
def test_a_computer_that_is_on_goes_off_at_the_end_of_its_span(presence, time):
    ends = [end for start, end in presence.spans() if start <= time < end]
    assert presence.off_after(time) == (ends[0] if ends else None)


@given(grids, presences(), st.integers(-5, LAST + 5))
def test_slots_while_on_and_caught_up_ones_are_found_from_any_second(grid, presence, time):
    recurring = WhileOn(grid, presence, delay)
    expected = occurrences(grid, presence)
    assert recurring.at_or_after(time) == next((one for one in expected if one >= time), None)
    assert recurring.after(time) == next((one for one in expected if one > time), None)
    earlier = [one for one in expected if one <= time]
    assert recurring.at_or_before(time) == (earlier[-1] if earlier else None)


@given(grids, st.integers(0, LAST))
def test_a_computer_that_is_always_on_misses_nothing(grid, time):
    recurring = WhileOn(grid, ALWAYS_ON, delay)
    assert ALWAYS_ON.is_always_on
    assert ALWAYS_ON.is_on(time)
    assert ALWAYS_ON.off_after(time) is None
    assert ALWAYS_ON.last_on_before(time) is None
    assert recurring.at_or_after(time) == grid.at_or_after(time)
    assert recurring.at_or_before(time) == grid.at_or_before(time)


@given(presences(), st.integers(0, LAST), st.integers(1, 40))
def test_what_is_due_while_off_happens_after_the_first_power_on_that_is_long_enough(
    presence, due, wait
):
    if is_on(presence, due):
        expected = due
    else:
        late = [s + wait for s, e in presence.spans() if s > due and s + wait < e]
        expected = late[0] if late else None
    assert catch_up(presence, due, wait) == expected


def test_what_is_due_on_a_computer_that_is_always_on_happens_when_it_is_due():
    assert catch_up(ALWAYS_ON, 17, 5) == 17
