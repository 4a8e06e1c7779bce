"""Numbers in gates and expectations: percentages written like probabilities."""

from collections.abc import Iterator

from sim.lint.expression_walk import all_comparisons, bare_number
from sim.lint.finding import Finding
from sim.lint.survey import Loc, Survey
from sim.scenario.expression_tree import Condition, Term
from sim.scenario.expression_types import Kind, kind_of


def mixed_up_numbers(survey: Survey) -> Iterator[Finding]:
    """Yield percentages that are to reach a number below 1.

    The reverse, a probability compared with more than 1, the loader refuses.
    """
    conditions: list[tuple[Loc, Condition]] = [
        (("plan", number, "when"), gate) for number, gate in survey.conditions.gates.items()
    ]
    conditions += [
        (("expect", number), one) for number, one in enumerate(survey.conditions.expectations)
    ]
    for loc, condition in conditions:
        for comparison in all_comparisons(condition):
            found = bare_number(comparison)
            if found is not None:
                yield from _judged(survey, loc, *found)


def _judged(
    survey: Survey, loc: Loc, term: Term, operator: str, number: float
) -> Iterator[Finding]:
    kind = kind_of(term)
    is_reached = operator in (">", ">=", "==")
    if kind is Kind.PERCENT and is_reached and 0 < number < 1:
        what = f"a percentage is compared with {number:g}, less than one percent"
        advice = f"write {number * 100:g} if {number * 100:g} % is meant"
        yield survey.find("LNT-208", loc, what, advice)
