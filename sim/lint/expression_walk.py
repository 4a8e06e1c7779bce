"""The parts of conditions: comparisons, nested ones too, and the series they speak of."""

from collections.abc import Iterator

from sim.language.tree import (
    Arithmetic,
    Combination,
    Comparison,
    Condition,
    Number,
    Probability,
    Statistic,
    Term,
    TimeTo,
)


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield the comparisons of a condition, not those inside its terms."""
    if isinstance(condition, Combination):
        for part in condition.parts:
            yield from comparisons(part)
    else:
        yield condition


def terms(condition: Condition) -> Iterator[Term]:
    """Yield both sides of every comparison of a condition."""
    for comparison in comparisons(condition):
        yield from (comparison.left, comparison.right)


def all_comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield the comparisons of a condition, those inside probabilities and times too."""
    for comparison in comparisons(condition):
        yield comparison
        for term in (comparison.left, comparison.right):
            yield from _inside(term)


def _inside(term: Term) -> Iterator[Comparison]:
    if isinstance(term, Probability | TimeTo):
        yield from all_comparisons(term.condition)
    elif isinstance(term, Statistic):
        yield from _inside(term.of)
    elif isinstance(term, Arithmetic):
        yield from _inside(term.left)
        yield from _inside(term.right)


def bare_number(comparison: Comparison) -> tuple[Term, str, float] | None:
    """Return the other side, the operator as seen from it, and the number it is compared with.

    None where neither side is a number without unit.
    """
    mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    left, right = comparison.left, comparison.right
    if isinstance(right, Number) and right.unit == "":
        return left, comparison.operator, right.value
    if isinstance(left, Number) and left.unit == "":
        return right, mirrored.get(comparison.operator, comparison.operator), left.value
    return None
