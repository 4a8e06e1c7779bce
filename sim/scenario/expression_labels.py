"""Measures, views, labels and their values: what an expression may name, and the nearest words."""

from collections.abc import Sequence
from dataclasses import replace

from sim.errors import Problem, nearest
from sim.scenario.names import Names
from sim.vocabulary import (
    AGENTS,
    CAUSES,
    DEPLOYMENT_STATES,
    LEVELS,
    MEASURES,
    ROUTES,
    SAMPLE_SHARING,
    SLICES,
    VIEWS,
)

_SHORT = 12
"""Lists of up to this many words are spelled out in a message."""


def view_problem(view: str, column: int) -> Problem | None:
    """Return what is wrong with the prefix *view* of a series."""
    if view in VIEWS:
        return None
    return _unknown("view", view, VIEWS, column)


def measure_problem(measure: str, column: int) -> Problem | None:
    """Return what is wrong with the name of a measure."""
    if measure in MEASURES:
        return None
    return _unknown("measure", measure, tuple(MEASURES), column)


def label_problem(measure: str, label: str, column: int) -> Problem | None:
    """Return what is wrong with slicing *measure* by *label*."""
    own = MEASURES[measure].label
    known = (*SLICES, own) if own else SLICES
    if label in known:
        return None
    what = f'column {column}: {measure} has no label "{label}"'
    return Problem(what, "", "one of " + ", ".join(known), nearest(label, known))


def value_problem(label: str, value: str, names: Names, column: int) -> Problem | None:
    """Return what is wrong with the value that *label* is compared with."""
    known = _values(label, names)
    if known is None or value in known:
        return None
    return _unknown(label, value, known, column)


def _values(label: str, names: Names) -> Sequence[str] | None:
    return {
        "collection": names.collections,
        "os": names.operating_systems,
        "level": LEVELS,
        "route": ROUTES,
        "location": names.locations,
        "policy": names.policies,
        "cause": CAUSES,
        "payload": names.payloads,
        "package": names.packages,
        "agent": AGENTS,
        "choice": SAMPLE_SHARING,
        "state": DEPLOYMENT_STATES,
    }[label]


def _unknown(kind: str, word: str, known: Sequence[str], column: int) -> Problem:
    found = unknown_value(kind, word, known)
    return replace(found, what=f"column {column}: {found.what}")


def unknown_value(kind: str, word: str, known: Sequence[str]) -> Problem:
    """Return the problem that *word* is none of what a *kind* may be."""
    expected = f"one of {', '.join(known)}" if 0 < len(known) <= _SHORT else ""
    if not known:
        expected = f"the scenario has no {kind}"
    return Problem(f'unknown {kind} "{word}"', "", expected, nearest(word, known))
