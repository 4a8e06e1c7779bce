"""The names and types of expressions: what may be named, what is allowed where, what is compared.

A series is a number over time. In a gate it means its value now, in an expectation its value at a
stated moment, and inside `time to (...)` its value at every instant. A number counts devices, a
percentage, a duration or a probability; a bare number fits all of them but durations.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sim import vocabulary
from sim.errors import Problem, nearest
from sim.language import tree
from sim.reference.causes import CAUSES
from sim.vocabulary import MEASURES


class Context(Enum):
    """Where a condition is written."""

    GATE = "in when:"
    EXPECTATION = "in expect:"
    EACH = "inside a probability or a statistic"
    """One value in each replication."""
    INSTANT = "inside time to (...)"
    """At every instant of a run."""


class ExpressionKind(Enum):
    """What a number counts."""

    DEVICES = "a number of devices"
    PERCENT = "a percentage"
    DURATION = "a duration"
    PROBABILITY = "a probability"
    BARE = "a bare number"
    UNKNOWN = "unknown"
    """A problem is reported already."""


_INSTEAD = {
    Context.GATE: "a series means its value now",
    Context.INSTANT: "a series is checked at every instant",
    Context.EACH: "write a value of each replication",
}
_BARE_SERIES = "a series alone has no value here"
_OVER_RUNS = {tree.Probability: "a probability", tree.Statistic: "a statistic over replications"}
_OF_THE_RUN = {
    tree.SeriesAt: "at",
    tree.SeriesOver: "a value over a period",
    tree.TimeTo: "time to",
}


def type_problems(
    condition: tree.Condition, context: Context, columns: dict[int, int]
) -> Iterator[Problem]:
    """Yield what is wrong with the types of *condition* in its *context*."""
    if isinstance(condition, tree.Combination):
        for part in condition.parts:
            yield from type_problems(part, context, columns)
    else:
        yield from _comparison(condition, context, columns)


def _comparison(
    node: tree.Comparison, context: Context, columns: dict[int, int]
) -> Iterator[Problem]:
    column = columns[id(node)]
    if node.hold is not None and context in (Context.EXPECTATION, Context.EACH):
        expected = "write it inside time to (...)"
        what = "for DURATION needs a value over time"
        yield Problem(f"column {column}: {what}", "", expected)
    for term in (node.left, node.right):
        yield from _term(term, context, columns)
    yield from _pair(node.left, node.right, "compared with", columns)


def _term(node: tree.Term, context: Context, columns: dict[int, int]) -> Iterator[Problem]:
    place = f"column {columns[id(node)]}: "
    if isinstance(node, tree.Series):
        if context in (Context.EXPECTATION, Context.EACH):
            yield Problem(place + _BARE_SERIES, "", "say when: add `at 30 d` or `at end`")
    elif isinstance(node, tree.Arithmetic):
        yield from _term(node.left, context, columns)
        yield from _term(node.right, context, columns)
        yield from _pair(node.left, node.right, "added to or subtracted from", columns)
    elif not isinstance(node, tree.Number):
        refusal = _refusal(node, context)
        if refusal:
            yield Problem(place + refusal, "", _INSTEAD[context])
        else:
            yield from _inside(node, columns)


def _refusal(node: tree.Term, context: Context) -> str:
    if type(node) in _OVER_RUNS and context is not Context.EXPECTATION:
        return f"{_OVER_RUNS[type(node)]} cannot be taken {context.value}"
    if type(node) in _OF_THE_RUN and context in (Context.GATE, Context.INSTANT):
        return f"{_OF_THE_RUN[type(node)]} cannot be used {context.value}"
    return ""


def _inside(node: tree.Term, columns: dict[int, int]) -> Iterator[Problem]:
    if isinstance(node, tree.Probability):
        yield from type_problems(node.condition, Context.EACH, columns)
    elif isinstance(node, tree.TimeTo):
        yield from type_problems(node.condition, Context.INSTANT, columns)
    elif isinstance(node, tree.Statistic):
        yield from _term(node.of, Context.EACH, columns)


def _pair(
    left: tree.Term, right: tree.Term, verb: str, columns: dict[int, int]
) -> Iterator[Problem]:
    first, second = kind_of(left), kind_of(right)
    place = f"column {columns[id(right)]}: "
    kinds = {first, second}
    is_bare = ExpressionKind.BARE in kinds and ExpressionKind.DURATION not in kinds
    if not (is_bare or ExpressionKind.UNKNOWN in kinds or first is second):
        what = f"{second.value} is {verb} {first.value}"
        yield Problem(place + what, "", _hint(left, right))
    elif ExpressionKind.PROBABILITY in kinds:
        bare, term = (right, left) if first is ExpressionKind.PROBABILITY else (left, right)
        if isinstance(term, tree.Probability) and isinstance(bare, tree.Number) and bare.value > 1:
            what = "a probability lies between 0 and 1"
            yield Problem(place + what, "", f"write {bare.value / 100:g} for {bare.value:g} %")


def _hint(left: tree.Term, right: tree.Term) -> str:
    kinds = {kind_of(left), kind_of(right)}
    number = next((term for term in (right, left) if isinstance(term, tree.Number)), None)
    if number is not None and kinds == {ExpressionKind.DURATION, ExpressionKind.BARE}:
        return f"write {number.value:g} d" if number.unit == "" else "compare it with a duration"
    if number is not None and number.unit == "duration":
        return "write the number without a unit of time"
    if ExpressionKind.DURATION in kinds:
        return "write a length of time since the start, such as 14 d"
    if number is not None and kinds == {ExpressionKind.PROBABILITY, ExpressionKind.PERCENT}:
        return f"write {number.value / 100:g}"
    if kinds == {ExpressionKind.DEVICES, ExpressionKind.PERCENT}:
        return "use the measure that ends in _pct for percentages"
    return ""


def kind_of(node: tree.Term) -> ExpressionKind:
    """Return what the number *node* counts."""
    if isinstance(node, tree.Series):
        measure = MEASURES.get(node.measure)
        if measure is None:
            return ExpressionKind.UNKNOWN
        return ExpressionKind.PERCENT if measure.is_percentage else ExpressionKind.DEVICES
    if isinstance(node, tree.SeriesAt | tree.SeriesOver):
        return kind_of(node.series)
    if isinstance(node, tree.Statistic):
        return kind_of(node.of)
    if isinstance(node, tree.Arithmetic):
        left, right = kind_of(node.left), kind_of(node.right)
        return right if left is ExpressionKind.BARE else left
    if isinstance(node, tree.Number):
        return {
            "": ExpressionKind.BARE,
            "%": ExpressionKind.PERCENT,
            "duration": ExpressionKind.DURATION,
        }[node.unit]
    return ExpressionKind.DURATION if isinstance(node, tree.TimeTo) else ExpressionKind.PROBABILITY


_WORDS = {
    ExpressionKind.DEVICES: "devices",
    ExpressionKind.PERCENT: "percent",
    ExpressionKind.DURATION: "duration",
    ExpressionKind.PROBABILITY: "probability",
}


def kind_word(node: tree.Term) -> str:
    """Return the word for what a number counts in results; `number` if it has no unit."""
    return _WORDS.get(kind_of(node), "number")


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
    return name_problem(label, value, accepted, column)


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


def name_problem(kind: str, word: str, accepted: Sequence[str], column: int) -> Problem | None:
    """Return what is wrong with a name that stands for a *kind* of things."""
    if word in accepted:
        return None
    problem = unknown_value(kind, word, accepted)
    return replace(problem, what=f"column {column}: {problem.what}")


def unknown_value(kind: str, word: str, accepted: Sequence[str]) -> Problem:
    """Return the problem that no *kind* is named *word*."""
    near = nearest(word, accepted)
    expected = f"one of {', '.join(accepted)}" if len(accepted) <= _SHORT or not near else ""
    if not accepted:
        expected = f"the scenario has no {kind}"
    return Problem(f'unknown {kind} "{word}"', "", expected, near)
