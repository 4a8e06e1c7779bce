"""Expressions: gates and expectations that can be read, about instants within the run."""

from collections.abc import Callable, Iterator

from sim.errors import UnusableInput
from sim.scenario.expression_tree import (
    Condition,
    Probability,
    SeriesAt,
    SeriesOver,
    Statistic,
    Term,
    parts_of,
)
from sim.scenario.expressions import parse_expectation, parse_gate
from sim.scenario.findings import Finding, Scene
from sim.scenario.moments import Moment
from sim.scenario.names import Names
from sim.scenario.time_checks import seconds_of
from sim.scenario.yaml_text import Loc
from sim.units import MILLION, format_duration

Parse = Callable[[str, Names], Condition]


def wrong_expressions(scene: Scene) -> Iterator[Finding]:
    """Yield what is wrong with each `when:` and each expectation."""
    for position, step in enumerate(scene.scenario.plan):
        if step.when is not None:
            yield from _judged(scene, ("plan", position, "when"), step.when, parse_gate)
    for position, one in enumerate(scene.scenario.expect):
        yield from _judged(scene, ("expect", position, "expr"), one.expr, parse_expectation)
        if one.confidence in (0, MILLION):
            what = "nothing is known with this confidence"
            yield Finding(("expect", position, "confidence"), what, "a share such as 95 %")
        elif one.confidence is not None and not _is_over_runs(one.expr, scene):
            what = "nothing in this expectation is taken over several replications"
            expected = "a confidence goes with a probability, a percentile, a mean or a median"
            yield Finding(("expect", position, "confidence"), what, expected)


def _judged(scene: Scene, loc: Loc, text: str, parse: Parse) -> Iterator[Finding]:
    try:
        condition = parse(text, scene.names)
    except UnusableInput as error:
        for problem in error.problems:
            yield Finding(loc, problem.what, problem.expected, problem.suggestion)
        return
    for what, expected in _untimely(scene, condition):
        yield Finding(loc, what, expected)


def _untimely(scene: Scene, condition: Condition) -> Iterator[tuple[str, str]]:
    for node in timedparts_of(condition):
        if isinstance(node, SeriesAt):
            yield from _outside(scene, node.when)
        else:
            yield from _outside(scene, node.start)
            yield from _outside(scene, node.end)
            begin, end = _seconds(scene, node.start), _seconds(scene, node.end)
            if begin >= end:
                what = "is empty" if begin == end else "ends before it begins"
                yield f"the period {what}", "write from WHEN to a later WHEN"


def _outside(scene: Scene, moment: Moment | None) -> Iterator[tuple[str, str]]:
    seconds, horizon = _seconds(scene, moment), scene.scenario.horizon
    if seconds < 0:
        yield f"{moment} lies before the start", ""
    elif seconds > horizon:
        yield f"{moment} lies beyond the horizon", f"the horizon is {format_duration(horizon)}"


def _seconds(scene: Scene, moment: Moment | None) -> int:
    return scene.scenario.horizon if moment is None else seconds_of(scene, moment)


def _is_over_runs(text: str, scene: Scene) -> bool:
    """Say whether an expectation has a figure over replications; yes if it cannot be read."""
    try:
        return _has_figure(parse_expectation(text, scene.names))
    except UnusableInput:
        return True


def _has_figure(node: Condition | Term) -> bool:
    return isinstance(node, Probability | Statistic) or any(map(_has_figure, parts_of(node)))


def timedparts_of(node: Condition | Term) -> Iterator[SeriesAt | SeriesOver]:
    """Yield the parts of a condition that speak of an instant or a period."""
    if isinstance(node, SeriesAt | SeriesOver):
        yield node
    else:
        for part in parts_of(node):
            yield from timedparts_of(part)
