"""The shipped assumptions meet the published field reports, at a confidence of 99 %.

Six seeds of 20,000 devices for each estate; the whole interval (Student's t) must lie inside the
range. Chance in a run comes mostly from the blocked locations, which are the same in all
replications of a fleet. So each seed is a fleet of its own. The share of blocked devices, whose
expected value is the assumption, is a control variate: devices blocked in excess count as
onboarded in the proportion of all others (a coefficient of -1 or a little less). The share of
clients that do not work is another one; it narrows the interval of the unknown share. Without the
two, the interval of the default estate would be twenty times as wide.
"""

import pytest

from tools.calibration import DEFAULT, HEALTHY, PAGE, RANGES, bases, measured, tuned

DAYS = (1, 7, 14, 21, 30, 45)


@pytest.fixture(scope="module")
def found():
    """Return what is measured, by estate, share and day."""
    return {
        (estate.name, what, day): interval
        for estate in (HEALTHY, DEFAULT)
        for (what, day), interval in measured(estate, DAYS).items()
    }


@pytest.mark.parametrize(("estate", "what", "day"), RANGES)
def test_the_curves_meet_the_field_reports(found, estate, what, day):
    low, high = RANGES[estate, what, day]
    interval = found[estate, what, day]

    assert interval.half < (high - low) / 2  # a test that can tell something
    assert low <= interval.low, interval
    assert interval.high <= high, interval


def test_the_page_lists_the_assumptions_of_today():
    """What was adjusted, and how many assumptions each source has."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()

    assert [line for line in (*tuned(), *bases()) if line not in lines] == []


def test_the_page_says_what_is_measured(found):
    """To the confidence it states: after a change that moves the curves, write the page again."""
    rows = [line.split("|")[1:] for line in PAGE.read_text(encoding="utf-8").splitlines()]
    on_page = {
        (row[1].strip(), what, int(row[0])): float(cell.strip(" *").split(" ±")[0])
        for row in rows
        if len(row) > 4 and row[0].strip().isdigit()
        for what, cell in zip(("onboarded", "unknown", "failed"), row[2:5], strict=True)
    }
    for key, interval in found.items():
        assert on_page[key] == pytest.approx(interval.mean, abs=max(interval.half, 0.1)), key
