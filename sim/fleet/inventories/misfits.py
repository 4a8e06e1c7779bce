"""Cells that do not fit their column: they are passed over, counted, and told."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sim.fleet.columns import read_boolean
from sim.fleet.reading import quoted


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


class PassedOver:
    """Counts the cells that were passed over, by what was expected of them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._firsts: dict[tuple[str, str], tuple[str, tuple[str, int]]] = {}

    def note(self, misfit: Misfit, origin: tuple[str, int]) -> None:
        """Count a cell of the row that stands at *origin*, a file and a line."""
        key = (misfit.fact, misfit.expected)
        self._counts[key] += 1
        self._firsts.setdefault(key, (misfit.text, origin))

    def remarks(self) -> Iterator[str]:
        """Yield a sentence for each kind of cell, with the first of them."""
        for (fact, expected), count in self._counts.items():
            text, (file, line) = self._firsts[fact, expected]
            more = f" and {count - 1} more" if count > 1 else ""
            yield (
                f"{file}:{line}{more}: {fact.replace('_', ' ')} {quoted(text)} is passed over;"
                f" {expected} was expected."
            )
