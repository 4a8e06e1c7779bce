"""The page of a comparison is one file: whole, escaped, without network, with named pictures."""

import re

import pytest

from sim.comparison.report import render_comparison
from sim.figures.axes import svg
from sim.figures.comparison import shifts_of_devices
from tests.comparison.compared import LATER_GATE, NO_KEY, compared, replicated, run_folder
from tests.report.test_report import Page

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}$\\\\frac$"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def plain(place):
    return run_folder(place / "plain")


@pytest.fixture(scope="module")
def worse(place):
    return run_folder(place / "worse", NO_KEY, LATER_GATE)


@pytest.fixture(scope="module")
def page(plain, worse):
    """Return the page of two runs that differ in a key and a gate."""
    return render_comparison(compared(plain, worse))


def test_every_element_is_closed_and_every_id_is_unique(page):
    shown = Page(page)

    assert shown.open == []
    assert len(shown.ids) == len(set(shown.ids))
    assert {address[1:] for address in shown.addresses} <= set(shown.ids)


def test_the_page_fetches_nothing_and_runs_nothing(page):
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page
    assert "<script" not in page
    assert re.findall(r"url\((?!#)", page) == []
    assert "default-src 'none'" in page


def test_the_page_shows_answer_edits_devices_and_changes(page):
    shown = Page(page)

    assert "A is better: 100 % against 60.0 % coverage at the end" in shown.text("result")
    assert "policies[Onboard].workspace.key: present → absent" in shown.text("edits")
    assert "2 onboard" not in shown.text("shifts")
    assert "pc-2 2.4 d 3.4 d +1 d" in shown.text("shifts")
    assert "onboarded → failed (workspace_missing) 2 old-1, old-2" in shown.text("changes")
    assert "One replication of each" in shown.text("notes")
    assert "payload_in_use{payload=a}" in shown.text("series")


def test_each_picture_comes_in_two_sizes_with_its_title_and_words(page):
    pictures = [values for tag, values in Page(page).elements if tag == "svg"]

    assert len(pictures) == 2 * 6
    assert all(picture["role"] == "img" for picture in pictures)
    assert "At the end A 100 %, B 60.0 %, difference -40.0 points." in page


def test_the_same_two_runs_give_the_same_bytes(page, plain, worse):
    assert render_comparison(compared(plain, worse)) == page


def test_a_run_and_itself_give_a_page_without_a_picture_of_moves(plain):
    shown = Page(render_comparison(compared(plain, plain)))

    assert "Nothing differs" in shown.text("result")
    assert "Nothing that affects a run." in shown.text("edits")
    assert "No device ends in another status." in shown.text("changes")
    assert len([tag for tag, _ in shown.elements if tag == "svg"]) == 2 * 5


def test_with_several_replications_the_interval_stands_in_tables_and_pictures(place):
    several = replicated(place / "several", 3)
    later = replicated(place / "several-later", 3, LATER_GATE)
    shown = Page(render_comparison(compared(several, later)))

    assert "95 % interval" in shown.text("result")
    assert "+1 d to +1 d" in shown.text("result")
    assert "3 replications" in shown.text(None)


def test_names_are_escaped(place, plain):
    quoted = HOSTILE.replace('"', '\\"')
    nasty = run_folder(place / "nasty", ("name: Pilot and everybody", f'name: "{quoted}"'),
                       ("name: everybody", f'name: "{quoted}"'))  # fmt: skip
    text = render_comparison(compared(nasty, plain))

    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert Page(text).open == []


def test_the_highest_bar_carries_its_number_and_both_sides_their_sums():
    figure = shifts_of_devices([-3600, -7200, 86400, 86400, 90000])
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]

    assert texts == ["2", "2 earlier in B", "3 later in B"]
    assert svg(figure) == svg(shifts_of_devices([-3600, -7200, 86400, 86400, 90000]))
