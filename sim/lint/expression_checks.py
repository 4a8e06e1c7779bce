"""Comparisons that probably mean something else: odd percentages, and results that never change."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.language.tree import (
    Arithmetic,
    Combination,
    Comparison,
    Condition,
    Number,
    Term,
    series_in,
    walk,
)
from sim.language.types import ExpressionKind, kind_of
from sim.lint.catalogue import Finding

if TYPE_CHECKING:
    from sim.lint.analysis import Analysis, Loc

_ONE_OF_EACH = ("os", "level", "route", "location")
"""Labels of which a device has one value at a time."""


def mixed_up_numbers(analysis: "Analysis") -> Iterator[Finding]:
    """Yield percentages that must reach a number below 1, or are compared with one above 100.

    The loader refuses the reverse, a probability compared with more than 1.
    """
    for loc, condition in _conditions(analysis):
        for what, advice in odd_percentages(condition):
            yield analysis.find("LNT-208", loc, what, advice)


def empty_questions(analysis: "Analysis") -> Iterator[Finding]:
    """Yield comparisons that do not depend on the run, and series that can contain no device."""
    for loc, condition in _conditions(analysis):
        for what, advice in dict.fromkeys(about_nothing(condition)):
            yield analysis.find("LNT-210", loc, what, advice)


def _conditions(analysis: "Analysis") -> Iterator[tuple["Loc", Condition]]:
    for number, gate in analysis.conditions.gates.items():
        yield ("plan", number, "when"), gate
    for number, expectation in enumerate(analysis.conditions.expectations):
        yield ("expect", number), expectation


def odd_percentages(condition: Condition) -> Iterator[tuple[str, str]]:
    """Yield what is odd about the percentages of a condition, each with what to write.

    A percentage is odd if it must reach less than one percent, or more than 100.
    """
    for comparison in _all_comparisons(condition):
        found = _bare_number(comparison)
        if found is None or kind_of(found[0]) is not ExpressionKind.PERCENT:
            continue
        term, operator, number = found
        if operator in (">", ">=", "==") and 0 < number < 1:
            what = f"a percentage is compared with {number:g}, which is less than one percent"
            yield what, f"write {number * 100:g} if {number * 100:g} % is meant"
        elif number > 100 and not isinstance(term, Arithmetic):
            what = f"a percentage is compared with {number:g}, which is more than 100 %"
            yield what, "percentages run from 0 to 100"


def about_nothing(condition: Condition) -> Iterator[tuple[str, str]]:
    """Yield what in a condition does not depend on the run, each with what to write.

    The result of comparing two numbers never changes, and no device runs two systems.
    """
    for comparison in _all_comparisons(condition):
        if not series_in(comparison):
            what = "two numbers are compared, so the result does not depend on the run"
            yield what, "name a measure"
    for series in series_in(condition):
        wanted: dict[str, str] = {}
        for chosen in series.filters:
            if chosen.equal and chosen.label in _ONE_OF_EACH:
                other = wanted.setdefault(chosen.label, chosen.value)
                if other != chosen.value:
                    what = f"no device has the {chosen.label} {other} and {chosen.value} at once"
                    yield what, "ask for each one separately"


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield the comparisons of a condition, not those inside its terms."""
    if isinstance(condition, Combination):
        for part in condition.parts:
            yield from comparisons(part)
    else:
        yield condition


def _all_comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield the comparisons of a condition, those inside probabilities and times too."""
    return (node for node in walk(condition) if isinstance(node, Comparison))


def _bare_number(comparison: Comparison) -> tuple[Term, str, float] | None:
    """Return the other side, the operator as seen from it, and the number it is compared with.

    None if neither side is a number without unit.
    """
    mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    left, right = comparison.left, comparison.right
    if isinstance(right, Number) and right.unit == "":
        return left, comparison.operator, right.value
    if isinstance(left, Number) and left.unit == "":
        return right, mirrored.get(comparison.operator, comparison.operator), left.value
    return None
