"""Cells that do not fit their column: they are passed over, counted, and told."""

from typing import NamedTuple

from sim.fleet.columns import read_boolean


class Misfit(NamedTuple):
    """One cell that says nothing that could be used."""

    fact: str
    text: str
    expected: str


def truth(fact: str, text: str, misfits: list[Misfit]) -> bool | None:
    """Return what a cell says: true or false in any of the forms of exports; None for nothing."""
    if not text:
        return None
    try:
        return read_boolean(text)
    except ValueError:
        misfits.append(Misfit(fact, text, "True, False, 1 or 0"))
        return None
