"""What differs from a baseline, in words."""

import math

import pytest

from sim.baselines.comparator import device_lines
from sim.baselines.drift import (
    Drift,
    Value,
    difference_lines,
    drift_line,
    value_text,
)
from sim.comparison.devices import DeviceEnd, pair_devices
from sim.text.numbers import amount_text
from sim.units import DAY, HOUR


@pytest.mark.parametrize(
    ("amount", "kind", "words"),
    [
        (0, "duration", "0 s"),
        (1, "duration", "1 s"),
        (DAY + HOUR, "duration", "1 d 1 h"),
        (-HOUR, "duration", "-1 h"),
        (1, "devices", "1 device"),
        (1_234_567, "devices", "1,234,567 devices"),
        (0.5, "percent", "0.5 points"),
        (100, "percent", "100 points"),
        (-0.00001, "percent", "0 points"),
        (0.95, "probability", "0.95"),
        (12.5, "number", "12.5"),
    ],
)
def test_an_amount_has_its_unit(amount, kind, words):
    assert amount_text(amount, kind) == words


def test_a_value_says_where_it_is_not_known_or_not_reached():
    assert value_text(Value(None), "percent") == "no data"
    assert value_text(Value(10.0 * DAY, is_beyond=True), "duration") == "not within 10 d"
    assert value_text(Value(95.25), "percent") == "95.25 %"


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((-1.5, 2.0), "-1.5 points to +2 points"),
        ((0.0, 0.0), "0 points to 0 points"),
        ((3.0, math.inf), "+3 points or more"),
        ((-math.inf, -3.0), "-3 points or less"),
        ((-math.inf, math.inf), "unknown"),
    ],
)
def test_an_interval_is_shown_with_its_open_ends(interval, words):
    drift = Drift(
        "x at end", "percent", "inconclusive", Value(1), Value(2), 0.5, interval, 4, "Why"
    )

    assert drift_line(drift) == (
        f"inconclusive: x at end: 1 % -> 2 %; allowed 0.5 points; "
        f"difference {words} over 4 replications; Why"
    )


def event(device="PC-1", **changes):
    usual = dict.fromkeys(("cause", "rule", "policy", "payload", "collection", "step"), "")
    return {**usual, "time": 90_061, "device": device, "event": "onboarded", **changes}


def test_the_first_difference_is_reported_by_both_sides():
    lines = list(difference_lines(event(), event(event="policy_failed", cause="workspace_missing",
                                                 rule="POL-3")))  # fmt: skip

    assert lines[0].startswith(
        "First difference: the baseline says after 1 d 1 h 1 min 1 s, PC-1: "
    )
    assert lines[1].startswith("  and this run says after 1 d 1 h 1 min 1 s, PC-1: ")
    assert lines[1].endswith(" [POL-3]")


def test_a_log_that_has_ended_and_an_event_of_the_plan_are_reported_as_such():
    ended, plan = difference_lines(None, event("", event="gate_opened", step="broad", time=0))

    assert ended == "First difference: the baseline says nothing more: its log ends here"
    assert plan.startswith("  and this run says after 0 s, the plan: ")
    assert plan.endswith(" (broad)")


def test_no_name_steers_a_terminal():
    lines = list(difference_lines(event("a\x1b[31m\n"), event(step="\x07", device="")))

    assert all(line.isprintable() for line in lines)


def ends(*rows):
    return tuple(DeviceEnd(name, status, cause, None) for name, status, cause in rows)


def test_more_ways_than_can_be_reported_are_counted():
    causes = ["clock_skew", "dotnet_missing", "install_failed", "network_blocked", "client_broken",
              "client_inactive", "agent_outdated", "antivirus_disabled", "antivirus_outdated",
              "restart_pending"]  # fmt: skip
    before = ends(*((f"PC-{n}", "onboarded", "") for n in range(len(causes))))
    after = ends(*((f"PC-{n}", "failed", cause) for n, cause in enumerate(causes)))

    lines = list(device_lines(pair_devices(before, after)))

    assert lines[0] == "1 device onboarded -> failed (client_inactive): PC-5"
    assert len(lines) == 9
    assert lines[-1] == "2 devices changed in 2 more ways"


def test_where_no_device_ended_otherwise_it_says_so():
    same = ends(("PC-1", "onboarded", ""))

    assert list(device_lines(pair_devices(same, same))) == ["No device ended differently."]
