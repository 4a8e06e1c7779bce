"""Gates and expectations: what can never be, what is unlikely, what has no data."""

from collections.abc import Iterator

from sim.language.tree import (
    Combination,
    Comparison,
    Condition,
    Probability,
    Series,
    SeriesAt,
    Statistic,
    Term,
    unparse,
)
from sim.lint.belonging import NOBODY, Numbers
from sim.lint.bounds import NO_DATA
from sim.lint.conditions import Possibilities
from sim.lint.expression_walk import comparisons, terms
from sim.lint.finding import Finding
from sim.lint.survey import Loc, Survey
from sim.units import Seconds, format_duration

_NO_DATA_ADVICE = "ask about a collection that has members and a deployment by then"


def gates(survey: Survey) -> Iterator[Finding]:
    """Yield what is wrong with each gate (MON-1)."""
    for number in survey.conditions.gates:
        if survey.openings[number] is None:
            yield _never(survey, number)
        elif survey.opening(number, likely=True) is None:
            yield _unlikely(survey, number)


def _never(survey: Survey, number: int) -> Finding:
    loc: Loc = ("plan", number, "when")
    shut = survey.waiting_for(number)
    last = survey.last_judgement(number)
    empty = _without_data(shut.certain, survey.gate(number), last)
    if empty is not None:
        what = f"the gate can never open: {unparse(empty)} has no data while it waits"
        return survey.find("LNT-204", loc, what, _NO_DATA_ADVICE)
    ends = survey.scenario.plan[number].otherwise
    goes_on = ends is not None and ends.do in ("skip", "proceed") and last >= ends.after
    comparison = _culprit(shut.certain, survey.gate(number), last)
    what = f"the gate can never open{_until(survey, number)}: {_explained(shut, comparison, last)}"
    advice = "ask for less, repair or leave out the devices that cannot, or wait longer"
    devices = _stuck(shut, comparison, last)
    return survey.find("LNT-202" if goes_on else "LNT-201", loc, what, advice, devices=devices)


def _unlikely(survey: Survey, number: int) -> Finding:
    shut, last = survey.waiting_for(number), survey.last_judgement(number)
    comparison = _culprit(shut.likely, survey.gate(number), last)
    what = f"the gate is unlikely to open{_until(survey, number)}: "
    what += _explained(shut, comparison, last, likely=True)
    advice = "ask for less, repair the clients and devices that are in the way, or wait longer"
    return survey.find(
        "LNT-203", ("plan", number, "when"), what, advice, devices=_stuck(shut, comparison, last)
    )


def _until(survey: Survey, number: int) -> str:
    ends = survey.scenario.plan[number].otherwise
    return "" if ends is None else f" within {format_duration(ends.after)}"


def expectations(survey: Survey) -> Iterator[Finding]:
    """Yield what is wrong with each expectation (MON-1)."""
    for number, condition in enumerate(survey.conditions.expectations):
        loc: Loc = ("expect", number)
        text = unparse(condition)
        if survey.certain.lacks_data(condition) and not survey.certain.may_pass(condition):
            what = f"{text}: a measure in it has no data then, so it stays inconclusive"
            yield survey.find("LNT-207", loc, what, _NO_DATA_ADVICE)
        elif not survey.certain.may_pass(condition):
            found = _of_expectation(survey, survey.certain, condition)
            what = f"{text} can never hold{_seen(survey.certain, found)}"
            advice = "expect less, or put right what is in the way"
            devices = _stuck_then(survey, found)
            yield survey.find("LNT-205", loc, what, advice, devices=devices)
        elif not survey.likely.may_pass(condition):
            found = _of_expectation(survey, survey.likely, condition)
            what = f"{text} is unlikely to hold{_seen(survey.likely, found)}"
            advice = "expect less, or put right what is in the way"
            devices = _stuck_then(survey, found)
            yield survey.find("LNT-206", loc, what, advice, devices=devices)
        yield from _replications(survey, number, condition)


def _replications(survey: Survey, number: int, condition: Condition) -> Iterator[Finding]:
    if survey.scenario.replications == 1 and any(map(_is_over_runs, terms(condition))):
        what = "probabilities and statistics are inconclusive with one replication"
        advice = "write replications: 20 or more"
        yield survey.find("LNT-209", ("expect", number), what, advice)


def _is_over_runs(term: Term) -> bool:
    return isinstance(term, Probability | Statistic)


def _without_data(
    possibilities: Possibilities, condition: Condition, last: Seconds
) -> Series | None:
    """Return a series that has no value at any instant before *last*, where all must hold."""
    if isinstance(condition, Combination) and condition.operator == "or":
        return None
    instants = [at for at in possibilities.bounds.instants() if at <= last]
    for term in terms(condition):
        if isinstance(term, Series) and all(
            possibilities.bounds.at(term, at) is NO_DATA for at in instants
        ):
            return term
    return None


def _culprit(possibilities: Possibilities, condition: Condition, last: Seconds) -> Comparison:
    """Return the comparison that never holds by itself, else the first."""
    found = list(comparisons(condition))
    for comparison in found:
        if not any(start <= last for start, _ in possibilities.spans(comparison)):
            return comparison
    return found[0]


def _explained(
    survey: Survey, comparison: Comparison, last: Seconds, *, likely: bool = False
) -> str:
    possibilities = survey.likely if likely else survey.certain
    series = _first_series(comparison)
    if series is None:
        return unparse(comparison)
    found = possibilities.bounds.at(series, last)
    word = "is likely to be" if likely else "is"
    if comparison.operator in (">", ">=", "==") and found.high < 1e9:
        return f"{unparse(series)} {word} {found.high:.1f} at the most"
    return f"{unparse(series)} {word} {found.low:.1f} at the least"


def _first_series(comparison: Comparison) -> Series | None:
    for term in (comparison.left, comparison.right):
        if isinstance(term, Series):
            return term
    return None


def _stuck(survey: Survey, comparison: Comparison, last: Seconds) -> Numbers:
    """Return the devices that are in the way of a gate."""
    series = _first_series(comparison)
    return NOBODY if series is None else survey.certain.bounds.stuck(series, last)


def _of_expectation(
    survey: Survey, possibilities: Possibilities, condition: Condition
) -> SeriesAt | None:
    """Return the value at an instant that an expectation breaks on, if it is so simple."""
    for comparison in comparisons(condition):
        for term in (comparison.left, comparison.right):
            if isinstance(term, SeriesAt) and not possibilities.may_pass(comparison):
                return term
    return None


def _seen(possibilities: Possibilities, found: SeriesAt | None) -> str:
    if found is None:
        return ""
    value = possibilities.range_of(found)
    if value is NO_DATA:
        return ""
    least = f"at least {value.low:.1f}"
    most = f"at the most {value.high:.1f}" if value.high < 1e9 else ""
    return f": the value is {' and '.join(filter(None, (least if value.low > 0 else '', most)))}"


def _stuck_then(survey: Survey, found: SeriesAt | None) -> Numbers:
    if found is None:
        return NOBODY
    when = found.when
    at = survey.scenario.horizon if when is None else survey.ground.clock.seconds(when)
    return survey.certain.bounds.stuck(found.series, at)
