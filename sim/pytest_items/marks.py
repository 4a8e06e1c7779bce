"""Marks that a scenario gives its expectations, as pytest knows them."""

import warnings

import pytest

from sim.errors import FleetsimWarning


class Unmet(Exception):
    """An expectation that does not hold, or a baseline that is not met; its text says all."""


class UnusableMark(Exception):
    """A word that is no mark of this project; its text says why."""


def add_mark(item: pytest.Item, word: str) -> None:
    """Give an item a mark by its name; raises UnusableMark.

    `xfail` is about what is expected alone: a scenario that cannot be used fails all the same.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mark = _mark(word)
    if word == "xfail":
        mark = mark(raises=(Unmet, FleetsimWarning))
    item.add_marker(mark)
    try:
        for one in caught:
            item.warn(one.message if isinstance(one.message, Warning) else UserWarning(one.message))
    except Warning as refused:
        raise UnusableMark(f"{word}: {refused}") from None


def _mark(word: str) -> pytest.MarkDecorator:
    if not word.isidentifier() or word.startswith("_"):
        raise UnusableMark(f"{word}: no mark of pytest; write a word such as slow")
    try:
        mark: pytest.MarkDecorator = getattr(pytest.mark, word)
    except pytest.fail.Exception as unknown:
        raise UnusableMark(str(unknown)) from None
    return mark
