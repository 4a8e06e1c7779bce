"""What an expression may name: measures, views, labels and their values, and the nearest words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim import vocabulary
from sim.errors import Problem, nearest
from sim.reference.causes import CAUSES


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a scenario gives to things; None accepts any name."""

    collections: tuple[str, ...] | None = ()
    policies: tuple[str, ...] | None = ()
    payloads: tuple[str, ...] | None = ()
    packages: tuple[str, ...] | None = ()
    locations: tuple[str, ...] | None = ()
    operating_systems: tuple[str, ...] | None = ()


_SYNONYMS = {"site": "location", "system": "os", "platform": "os", "group": "collection",
          "reason": "cause", "deployment": "policy"}  # fmt: skip
"""Words that people use for a label elsewhere."""

_SHORT = 12
"""Lists of up to this many words are written out, even if a near word is suggested."""


def view_problem(view: str, column: int) -> Problem | None:
    """Return what is wrong with the prefix *view* of a series."""
    if view in vocabulary.VIEWS:
        return None
    return _unknown("view", view, vocabulary.VIEWS, column)


def measure_problem(measure: str, column: int) -> Problem | None:
    """Return what is wrong with the name of a measure."""
    if measure in vocabulary.MEASURES:
        return None
    return _unknown("measure", measure, tuple(vocabulary.MEASURES), column)


def label_problem(measure: str, label: str, column: int) -> Problem | None:
    """Return what is wrong with slicing *measure* by *label*."""
    own = vocabulary.MEASURES[measure].label
    accepted = (*vocabulary.SLICES, own) if own else vocabulary.SLICES
    if label in accepted:
        return None
    what = f'column {column}: {measure} has no label "{label}"'
    near = nearest(label, accepted) or next(
        (name for name in accepted if name.startswith(label)), ""
    )
    synonym = _SYNONYMS.get(label.casefold(), "")
    suggestion = near or (synonym if synonym in accepted else "")
    return Problem(what, "", f"one of {', '.join(accepted)}", suggestion)


def value_problem(label: str, value: str, names: Names, column: int) -> Problem | None:
    """Return what is wrong with the value that *label* is compared with."""
    accepted = {
        "collection": names.collections,
        "os": names.operating_systems,
        "level": vocabulary.LEVELS,
        "route": vocabulary.ROUTES,
        "location": names.locations,
        "policy": names.policies,
        "cause": CAUSES,
        "payload": names.payloads,
        "package": names.packages,
        "agent": vocabulary.AGENTS,
        "choice": vocabulary.SAMPLE_SHARING,
        "state": vocabulary.DEPLOYMENT_STATES,
    }[label]
    if accepted is None or value in accepted:
        return None
    if label == "os":
        return _unknown_system(value, accepted, column)
    return _unknown(label, value, accepted, column)


def _unknown_system(value: str, accepted: Sequence[str], column: int) -> Problem:
    """Return the systems that a name fits: `Windows 11` fits several releases, `2022` a server."""
    what = f'column {column}: unknown os "{value}"'
    plain = re.sub(r"[^a-z0-9.]+", "-", value.casefold()).strip("-")
    plain = plain.removeprefix("windows-") if "server" in plain else plain
    *_, last = plain.split("-")
    fitting = [system for system in accepted if f"{system}-".startswith(f"{plain}-")]
    fitting = fitting or [system for system in accepted if last and last in system.split("-")[1:]]
    if len(fitting) == 1:
        return Problem(what, "", "", fitting[0])
    if fitting:
        return Problem(what, "", f"one of {', '.join(fitting)}")
    near = nearest(value, accepted)
    return Problem(what, "", "" if near else f"one of {', '.join(accepted)}", near)


def _unknown(kind: str, word: str, accepted: Sequence[str], column: int) -> Problem:
    problem = unknown_value(kind, word, accepted)
    return replace(problem, what=f"column {column}: {problem.what}")


def unknown_value(kind: str, word: str, accepted: Sequence[str]) -> Problem:
    """Return the problem that no *kind* is named *word*."""
    near = nearest(word, accepted)
    expected = f"one of {', '.join(accepted)}" if len(accepted) <= _SHORT or not near else ""
    if not accepted:
        expected = f"the scenario has no {kind}"
    return Problem(f'unknown {kind} "{word}"', "", expected, near)
