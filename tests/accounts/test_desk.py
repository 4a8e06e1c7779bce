"""The support desk's account: how tickets end, how long they wait, how busy technicians are."""

import numpy as np
import pytest

from sim.accounts.desk import Times, desk_account, tickets
from sim.measures.series import SeriesReader
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.scenario.model import SupportDesk
from sim.schedules.local_days import DeskHours
from sim.units import DAY, HOUR, WEEK
from tests.measures.handmade import Handmade, device, series

DESK = SupportDesk(technicians=2, repairs={"client_broken": "3 h", "clock_skew": "1 h"})
HOURS = DeskHours(
    starts=tuple(day * DAY + 8 * HOUR for day in range(14)),
    ends=tuple(day * DAY + 12 * HOUR for day in range(14)),
)
"""Four hours a day, from eight on, for two weeks."""
NAMES = ("A", "B", "C", "D", "E")


def handmade(*rows, horizon=2 * WEEK):
    log = Handmade(*map(device, NAMES), horizon=horizon)
    for time, name, event, *cause in rows:
        log.log(time, name, event, cause=cause[0] if cause else "")
    return log.finish()


def account(*rows, desk=DESK, horizon=2 * WEEK):
    return desk_account(handmade(*rows, horizon=horizon), desk, HOURS)


NINE = 9 * HOUR
EACH_WAY = (
    (HOUR, "A", "ticket_opened", "client_broken"),
    (HOUR, "B", "ticket_opened", "client_broken"),
    (HOUR, "C", "ticket_opened", "clock_skew"),
    (HOUR, "D", "ticket_opened", "clock_skew"),
    (HOUR, "E", "ticket_opened", "client_broken"),
    (NINE, "A", "ticket_taken", "client_broken"),
    (NINE, "C", "ticket_taken", "clock_skew"),
    (NINE, "B", "ticket_closed", "client_broken"),
    (NINE + 3 * HOUR, "A", "remediated", "client_broken"),
)


def test_every_ticket_ends_in_one_of_five_ways():
    (opened, name, *rest), *others = EACH_WAY
    again = (DAY, name, *rest), (DAY + NINE, name, "ticket_taken", "client_broken")
    found = account((opened, name, *rest), *others, *again, (2 * DAY, name, "ticket_closed")).all

    assert (found.opened, found.taken) == (6, 3)
    assert (found.repaired, found.not_found, found.closed) == (1, 1, 1)
    assert (found.in_work, found.waiting) == (1, 2)


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("end", ["ticket_closed", "retired"])
def test_a_ticket_that_a_technician_took_is_never_closed_without_work(end):
    """The computer was not found, or was gone before the work was done: the time is spent."""
    found = account(
        (HOUR, "A", "ticket_opened", "client_broken"),
        (NINE, "A", "ticket_taken", "client_broken"),
        (NINE + 2 * HOUR, "A", end),
    ).all

    assert (found.not_found, found.closed, found.repaired) == (1, 0, 0)
    assert found.worked == 3 * HOUR


def test_each_cause_has_an_account_of_its_own_in_the_order_of_the_closed_list():
    found = account(*EACH_WAY).by_cause

    assert list(found) == ["client_broken", "clock_skew"]
    assert (found["client_broken"].opened, found["client_broken"].repaired) == (3, 1)
    assert (found["clock_skew"].opened, found["clock_skew"].in_work) == (2, 1)


def test_a_ticket_waits_from_opened_to_taken_and_turns_around_when_the_repair_takes_effect():
    found = account(
        (0, "A", "ticket_opened", "clock_skew"),
        (0, "B", "ticket_opened", "clock_skew"),
        (100, "A", "ticket_taken", "clock_skew"),
        (300, "B", "ticket_taken", "clock_skew"),
        (5_000, "A", "remediated", "clock_skew"),
        (9_000, "B", "remediated", "clock_skew"),
    ).all

    assert found.wait == Times(median=100, p90=300, longest=300)
    assert found.turnaround == Times(median=5_000, p90=9_000, longest=9_000)


def test_who_still_waits_is_in_no_time_of_waiting():
    found = account((0, "A", "ticket_opened", "clock_skew")).all

    assert found.wait == found.turnaround == Times(None, None, None)


def test_only_the_repair_of_its_own_cause_ends_a_ticket_and_only_once_it_is_taken():
    (ticket,) = tickets(
        handmade(
            (0, "A", "ticket_opened", "clock_skew"),
            (10, "A", "remediated", "clock_skew"),
            (20, "A", "ticket_taken", "clock_skew"),
            (30, "A", "remediated"),
            (40, "A", "remediated", "client_broken"),
            (50, "A", "remediated", "clock_skew"),
            (60, "A", "remediated", "clock_skew"),
        )
    )

    assert ticket.repaired == 50


def test_a_device_may_have_a_second_ticket_once_the_first_has_ended():
    first, second = tickets(
        handmade(
            (0, "A", "ticket_opened", "clock_skew"),
            (10, "A", "ticket_closed", "clock_skew"),
            (20, "A", "ticket_opened", "client_broken"),
            (30, "A", "ticket_taken", "client_broken"),
        )
    )

    assert (first.closed, first.taken) == (10, None)
    assert (second.opened, second.taken, second.closed) == (20, 30, None)


def test_the_ticket_of_a_device_that_retires_is_closed():
    found = account((0, "A", "ticket_opened", "clock_skew"), (NINE, "A", "retired")).all

    assert (found.closed, found.waiting) == (1, 0)


