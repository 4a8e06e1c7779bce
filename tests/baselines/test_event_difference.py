"""The first event in which two logs differ."""

import time
from itertools import zip_longest

import numpy as np
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.baselines.drift import first_difference
from sim.eventlog import COLUMNS


def row(at, device="A", event="onboarded", **changes):
    return {**dict.fromkeys(COLUMNS, ""), "time": at, "device": device, "event": event} | changes


def table(rows, encoded=True):
    columns = {}
    for name in COLUMNS:
        kind = pyarrow.int64() if name == "time" else pyarrow.string()
        column = pyarrow.array([one[name] for one in rows], kind)
        columns[name] = column.dictionary_encode() if encoded and name != "time" else column
    return pyarrow.table(columns)


ROWS = [row(1), row(2, "B"), row(2, "C", "onboarding_failed", cause="workspace_missing")]


@pytest.mark.parametrize("encoded", [True, False])
def test_equal_logs_do_not_differ_however_they_are_encoded(encoded):
    assert first_difference(table(ROWS), table(ROWS, encoded)) is None
    assert first_difference(table([]), table([], encoded)) is None


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_difference_in_any_column_is_found(name, place):
    changed = [dict(one) for one in ROWS]
    changed[place][name] = 99 if name == "time" else "other"

    assert first_difference(table(ROWS), table(changed)) == (ROWS[place], changed[place])


def test_of_several_differences_the_first_is_reported():
    changed = [ROWS[0], row(2, "X"), row(9, "Y")]

    assert first_difference(table(ROWS), table(changed)) == (ROWS[1], changed[1])


def test_a_log_that_ends_earlier_has_nothing_to_say():
    assert first_difference(table(ROWS), table(ROWS[:2])) == (ROWS[2], None)
    assert first_difference(table(ROWS[:1]), table(ROWS)) == (None, ROWS[1])
    assert first_difference(table([]), table(ROWS)) == (None, ROWS[0])


EVENTS = st.lists(st.builds(row, st.integers(0, 2), st.sampled_from("AB")), max_size=5)


@given(EVENTS, EVENTS)
def test_it_is_what_walking_through_both_would_find(before, after):
    pairs = zip_longest(before, after)
    expected = next((pair for pair in pairs if pair[0] != pair[1]), None)

    assert first_difference(table(before), table(after)) == expected


@pytest.mark.benchmark
def test_a_million_events_take_seconds_at_most():
    count = 1_000_000
    columns = {"time": pyarrow.array(np.arange(count))}
    for place, name in enumerate(COLUMNS[1:]):
        words = [f"{name}-{number}" for number in range(100_000 if name == "device" else 30)]
        codes = (np.arange(count) * (place + 7)) % len(words)
        columns[name] = pyarrow.DictionaryArray.from_arrays(codes.astype(np.int32), words)
    log = pyarrow.table(columns)

    begun = time.perf_counter()
    assert first_difference(log, log.slice(0, count - 1))[1] is None
    assert time.perf_counter() - begun < 10
