"""The support desk in report and terminal: how many people for how many weeks."""

import pandas as pd
import pytest

from sim.figures.axes import TimeFrame, svg
from sim.figures.lines import queue_over_time
from sim.report.page import render
from sim.report.page import report_data as contents_of
from sim.run_folder.provenance import provenance
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.units import DAY, HOUR
from tests.accounts.test_desk import SCENARIO, WITH_DESK
from tests.figures.test_figures import texts
from tests.report.sample import (
    HORIZON,
    START,
    desk,
    measures,
    report_data,
    ticket_counts,
    ticket_measures,
)
from tests.report.test_report import Page, page
from tests.text.test_summary_text import lines


def shown(**changes):
    frame = pd.concat([measures(), ticket_measures()], ignore_index=True)
    return page(measures=frame, desk=desk(**changes)).text("desk")


def test_without_a_desk_there_is_no_section():
    assert "desk" not in page().sections


def test_the_answer_says_how_many_technicians_cleared_the_queue_and_when():
    text = shown()

    assert (
        "2 technicians had cleared the queue after 8 days (Tue 10 Mar 2026): 6 of 10 tickets "
        "repaired, 1 worked on without result because the computer was not found, 1 closed without "
        "work, 1 still waiting at the end." in text
    )
    assert "The work took 9 h, 33.3 % of their hours; 1 week was full." in text
    assert "1 is still in work at the end." in text


def test_a_queue_that_is_not_cleared_is_reported():
    assert "did not clear the queue within 30 days" in shown(cleared=None)


def test_each_cause_has_its_tickets_times_and_work_and_the_total_is_last():
    text = shown()

    assert "ConfigMgr client broken client_broken 8 6 1 0 2 2 h 1.2 d 3 d 1 d 8 h" in text
    assert "Defender Antivirus disabled antivirus_disabled 2 0 1 1 2 2 h 1.2 d 3 d 1 d 1 h" in text
    assert text.index("All 10 6 1 1 2 2 h") > text.index("antivirus_disabled")


def test_each_week_has_its_load_and_the_tickets_waiting_at_its_end():
    text = shown()

    assert "1, from 2 Mar 9 h 9 h 100 % 4" in text
    assert "2, from 9 Mar 0 h 18 h 0 % 1" in text


def test_a_desk_without_a_ticket_says_so_and_draws_nothing():
    found = page(desk=desk(all=ticket_counts(opened=0), by_cause={}, cleared=None))

    assert "2 technicians, and no ticket" in found.text("desk")
    assert not [one for one in found.ids if one.startswith("desk-wide")]


def test_the_section_keeps_the_page_whole():
    frame = pd.concat([measures(), ticket_measures()], ignore_index=True)
    found = page(measures=frame, desk=desk())

    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert {"desk-wide-title", "desk-narrow-title"} <= set(found.ids)


def draw(frame=None):
    shown = ticket_measures() if frame is None else frame
    return queue_over_time(shown, TimeFrame(START, HORIZON, steps=[(DAY, "1")]))


def test_the_picture_gives_the_tickets_waiting_and_taken_up_at_the_end():
    assert {"waiting 0", "taken up 1"} <= set(texts(draw()))


def test_the_picture_is_as_high_as_the_longest_queue():
    (axes,) = draw().axes

    assert axes.get_ylim() == (0, 50)
    (band,) = [one for one in axes.collections if one.get_facecolor()[0][0] > 0.6]
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1, 42)


def test_the_picture_is_the_same_bytes_each_time_and_empty_measures_draw_too():
    assert svg(draw()) == svg(draw())
    assert svg(draw(ticket_measures().iloc[:0]))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "  2 technicians: 6 of 10 tickets repaired, 1 wait, done in 8 days"),
        ({"cleared": None}, "  2 technicians: 6 of 10 tickets repaired, 1 wait, never done"),
        (
            {"technicians": 1, "all": ticket_counts(opened=0, repaired=0, waiting=0)},
            "  1 technician: 0 of 0 tickets repaired, 0 wait, no tickets",
        ),
    ],
)
def test_the_terminal_says_what_the_desk_did(changes, line):
    assert line in lines(support_desk=desk(**changes).as_summary())


def test_the_terminal_counts_tickets_without_result_apart_from_those_closed_without_work():
    line = "  3 worked on without result: computer not found; 1 closed without work"
    account = desk(all=ticket_counts(opened=12, taken=10, not_found=3)).as_summary()

    assert line in lines(support_desk=account)
    without = desk(all=ticket_counts(opened=8, taken=7, not_found=0, closed=0)).as_summary()
    assert "without result" not in "".join(lines(support_desk=without))


def test_without_a_desk_the_terminal_has_no_line_for_it():
    assert "technician" not in "".join(lines())


def test_a_real_run_shows_the_figures_of_its_summary():
    run = run_replication(load_text(SCENARIO + WITH_DESK))
    text = Page(render(contents_of(run, None, provenance(run, "", 1)))).text("desk")
    told = run.summary["support_desk"]

    assert f"{told['repaired']} of {told['opened']} tickets repaired" in text
    assert f"{told['worked'] / HOUR:.1f}".removesuffix(".0") + " h" in text
    for week in told["by_week"]:
        assert f" {week['available'] // HOUR} h" in text


def test_the_desk_comes_after_what_failed_and_before_where_the_time_goes():
    order = [values["id"] for tag, values in page(desk=desk()).elements if tag == "section"]
    place = order.index("desk")

    assert order[place - 1 : place + 2] == ["obstacles", "desk", "stages"]
    assert report_data().desk is None