def test_a_technician_is_busy_for_the_time_of_the_cause_whenever_the_repair_takes_effect():
    found = account(
        (0, "A", "ticket_opened", "client_broken"),
        (NINE, "A", "ticket_taken", "client_broken"),
        (5 * DAY, "A", "remediated", "client_broken"),
    )

    assert found.all.worked == 3 * HOUR


def test_work_that_a_night_interrupts_goes_on_in_the_morning_and_counts_no_night():
    found = account(
        (0, "A", "ticket_opened", "client_broken"),
        (6 * DAY + 11 * HOUR, "A", "ticket_taken", "client_broken"),
    )

    assert [week.worked for week in found.weeks] == [HOUR, 2 * HOUR]


def test_work_that_the_end_of_the_run_cuts_counts_as_far_as_it_got():
    found = account(
        (0, "A", "ticket_opened", "client_broken"),
        (NINE, "A", "ticket_taken", "client_broken"),
        horizon=NINE + HOUR,
    )

    assert found.all.worked == HOUR


def test_the_hours_of_a_week_are_those_of_all_technicians():
    found = account((0, "A", "ticket_opened", "client_broken"))

    assert [week.available for week in found.weeks] == [2 * 7 * 4 * HOUR] * 2
    assert found.available == 2 * 14 * 4 * HOUR


def test_the_load_is_what_part_of_their_hours_they_work():
    found = account(
        (0, "A", "ticket_opened", "client_broken"),
        (NINE, "A", "ticket_taken", "client_broken"),
    )

    assert found.weeks[0].load == pytest.approx(100 * 3 / 56)
    assert found.weeks[1].load == 0
    assert found.load == pytest.approx(100 * 3 / 112)


def test_weeks_before_and_after_the_desk_are_left_out():
    hours = DeskHours(starts=(WEEK + 8 * HOUR,), ends=(WEEK + 12 * HOUR,))
    found = desk_account(handmade(horizon=3 * WEEK), DESK, hours)

    assert [(week.week, week.start) for week in found.weeks] == [(2, WEEK)]


def test_a_week_ends_with_as_many_tickets_as_no_technician_has_taken_up():
    found = account(
        (0, "A", "ticket_opened", "client_broken"),
        (0, "B", "ticket_opened", "client_broken"),
        (0, "C", "ticket_opened", "client_broken"),
        (WEEK - 1, "A", "ticket_taken", "client_broken"),
        (WEEK, "B", "ticket_closed", "client_broken"),
        (WEEK, "D", "ticket_opened", "client_broken"),
    )

    assert [week.waiting for week in found.weeks] == [2, 2]


def test_the_queue_is_cleared_when_nothing_waits_for_the_first_time():
    found = account(
        (100, "A", "ticket_opened", "clock_skew"),
        (100, "B", "ticket_opened", "clock_skew"),
        (NINE, "A", "ticket_taken", "clock_skew"),
        (NINE + 5, "B", "ticket_closed", "clock_skew"),
        (NINE + 9, "C", "ticket_opened", "clock_skew"),
    )

    assert found.cleared == NINE + 5


def test_a_queue_in_which_somebody_always_waits_is_never_cleared():
    found = account(
        (100, "A", "ticket_opened", "clock_skew"),
        (NINE, "B", "ticket_opened", "clock_skew"),
        (NINE, "A", "ticket_taken", "clock_skew"),
    )

    assert found.cleared is None


def test_without_a_ticket_nothing_is_shown_but_the_hours():
    found = account()

    assert (found.all.opened, found.by_cause, found.cleared, found.load) == (0, {}, None, 0)


SCENARIO = """\
format: 1
name: real
start: 2026-03-02
horizon: 28 d
fleet: {generate: {devices: 400, mix: servers}}
collections:
  - {name: All, members: managed}
  - {name: Older, members: "os in ['server-2012-r2', 'server-2016']"}
client_settings: [{name: New, collection: Older, priority: 1, downlevel_client: mde_client}]
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p}]
plan: [{at: 1 d, deploy: Onboard, to: [All]}]
"""
WITH_DESK = """\
support_desk:
  technicians: 1
  from: 2 d 08:00
  repairs: {client_inactive: 3 h, client_broken: 4 h, antivirus_disabled: 1 h}
"""


@pytest.fixture(scope="module")
def run():
    return run_replication(load_text(SCENARIO + WITH_DESK))


def test_a_real_desk_is_in_the_summary(run):
    desk = run.summary["support_desk"]

    assert desk["opened"] == sum(
        desk[way] for way in ("repaired", "closed_without_work", "in_work", "waiting")
    )
    assert desk["opened"] == sum(one["opened"] for one in desk["by_cause"].values()) > 20
    assert desk["worked"] == sum(week["worked"] for week in desk["by_week"])
    assert all(0 <= week["worked"] <= week["available"] for week in desk["by_week"])
    assert desk["available"] == (3 + 15) * 9 * HOUR


def test_one_technician_with_a_queue_never_rests(run):
    full = [week for week in run.summary["support_desk"]["by_week"] if week["waiting"]]

    assert full
    assert {week["load_pct"] for week in full} == {100}


def test_the_tickets_that_wait_are_those_of_the_measure(run):
    ends = np.array([week * WEEK for week in range(1, 5)])
    waiting = SeriesReader(run.tally).values(series("device.tickets_waiting"), ends)

    assert [week["waiting"] for week in run.summary["support_desk"]["by_week"]] == list(waiting)


def test_a_run_without_a_desk_tells_of_none():
    assert "support_desk" not in run_replication(load_text(SCENARIO)).summary
