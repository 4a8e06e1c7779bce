"""Names in letters that the font of the pictures lacks."""

import warnings

from matplotlib.figure import Figure

from sim.figures.style import svg


def test_letters_that_a_font_lacks_are_no_warning_and_stay_letters():
    figure = Figure()
    figure.add_subplot().set_title("Pilöt 日本")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing = svg(figure)

    assert "日本" in drawing
