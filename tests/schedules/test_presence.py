"""What recurs while a computer is on, compared with walking through every second."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.schedules.recurrence import ALWAYS_ON, Grid, Presence, Slots, WhileOn, catch_up
from tests.theory.walks import check_recurrence, first_on, on_at, slots_while_on

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
    return on_at(presence.spans(), time)


def occurrences(grid, presence):
    """Walk through every slot and every power-on; a missed slot is caught up once."""
    found = {time for time in range(grid.phase, LAST, grid.period) if is_on(presence, time)}
    made_up = set()
    for start, end in presence.spans():
        missed = grid.at_or_before(start - 1)
        if missed is None or missed in made_up or is_on(presence, missed):
            continue
        if start + delay(missed) < end:
            made_up.add(missed)
            found.add(start + delay(missed))
    return sorted(found)


@given(presences(), st.integers(-5, LAST + 5))
def test_a_computer_is_on_within_its_spans_and_next_on_at_the_first_second_of_one(presence, time):
    assert presence.is_on(time) == is_on(presence, time)
    later = [second for second in range(time, LAST) if is_on(presence, second)]
    assert presence.on_at_or_after(time) == (later[0] if later else None)
    assert first_on(presence.spans(), time) == (later[0] if later else None)


@given(presences(), st.integers(-5, LAST + 5))
def test_a_computer_that_is_on_goes_off_at_the_end_of_its_span(presence, time):
    ends = [end for start, end in presence.spans() if start <= time < end]
    assert presence.off_after(time) == (ends[0] if ends else None)


@given(presences(), st.integers(-5, LAST + 5))
def test_the_span_around_an_instant_and_the_last_before_it_are_found(presence, time):
    around = [(start, end) for start, end in presence.spans() if start <= time < end]
    assert presence.span_at(time) == (around[0] if around else None)
    later = [span for span in presence.spans() if time < span[1]]
    assert presence.span_from(time) == (later[0] if later else None)
    ended = [end for _, end in presence.spans() if end <= time]
    assert presence.last_on_before(time) == (ended[-1] if ended else None)


@pytest.mark.rule("TIM-1")
@pytest.mark.rule("TIM-2")
@given(grids, presences(), st.integers(-5, LAST + 5))
def test_slots_while_on_and_caught_up_ones_are_found_from_any_second(grid, presence, time):
    recurring = WhileOn(grid, presence, delay)
    expected = occurrences(grid, presence)
    assert recurring.at_or_after(time) == next((one for one in expected if one >= time), None)
    assert recurring.after(time) == next((one for one in expected if one > time), None)
    earlier = [one for one in expected if one <= time]
    assert recurring.at_or_before(time) == (earlier[-1] if earlier else None)


@pytest.mark.rule("TIM-1")
def test_many_missed_slots_are_caught_up_once():
    """Off from 100 to 200: of the slots at 130 and 170 one is caught up, 5 s after power-on."""
    presence = Presence(array("q", [0, 200]), array("q", [100, LAST]))
    recurring = WhileOn(Grid(90, 40), presence, lambda missed: 5 if missed == 170 else 0)
    assert [recurring.after(90), recurring.after(205), recurring.after(210)] == [205, 210, 250]
    assert recurring.at_or_before(209) == 205


@pytest.mark.rule("TIM-3")
@given(grids, presences(), st.integers(-5, LAST + 5))
def test_slots_that_are_not_caught_up_come_only_while_on(grid, presence, time):
    check_recurrence(Slots(grid, presence), slots_while_on(grid, presence.spans(), LAST), time)


def not_later(one, other):
    return other is None or (one is not None and one <= other)


@given(presences(), presences(), grids, st.integers(-5, LAST + 5))
def test_more_time_on_never_makes_anything_later(presence, more, grid, time):
    """Power-ons, slots, and what is due once and not caught up late."""
    both = joined(presence.spans() + more.spans())
    assert [both.is_on(s) for s in range(LAST)] == [
        presence.is_on(s) or more.is_on(s) for s in range(LAST)
    ]
    assert not_later(both.on_at_or_after(time), presence.on_at_or_after(time))
    assert not_later(Slots(grid, both).at_or_after(time), Slots(grid, presence).at_or_after(time))


def joined(spans):
    """Return a presence of spans that may overlap."""
    seconds = {second for start, end in spans for second in range(start, end)}
    starts = sorted(second for second in seconds if second - 1 not in seconds)
    ends = sorted(second + 1 for second in seconds if second + 1 not in seconds)
    return Presence(array("q", starts), array("q", ends))


@given(grids, presences() | st.just(ALWAYS_ON), st.integers(-5, LAST + 5))
def test_with_half_the_period_and_the_same_phase_no_slot_comes_later(fine, presence, time):
    coarse = Grid(fine.phase, 2 * fine.period)
    assert fine.at_or_after(time) <= coarse.at_or_after(time)
    assert fine.after(time) <= coarse.after(time)
    assert not_later(
        Slots(fine, presence).at_or_after(time), Slots(coarse, presence).at_or_after(time)
    )
    first, other = (WhileOn(grid, presence, lambda _: 3).at_or_after(0) for grid in (fine, coarse))
    assert not_later(first, other)


@given(grids, st.integers(0, LAST))
def test_a_computer_that_is_always_on_misses_nothing(grid, time):
    recurring = WhileOn(grid, ALWAYS_ON, delay)
    slots = Slots(grid, ALWAYS_ON)
    assert ALWAYS_ON.is_always_on
    assert ALWAYS_ON.span_at(time) == ALWAYS_ON.span_from(time) == (0, None)
    assert ALWAYS_ON.on_at_or_after(time) == time
    assert slots.at_or_after(time) == grid.at_or_after(time)
    assert slots.at_or_before(time) == grid.at_or_before(time)
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


@given(presences() | st.just(ALWAYS_ON), st.integers(-LAST, -1))
def test_before_the_start_nothing_is_on_and_what_is_next_is_the_first_span(presence, time):
    assert presence.span_at(time) is None
    assert not presence.is_on(time)
    assert presence.off_after(time) is None
    assert presence.last_on_before(time) is None
    assert presence.on_at_or_after(time) == presence.on_at_or_after(0)
