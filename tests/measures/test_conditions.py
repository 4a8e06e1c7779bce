"""Gates: conditions on what the console shows now, followed from instant to instant."""

import pytest

from sim.eventlog import LogWriter
from sim.language.expressions import parse_gate
from sim.measures.conditions import Watch
from sim.measures.tally import LiveTally
from tests.measures.handmade import ANY, Handmade, device, series


def held(text, *values):
    """Return at which of the hours a gate holds, its one series having these values."""
    watch = Watch(parse_gate(text, ANY))
    return [watch.holds(hour * 3600, lambda _, v=value: v) for hour, value in enumerate(values)]


def test_a_comparison_is_met_while_it_is_true():
    assert held("onboarded >= 2", 1, 2, 3, 1) == [False, True, True, False]


def test_for_a_duration_it_is_met_once_it_was_true_at_every_instant_that_long():
    assert held("onboarded >= 2 for 2 h", 2, 2, 2, 1, 2, 2, 2, 2) == [
        *(False, False, True, False),
        *(False, False, True, True),
    ]


def test_without_data_it_is_never_met_and_a_hold_begins_again():
    assert held("onboarded_pct >= 0", None, 0) == [False, True]
    assert held("onboarded_pct < 100", None) == [False]
    assert held("onboarded_pct != 5 for 1 h", 1, None, 1, 1) == [False, False, False, True]
    assert held("onboarded_pct + 1 >= 0", None) == [False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("onboarded >= 2 and onboarded < 4", [False, True, False]),
        ("onboarded < 2 or onboarded >= 4", [True, False, True]),
        ("onboarded >= 2 for 1 h and onboarded >= 0 for 2 h", [False, False, True]),
        ("onboarded >= 9 or onboarded >= 0 for 2 h", [False, False, True]),
        ("onboarded - 1 == 1", [False, True, False]),
        ("onboarded + onboarded <= 4", [True, True, False]),
    ],
)
def test_conditions_combine_and_each_comparison_keeps_its_own_time(text, expected):
    assert held(text, 1, 2, 4) == expected


def test_a_live_tally_keeps_what_lies_ahead_until_its_time_has_come():
    made = Handmade(device("pc"))
    live = LiveTally(made.device_table, made.writer)
    made.target(0, "pc").onboard(100, "pc")
    found = []
    for now in (0, 100, 101, 110, 111):
        live.advance(now)
        found.append((live.current(series("device.onboarded")), live.current(series("onboarded"))))

    assert found == [(0, 0), (0, 0), (1, 0), (1, 0), (1, 1)]


def test_a_live_tally_sees_what_the_site_does_in_the_second_of_the_gate():
    made = Handmade(device("pc"))
    live = LiveTally(made.device_table, made.writer)
    live.advance(60)
    made.target(60, "pc")
    before = live.current(series("targeted"))
    live.advance(60)

    assert (before, live.current(series("targeted"))) == (0, 1)
    assert live.current(series("onboarded_pct{os=windows-7}")) is None


def test_rows_at_or_after_the_horizon_are_not_taken():
    made = Handmade(device("pc"), horizon=100)
    assert isinstance(made.writer, LogWriter)

    assert len(made.target(99, "pc").target(100, "pc").finish()) == 1


@pytest.mark.rule("OS-3")
def test_a_live_tally_lets_support_end_without_any_row():
    made = Handmade(device("pc", support_ends=500), device("other"))
    live = LiveTally(made.device_table, made.writer)
    found = []
    for now in (499, 500):
        live.advance(now)
        found.append(live.current(series("device.eligible")))

    assert found == [2, 1]
